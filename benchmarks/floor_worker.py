"""The worker's floor: BRPOP, one SELECT of ten rows, one pooled POST to the AI, INSERT, one pooled POST to Twilio,
UPDATE, in plain Python and nothing else."""

from __future__ import annotations

from contextlib import closing

import httpx2
import psycopg2

from benchmarks.floor_web import QUEUE
from benchmarks.ground import AI_KEY, Ground

TABLE = """
CREATE TABLE IF NOT EXISTS floor_reply
    (id bigserial PRIMARY KEY, conversation int NOT NULL, content text NOT NULL, sid text NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS floor_reply_conversation ON floor_reply (conversation, id);
INSERT INTO floor_reply (conversation, content) SELECT n % 20, 'How much is a croissant?' FROM generate_series(1, 200) n
"""


class Floor:
    """Answers messages one after the other."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.redis = ground.redis
        self.http = httpx2.Client(base_url=ground.far_end.url, trust_env=False)
        ground.query(TABLE)

    def answer(self, count: int) -> int:
        """Ring for `count` messages, and answer them."""
        self.redis.lpush(QUEUE, *range(count))
        with closing(psycopg2.connect(self.ground.database_url)) as connection:
            connection.autocommit = True
            for _ in range(count):
                self._answer_one(connection)
        return count

    def _answer_one(self, connection: psycopg2.extensions.connection) -> None:
        popped = self.redis.brpop([QUEUE])
        assert isinstance(popped, (list, tuple))
        conversation = int(popped[1]) % 20
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT content FROM floor_reply WHERE conversation = %s ORDER BY id DESC LIMIT 10", (conversation,)
            )
            history = [{"role": "user", "content": content} for (content,) in cursor.fetchall()]
            asked = self.http.post(
                "/v1/chat/completions",
                json={"model": "gpt-4o-mini", "messages": history},
                headers={"Authorization": f"Bearer {AI_KEY}"},
            )
            text = asked.json()["choices"][0]["message"]["content"]
            cursor.execute(
                "INSERT INTO floor_reply (conversation, content) VALUES (%s, %s) RETURNING id", (conversation, text)
            )
            (reply,) = cursor.fetchone() or (0,)
            tenant = self.ground.tenants[0]
            sent = self.http.post(
                f"/2010-04-01/Accounts/{tenant.account_sid}/Messages.json",
                data={"To": "whatsapp:+4915100000000", "From": f"whatsapp:{tenant.number}", "Body": text},
                auth=(tenant.account_sid, tenant.auth_token),
            )
            cursor.execute("UPDATE floor_reply SET sid = %s WHERE id = %s", (sent.json()["sid"], reply))

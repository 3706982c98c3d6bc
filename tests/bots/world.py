"""The world around workers that are stopped and killed: a provider that remembers what it took, and a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from bots.models.clock import database_time
from tests.bots.stepping import Worker

#: All times that the pipeline goes by, so many seconds further back.
ELAPSE = """
UPDATE bots_conversation
   SET due_at = due_at - make_interval(secs => %(seconds)s),
       lease_until = lease_until - make_interval(secs => %(seconds)s),
       waiting_since = waiting_since - make_interval(secs => %(seconds)s),
       rung_at = rung_at - make_interval(secs => %(seconds)s);
UPDATE bots_message
   SET timestamp = timestamp - make_interval(secs => %(seconds)s),
       sending_at = sending_at - make_interval(secs => %(seconds)s);
"""


@dataclass
class Request:
    """One send on its way to the provider, whoever waits for its answer."""

    to: str
    text: str
    message_id: str
    began: float
    sid: str = ""


@dataclass
class World:
    """The far ends and the clock: what is true, whatever the rows say."""

    now: float = 0.0
    requests: list[Request] = field(default_factory=list)
    taken: list[Request] = field(default_factory=list)
    taken_at: dict[str, datetime] = field(default_factory=dict)

    def begin(self) -> None:
        """Nothing has happened yet."""
        self.now = 0.0
        for happened in (self.requests, self.taken, self.taken_at):
            happened.clear()

    def take(self, request: Request) -> None:
        request.sid = f"SM{len(self.taken):032d}"
        self.taken.append(request)
        self.taken_at[request.sid] = database_time()

    def refuse(self, request: Request) -> None:
        """Said no: what was refused never arrives, however late."""
        self.requests[:] = [other for other in self.requests if other is not request]

    def pass_time(self, seconds: float) -> None:
        """All that is written down lies so much further back."""
        self.now += seconds
        self.taken_at = {sid: at - timedelta(seconds=seconds) for sid, at in self.taken_at.items()}
        with connection.cursor() as cursor:
            cursor.execute(ELAPSE, {"seconds": seconds})


class Provider:
    """The client at the seam: a send stops while it is on its way."""

    lists_sent = True

    def __init__(self, world: World) -> None:
        self.world = world

    def send_message(self, to: str, text: str, *, status_callback: str) -> str:
        request = Request(to=to, text=text, message_id=status_callback.rstrip("/").split("/")[-1], began=self.world.now)
        self.world.requests.append(request)
        if error := Worker.pause("send"):
            raise error
        return request.sid

    def find_sent(self, to: str, text: str, *, since: datetime) -> list[str]:
        if error := Worker.pause("find"):
            raise error
        fitting = [it.sid for it in self.world.taken if (it.to, it.text) == (to, text)]
        return [sid for sid in fitting if self.world.taken_at[sid] >= since]

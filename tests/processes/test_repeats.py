"""What Twilio repeats, shuffles and sends while processes are replaced."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import httpx2
import pytest

from sandbox.procfile import Process
from sandbox.twilio.webhooks import sign
from tests.ports import free_port
from tests.processes.businesses import BOOKS, FERRIES, Business
from tests.processes.platform import PUBLIC_URL, Platform

pytestmark = [pytest.mark.process, pytest.mark.slow]
WEBHOOK = "/api/whatsapp/webhook/"


def test_fifty_copies_at_once_and_repeats_afterwards_get_one_answer(platform: Platform, user: str) -> None:
    sid = "SM" + "50" * 16
    assert platform.write(BOOKS, "Fifty times", user=user, sid=sid, copies=50) == [200] * 50
    platform.wait_until_idle(BOOKS)
    assert platform.write(BOOKS, "Fifty times", user=user, sid=sid, copies=5) == [200] * 5
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == ["echo: Fifty times"]
    assert len(platform.asked(BOOKS.api_key)) == 1


def post(platform: Platform, business: Business, *, user: str, body: str, sid: str) -> int:
    """Post as Twilio does what its stand-in would not: an id that another message has already."""
    fields = {
        "MessageSid": sid,
        "AccountSid": business.account_sid,
        "From": f"whatsapp:{user}",
        "To": f"whatsapp:{business.number}",
        "Body": body,
        "MessageType": "text",
        "NumMedia": "0",
    }
    headers = {
        "Host": PUBLIC_URL.removeprefix("https://"),
        "X-Forwarded-Proto": "https",
        "X-Twilio-Signature": sign(url=PUBLIC_URL + WEBHOOK, fields=fields, auth_token=business.auth_token),
    }
    return httpx2.post(platform.url + WEBHOOK, data=fields, headers=headers, trust_env=False).status_code


def test_one_id_for_two_businesses_is_two_messages(platform: Platform) -> None:
    known = platform.somebody()
    platform.write(BOOKS, "For one", user=known, sid="SM" + "22" * 16)
    platform.write(FERRIES, "For the other", user=known)
    platform.wait_until_idle(BOOKS)
    platform.wait_until_idle(FERRIES)
    assert post(platform, FERRIES, user=known, body="For the other too", sid="SM" + "22" * 16) == 200
    platform.wait_until_idle(FERRIES)
    assert platform.replies(BOOKS, user=known) == ["echo: For one"]
    assert platform.replies(FERRIES, user=known) == ["echo: For the other", "echo: For the other too"]


def test_callbacks_in_the_wrong_order_end_at_the_highest_status(platform: Platform, user: str) -> None:
    # "sent" comes a second after "delivered".
    platform.phone.fault(on="callbacks", mode="delay", seconds=1.0, times=1)
    platform.ask(BOOKS, "In which order?", user=user)
    [reply] = platform.phone.replies(number=BOOKS.number, user=user)
    logs = (
        "SELECT l.body ->> 'MessageStatus', m.status"
        f" FROM {BOOKS.schema}.bots_webhooklog l JOIN {BOOKS.schema}.bots_message m"
        " ON m.external_id = l.body ->> 'MessageSid' WHERE m.external_id = %s ORDER BY l.timestamp"
    )
    platform.wait_until(lambda: len(platform.database.query(logs, [reply["sid"]])) == 2, what="told twice")
    assert platform.database.query(logs, [reply["sid"]]) == [("delivered", "delivered"), ("sent", "delivered")]


def test_processes_may_be_replaced_one_after_the_other_while_people_write(platform: Platform) -> None:
    people: dict[str, list[int]] = {}
    replaced = threading.Event()

    def trickle() -> None:
        while not replaced.wait(0.15):
            user = platform.somebody()
            people[user] = platform.write(BOOKS, f"I am {user}", user=user)

    writing = threading.Thread(target=trickle)
    with ExitStack() as ends:
        ends.callback(writing.join)
        ends.callback(replaced.set)
        writing.start()
        replace(platform, ends)
    platform.wait_until_idle(BOOKS)
    assert len(people) > 20
    assert {statuses[-1] for statuses in people.values()} == {200}
    assert {user: platform.replies(BOOKS, user=user) for user in people} == {
        user: [f"echo: I am {user}"] for user in people
    }


def replace(platform: Platform, ends: ExitStack) -> None:
    """New processes beside the old ones, the proxy turned to the new web, SIGTERM to the old; and back again."""
    ends.callback(platform.start)
    worker = Process(name="worker", environment=platform.environment, log=platform.folder / "worker-new.log")
    port = str(free_port())
    web = Process(name="web", environment={**platform.environment, "PORT": port}, log=platform.folder / "web-new.log")
    for new in (worker, web):
        ends.callback(new.stop)
        new.start()
    url = f"http://127.0.0.1:{port}"
    platform.wait_until(lambda: is_alive(url) and " ready." in worker.log.read_text(), what="ready beside the old")
    ends.callback(platform.phone.add_number, **platform.carried(BOOKS))
    platform.phone.add_number(**{**platform.carried(BOOKS), "deliver_to": url})
    for old in (platform.web, platform.worker, platform.beat):
        old.terminate()
        assert old.popen
        old.popen.wait(20)
    platform.start()
    platform.phone.add_number(**platform.carried(BOOKS))
    for new in (web, worker):
        new.terminate()
        assert new.popen
        new.popen.wait(20)


def is_alive(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", trust_env=False).is_success
    except httpx2.HTTPError:
        return False

"""Files, through web, worker and far ends as real processes and sockets."""

from __future__ import annotations

import base64
import time

import pytest

from sandbox.procfile import Process, commands
from tests.processes.businesses import BOOKS, FERRIES, PRINTS, Business
from tests.processes.member import Member
from tests.processes.platform import Platform

pytestmark = [pytest.mark.process, pytest.mark.slow]

JPEG = b"\xff\xd8\xff\xe0" + b"the cover of a novel" * 20
PHOTO = {"content_type": "image/jpeg", "content": base64.b64encode(JPEG).decode()}
VIDEO = {"content_type": "video/mp4", "content": base64.b64encode(b"\0\0\0\x18ftypmp42").decode()}
ANSWERED_WITHIN = 60.0


def outcomes(platform: Platform, business: Business, user: str) -> list[tuple[str, str]]:
    return platform.database.query(
        f"SELECT m.outcome, m.outcome_reason FROM {business.schema}.bots_message m"
        f" JOIN {business.schema}.bots_conversation c ON c.id = m.conversation_id"
        " WHERE c.user_phone = %s AND m.direction = 'in' ORDER BY m.timestamp",
        [user],
    )


def test_a_photo_is_shown_to_a_model_that_sees(platform: Platform, user: str) -> None:
    platform.write(BOOKS, "Do you have this one?", user=user, media=[PHOTO])
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == ["echo: [photo] Do you have this one?"]
    image, _ = platform.asked(BOOKS.api_key)[-1]["body"]["messages"][-1]["content"]
    assert image["image_url"]["url"] == "data:image/jpeg;base64," + base64.b64encode(JPEG).decode()
    kept = (platform.folder / "media" / BOOKS.schema).iterdir()
    assert JPEG in [path.read_bytes() for path in kept if path.is_file()]


def test_a_voice_note_is_written_down_and_answered(platform: Platform, user: str) -> None:
    platform.far_end.state.transcripts.append("When does the last ferry sail?")
    platform.write(FERRIES, "", user=user, media=["voice"])
    platform.wait_until_idle(FERRIES)
    assert platform.replies(FERRIES, user=user) == ["echo: [voice note] When does the last ferry sail?"]


def test_a_price_list_is_read_and_asked_about(platform: Platform, user: str) -> None:
    platform.write(PRINTS, "How much is a croissant in this list?", user=user, media=["document"])
    platform.wait_until_idle(PRINTS)
    [reply] = platform.replies(PRINTS, user=user)
    assert "Croissant ............ 2.80" in reply


def test_what_the_bot_does_not_open_is_told_once_however_often_it_comes(platform: Platform, user: str) -> None:
    sid = "MM" + "7e" * 16
    for _ in range(3):
        platform.write(BOOKS, "", user=user, media=[VIDEO], sid=sid)
    platform.wait_until_idle(BOOKS)
    [reply] = platform.replies(BOOKS, user=user)
    assert reply.startswith("I can't open videos yet.")
    assert outcomes(platform, BOOKS, user) == [("refused", "not_opened")]


def test_a_worker_killed_while_it_fetches_leaves_one_answer(platform: Platform, user: str) -> None:
    platform.phone.fault(on="media", mode="hang", times=1)
    platform.write(BOOKS, "And this one?", user=user, media=[PHOTO])
    before = platform.phone.requests()["calls"].get("media", 0)
    platform.wait_until(lambda: platform.phone.requests()["calls"].get("media", 0) >= max(before, 1), what="fetching")
    platform.wait_until(
        lambda: platform.database.query(f"SELECT 1 FROM {BOOKS.schema}.bots_mediafile WHERE state = 'fetching'") != [],
        what="fetching",
    )
    platform.worker.kill()
    killed = time.time()
    platform.start()
    [reply] = platform.phone.wait_for_replies(number=BOOKS.number, user=user, timeout=ANSWERED_WITHIN)
    assert reply["body"] == "echo: [photo] And this one?"
    assert reply["created"] - killed < ANSWERED_WITHIN
    platform.wait_until_idle(BOOKS)
    assert len(platform.replies(BOOKS, user=user)) == 1


def test_a_file_that_the_bot_did_not_open_is_fetched_by_the_worker_while_no_web_process_waits(
    platform: Platform, user: str
) -> None:
    platform.write(BOOKS, "", user=user, media=[VIDEO])
    platform.wait_until_idle(BOOKS)
    member = Member(platform, BOOKS)
    [(conversation, message)] = platform.database.query(
        f"SELECT c.id, m.id FROM {BOOKS.schema}.bots_message m JOIN {BOOKS.schema}.bots_conversation c"
        " ON c.id = m.conversation_id WHERE c.user_phone = %s AND m.direction = 'in'",
        [user],
    )
    path = f"/conversations/{conversation}/messages/{message}/files/0/"
    row = f"SELECT id, state FROM {BOOKS.schema}.bots_mediafile WHERE message_id = %s"
    platform.phone.fault(on="media", mode="delay", seconds=4.0, times=1)

    # The provider has not answered, and the web has.
    assert "It is on its way." in member.post(path, htmx=True, shown="missing").text
    [(file, state)] = platform.database.query(row, [message])
    assert state == "fetching"
    assert member.post(path, htmx=True, shown="coming").status_code == 204

    platform.wait_until(lambda: platform.database.query(row, [message])[0][1] == "kept", what="fetched")
    assert f"/conversations/files/{file}/" in member.post(path, htmx=True, shown="coming").text
    assert member.get(f"/conversations/files/{file}/").content == base64.b64decode(VIDEO["content"])


def test_a_disk_that_takes_no_file_costs_the_file_and_not_the_answer(platform: Platform, user: str) -> None:
    """A limit on the size of files: to a process, the same as a full disk."""
    large = {"content_type": "image/jpeg", "content": base64.b64encode(JPEG * 300).decode()}
    platform.worker.stop()
    command = f"sh -c 'ulimit -f 64 && exec {commands()['worker']}'"
    log = platform.folder / "worker-full.log"
    worker = Process(name="worker", environment=platform.environment, log=log, command=command)
    worker.start()
    try:
        platform.wait_until(lambda: " ready." in log.read_text(), what="listening")
        platform.write(BOOKS, "Do you have this one?", user=user, media=[large])
        platform.wait_until_idle(BOOKS)
    finally:
        worker.stop()
    assert "could not be kept" in log.read_text()
    told, answer = platform.replies(BOOKS, user=user)
    assert "photo" in told
    assert answer.startswith("echo: ")
    assert "Do you have this one?" in answer
    assert outcomes(platform, BOOKS, user) == [("answered", "")]

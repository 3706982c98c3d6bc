"""kill -9 of a worker that writes an export: another one begins it anew, and one whole file is there in the end."""

from __future__ import annotations

import base64
from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.processes.breakpoints import abandoned, breakpoint_at
from tests.processes.businesses import BOOKS
from tests.processes.member import Member
from tests.processes.platform import Platform

pytestmark = [pytest.mark.process, pytest.mark.slow]

JPEG = b"\xff\xd8\xff\xe0" + b"the cover of a novel" * 20
PHOTO = {"content_type": "image/jpeg", "content": base64.b64encode(JPEG).decode()}


@pytest.fixture
def member(platform: Platform) -> Member:
    """The bookshop's owner."""
    return Member(platform, BOOKS)


def export_of(platform: Platform) -> tuple[str, int, int, int, str]:
    """The newest export: its state, its attempts, how far it is and of how many, its file."""
    [row] = platform.database.query(
        f"SELECT state, attempts, done, total, file FROM {BOOKS.schema}.bots_export ORDER BY created_at DESC LIMIT 1"
    )
    return row


@pytest.mark.parametrize("step", ["while an export is written", "once an export is stored"])
def test_a_worker_killed_while_it_writes_an_export_leaves_one_whole_file(
    platform: Platform, member: Member, user: str, step: str
) -> None:
    platform.write(BOOKS, "Do you have this one?", user=user, media=[PHOTO])
    platform.wait_until_idle(BOOKS)
    with breakpoint_at(step, business=BOOKS, database=platform.database) as reached:
        assert member.post("/exports/new/", scope="all", format="html").status_code == 302
        platform.wait_until(reached, what=f"stopped {step}")
        platform.worker.kill()
        abandoned(platform.database)
    state, attempts, *_ = export_of(platform)
    assert (state, attempts) == ("writing", 1)

    platform.start()
    # The dead worker's claim is over; the page that is open rings for what nobody writes.
    platform.database.query(f"UPDATE {BOOKS.schema}.bots_export SET lease_until = now() WHERE state = 'writing'")
    member.get("/exports/progress/")
    platform.wait_until(lambda: export_of(platform)[0] == "ready", what="written")

    state, attempts, done, total, file = export_of(platform)
    assert (attempts, done) == (2, total)
    folder = platform.folder / "media" / BOOKS.schema / "exports"
    mine = file.removeprefix("exports/").partition("-")[0]
    assert [f"exports/{path.name}" for path in folder.glob(f"{mine}*")] == [file]
    with ZipFile(folder / file.removeprefix("exports/")) as archive:
        assert archive.testzip() is None
        page = archive.read("conversations.html").decode()
        assert page.count("<article>") == total
        assert user in page
        held = [archive.read(name) for name in archive.namelist() if name.startswith("files/")]
    assert JPEG in held

    key = platform.database.query(f"SELECT id FROM {BOOKS.schema}.bots_export WHERE file = %s", [file])[0][0]
    downloaded = member.get(f"/exports/{key}/file/")
    assert downloaded.headers["content-type"] == "application/zip"
    assert ZipFile(BytesIO(downloaded.content)).testzip() is None

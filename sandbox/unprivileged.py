"""PostgreSQL refuses to run as root: a system user without rights runs it then."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from pathlib import Path
from typing import TypedDict

from sandbox.processes import SandboxError

SYSTEM_USER = "switchboard-postgres"


class Account(TypedDict, total=False):
    """Arguments of `subprocess.run` that choose who runs the program; none of them: we do."""

    user: int
    group: int
    extra_groups: list[int]


def prepare(folder: Path, *, programs: Path) -> Account:
    """Make `folder` and tell who runs the program in it: whom it belongs to already, never root. Raises `SandboxError`.

    As root, others get the right to pass through (not to list) the folders above `folder` and `programs`.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.geteuid() != 0:
        return {}
    owner = folder.stat().st_uid
    user = pwd.getpwuid(owner) if owner else _system_user()
    os.chown(folder, user.pw_uid, user.pw_gid)
    for place in (*folder.parents, *programs.resolve().parents):
        _allow(place, 0o001)
    # Where root's umask is 077, so is all that was installed.
    if not programs.stat().st_mode & 0o001:
        for place in (programs.parent, *programs.parent.rglob("*")):
            _allow(place, (place.stat().st_mode & 0o500) >> 6)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _allow(place: Path, bits: int) -> None:
    mode = place.stat().st_mode
    if mode & bits != bits:
        place.chmod(mode | bits)


def _system_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    with contextlib.suppress(FileNotFoundError):  # no useradd
        # It also fails when another run has just made the user: what counts is that the user is there.
        subprocess.run(command, check=False, capture_output=True)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise SandboxError(
            f"PostgreSQL refuses to run as root, and no system user could be made for it by `{' '.join(command)}`. "
            "Start this as another user than root, or set DATABASE_URL to a PostgreSQL of yours."
        ) from None

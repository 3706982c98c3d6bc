"""As much of SMTP (RFC 5321) as a program needs that hands in mail. Everything is taken, nothing is sent on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

#: Bytes of a mail, at most; as the server says in its answer to EHLO.
LARGEST = 10_000_000
#: Seconds without a word after which a client is gone.
PATIENCE = 60.0

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


class _TooLargeError(Exception):
    """A mail of more than `LARGEST` bytes."""


async def serve(keep: Callable[[bytes], object], *, port: int) -> asyncio.Server:
    """Listen on 127.0.0.1; `keep` gets each mail as it came. Raises `OSError` when the port is taken."""

    async def talk(reader: Reader, writer: Writer) -> None:
        try:
            await _converse(reader, writer, keep=keep)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            pass  # The client is gone, or does not speak SMTP.
        finally:
            writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", port, limit=LARGEST)


async def _converse(reader: Reader, writer: Writer, *, keep: Callable[[bytes], object]) -> None:
    await _say(writer, "220 Switchboard's sandbox")
    recipients = 0
    while True:
        line = (await asyncio.wait_for(reader.readline(), PATIENCE)).decode("utf-8", "replace").strip()
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            await _say(writer, "250-sandbox", "250-8BITMIME", "250-SMTPUTF8", f"250 SIZE {LARGEST}")
        elif verb == "RCPT":
            recipients += 1
            await _say(writer, "250 OK")
        elif verb == "DATA" and not recipients:
            await _say(writer, "503 Name a recipient first")
        elif verb == "DATA":
            recipients = 0
            await _take(reader, writer, keep=keep)
        elif verb in ("", "QUIT"):
            await _say(writer, "221 Bye")
            return
        elif verb in ("HELO", "MAIL", "RSET", "NOOP"):
            recipients = 0 if verb in ("MAIL", "RSET") else recipients
            await _say(writer, "250 OK")
        else:
            await _say(writer, "502 Not known here")


async def _take(reader: Reader, writer: Writer, *, keep: Callable[[bytes], object]) -> None:
    await _say(writer, "354 End with a dot on a line of its own")
    try:
        raw = await _letter(reader)
    except _TooLargeError:
        await _say(writer, "552 Too large")
        return
    keep(raw)
    await _say(writer, "250 Kept")


async def _letter(reader: Reader) -> bytes:
    """The lines up to the lonely dot. A dot that begins a line was doubled on the way."""
    lines: list[bytes] = []
    size = 0
    while (line := await asyncio.wait_for(reader.readuntil(b"\n"), PATIENCE)) not in (b".\r\n", b".\n"):
        size += len(line)
        if size <= LARGEST:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
    if size > LARGEST:
        raise _TooLargeError
    return b"".join(lines)


async def _say(writer: Writer, *lines: str) -> None:
    writer.write("".join(f"{line}\r\n" for line in lines).encode())
    await writer.drain()

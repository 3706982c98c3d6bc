"""What the demo says while it starts."""

from __future__ import annotations

import sys
import threading
import time

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class step:
    """One line that moves while something starts: begun when made, `done()` when it is there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.began = time.monotonic()
        self._over = threading.Event()
        self._moves = sys.stdout.isatty()
        if self._moves:
            threading.Thread(target=self._move, daemon=True).start()

    def done(self) -> None:
        self._over.set()
        start = "\r" if self._moves else ""
        print(f"{start}  ✓ {self.text} ({time.monotonic() - self.began:.1f} s)", flush=True)

    def _move(self) -> None:
        turn = 0
        while not self._over.wait(0.1):
            print(f"\r  {_FRAMES[turn % len(_FRAMES)]} {self.text} ", end="", flush=True)
            turn += 1


def failed(text: str) -> None:
    """Say why the demo ends."""
    print(f"\n  ✗ {text}", file=sys.stderr, flush=True)

"""A child of this process: it begins with a copy of all that the process holds, its connections included."""

from __future__ import annotations

import os
from collections.abc import Callable


def said_by_a_child(ask: Callable[[], object]) -> str:
    """What `ask` returns there, as text. The child is over by then."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        # Nothing of the tests may run on in here.
        try:
            os.write(write, str(ask()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said

"""Instructions to begin with, by trade."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingPoint:
    key: str
    name: str
    summary: str
    text: str


@cache
def starting_points() -> dict[str, StartingPoint]:
    """Those of bots/starting_points.toml, by their keys."""
    kept = tomllib.loads((files("bots") / "starting_points.toml").read_text(encoding="utf-8"))
    return {key: StartingPoint(key=key, **{**one, "text": one["text"].strip()}) for key, one in kept.items()}

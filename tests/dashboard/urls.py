"""Every URL of a host, found by walking its urlconf: a page that somebody adds is in the tests without being listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter

#: What stands for the arguments of a path that has some; nothing in the database has these.
NOBODYS: dict[type, Any] = {IntConverter: 999_999, UUIDConverter: UUID(int=0)}
#: Arguments of the paths that are written as regular expressions.
BY_NAME = {"uidb36": "abc", "key": "abc-def", "token": "nobodys-token"}


@dataclass(frozen=True)
class Page:
    """A URL with arguments that lead to nothing, and whom its view says it admits."""

    path: str
    admits: Any

    def __str__(self) -> str:
        return self.path


def pages(urlconf: str, *, except_under: tuple[str, ...] = ()) -> list[Page]:
    """All of them but those below the given prefixes."""
    found = [
        Page(
            path=_path(pattern, urlconf=urlconf, inherited=inherited), admits=getattr(pattern.callback, "admits", None)
        )
        for pattern, inherited in _walk(get_resolver(urlconf).url_patterns, inherited={})
    ]
    return [page for page in found if not page.path.startswith(except_under or "\0")]


def named(urlconf: str, *, given: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Each URL's name and its path, with the arguments that are `given` for the name."""
    walked = _walk(get_resolver(urlconf).url_patterns, inherited={})
    return {
        pattern.name or "": reverse(pattern.name, urlconf=urlconf, kwargs=given[pattern.name])
        if pattern.name in given
        else _path(pattern, urlconf=urlconf, inherited=inherited)
        for pattern, inherited in walked
    }


def _walk(
    patterns: list[URLPattern | URLResolver], *, inherited: dict[str, Any]
) -> list[tuple[URLPattern, dict[str, Any]]]:
    """Each pattern, and the converters of the paths that it is included under."""
    found: list[tuple[URLPattern, dict[str, Any]]] = []
    for one in patterns:
        if isinstance(one, URLResolver):
            found += _walk(one.url_patterns, inherited=inherited | one.pattern.converters)
        else:
            found.append((one, inherited))
    return found


def _path(pattern: URLPattern, *, urlconf: str, inherited: dict[str, Any]) -> str:
    assert pattern.name, f"{pattern} has no name"
    converters = inherited | pattern.pattern.converters
    arguments = {name: NOBODYS.get(type(one), BY_NAME.get(name, "abc")) for name, one in converters.items()}
    names = getattr(pattern.pattern, "regex", None)
    if names is not None and not converters:
        arguments = {name: BY_NAME[name] for name in names.groupindex}
    return reverse(pattern.name, urlconf=urlconf, kwargs=arguments)

"""The web process: `granian --interface wsgi config.wsgi:application`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import get_resolver

from config.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_django = get_wsgi_application()
#: granian puts the process's environment into each request, where an HTTP_PROXY with its password is a header.
_NO_HEADERS = {name: value for name, value in os.environ.items() if name.startswith("HTTP_")}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's answer; one that is whole as a list, which granian sends at once.

    Anything else it hands on piece by piece from thread to thread. Under granian, a webhook takes 0.92 of its CPU so.
    """
    for name, value in _NO_HEADERS.items():
        if environ.get(name) == value:
            del environ[name]
    answer: Iterable[bytes] = _django(environ, start_response)
    if not isinstance(answer, HttpResponse):
        return answer
    content = answer.content
    answer.close()
    return [content]


# Load the views before the first request comes: a webhook that waits for imports looks like an outage to its provider.
for urlconf in ("config.urls_public", "config.urls_tenant"):
    get_resolver(urlconf).check()

settle()

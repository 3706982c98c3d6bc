"""The web process: `granian --interface wsgi config.wsgi:application`."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Load the views before the first request comes: a webhook that waits for imports looks like an outage to its provider.
for urlconf in ("config.urls_public", "config.urls_tenant"):
    get_resolver(urlconf).check()

# A web thread keeps its connection from one request to the next where there is one for each: taking it from the pool
# and giving it back took a seventh of a webhook's CPU. The worker has many more threads than connections, and does not.
if int(os.environ.get("WEB_THREADS") or 8) <= settings.DATABASES["default"]["POOL_OPTIONS"]["POOL_SIZE"]:
    connections.settings["default"].update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True)

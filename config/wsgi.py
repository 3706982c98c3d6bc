"""The web process: `granian --interface wsgi config.wsgi:application`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Load the views before the first request comes: a webhook that waits for imports looks like an outage to its provider.
for urlconf in ("config.urls_public", "config.urls_tenant"):
    get_resolver(urlconf).check()

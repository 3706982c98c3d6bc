"""The public host: the platform console, and the webhook that all tenants share."""

from django.conf import settings
from django.urls import include, path

from dashboard.views.account import account
from dashboard.views.console import console

urlpatterns = [
    path("", console, name="platform"),
    path("account/", account, name="account"),
    path("accounts/", include("dashboard.account_urls")),
    path("api/whatsapp/", include("webhooks.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", include("dashboard.styleguide_urls")))

handler500 = "dashboard.errors.server_error"

"""The public host: the platform console, and the webhook that all tenants share."""

from django.conf import settings
from django.urls import include, path

from dashboard.views.account import account
from dashboard.views.console import console
from dashboard.views.csp_report import csp_report

urlpatterns = [
    path("", console, name="platform"),
    path("unrouted/", include("dashboard.unrouted_urls")),
    path("account/", account, name="account"),
    path("accounts/", include("dashboard.account_urls")),
    path("csp-report/", csp_report, name="csp_report"),
    path("api/whatsapp/", include("webhooks.urls")),
]

if settings.STYLEGUIDE:
    urlpatterns.append(path("styleguide/", include("dashboard.styleguide_urls")))

handler500 = "dashboard.errors.server_error"

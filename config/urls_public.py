"""The public host: the platform console, and the webhook that all tenants share."""

from django.urls import include, path

from dashboard.views.console import console

urlpatterns = [
    path("", console, name="platform"),
    path("accounts/", include("dashboard.account_urls")),
    path("api/whatsapp/", include("webhooks.urls")),
]

handler500 = "dashboard.errors.server_error"

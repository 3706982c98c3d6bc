"""The public host: the platform console, and the webhook that all tenants share."""

from django.urls import include, path

from dashboard import views

urlpatterns = [
    path("", views.platform, name="platform"),
    path("accounts/", include("allauth.account.urls")),
    path("api/whatsapp/", include("webhooks.urls")),
]

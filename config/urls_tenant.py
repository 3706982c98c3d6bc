"""A tenant's host: its dashboard."""

from django.urls import include, path

from dashboard.views.overview import overview

urlpatterns = [
    path("", overview, name="overview"),
    path("accounts/", include("dashboard.account_urls")),
]

handler500 = "dashboard.errors.server_error"

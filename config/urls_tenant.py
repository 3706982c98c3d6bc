"""A tenant's host: its dashboard."""

from django.urls import include, path

from dashboard import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("accounts/", include("allauth.account.urls")),
]

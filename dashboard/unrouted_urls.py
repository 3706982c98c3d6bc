"""The console's pages about requests that reached no tenant."""

from django.urls import path

from dashboard.views import unrouted

urlpatterns = [
    path("", unrouted.unrouted, name="unrouted"),
    path("<int:pk>/", unrouted.detail, name="unrouted_request"),
]

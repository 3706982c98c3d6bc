"""The webhook log's pages."""

from django.urls import path

from dashboard.views import log, logs

urlpatterns = [
    path("", logs.logs, name="logs"),
    path("news/", logs.news, name="logs_news"),
    path("<uuid:pk>/", log.detail, name="log"),
    path("<uuid:pk>/reveal/", log.reveal, name="log_reveal"),
    path("<uuid:pk>/again/", log.again, name="log_again"),
]

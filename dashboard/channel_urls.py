"""The tenant's numbers, and what their buttons do."""

from django.urls import path

from dashboard.views import channel_actions, channel_connect, channels

urlpatterns = [
    path("", channels.overview, name="channels"),
    path("new/", channel_connect.choose, name="channel_new"),
    path("new/<slug:provider>/", channel_connect.connect, name="channel_connect"),
    path("<uuid:pk>/", channels.detail, name="channel"),
    path("<uuid:pk>/progress/", channels.progress, name="channel_progress"),
    path("<uuid:pk>/check/", channel_actions.check, name="channel_check"),
    path("<uuid:pk>/webhook/", channel_actions.set_webhook, name="channel_webhook"),
    path("<uuid:pk>/test/", channel_actions.send_trial, name="channel_trial"),
    path("<uuid:pk>/edit/", channel_connect.edit, name="channel_edit"),
    path("<uuid:pk>/credentials/", channel_connect.credentials, name="channel_credentials"),
    path("<uuid:pk>/verify-token/", channel_connect.verify_token, name="channel_verify_token"),
    path("<uuid:pk>/remove/", channel_connect.remove, name="channel_remove"),
]

"""Saved replies."""

from django.urls import path

from dashboard.views import composer_replies

urlpatterns = [
    path("", composer_replies.replies, name="canned_replies"),
    path("list/", composer_replies.listed, name="canned_reply_list"),
    path("restore/", composer_replies.restore, name="canned_reply_restore"),
    path("<int:pk>/", composer_replies.edit, name="canned_reply"),
    path("<int:pk>/delete/", composer_replies.delete, name="canned_reply_delete"),
]

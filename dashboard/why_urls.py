"""Answers: why they were given, and which were right."""

from django.urls import path

from dashboard.views import marks, why

urlpatterns = [
    path("", marks.listed, name="marks"),
    path("file/", marks.file, name="marks_file"),
    path("<uuid:pk>/", why.why, name="why"),
    path("<uuid:pk>/mark/", why.mark, name="why_mark"),
]

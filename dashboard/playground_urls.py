"""Trying the bot before it is published."""

from django.urls import path

from dashboard.views import playground

urlpatterns = [
    path("", playground.playground, name="playground"),
    path("ask/", playground.ask, name="playground_ask"),
    path("reset/", playground.reset, name="playground_reset"),
    path("<uuid:pk>/", playground.question, name="playground_question"),
    path("<uuid:pk>/stop/", playground.stop, name="playground_stop"),
    path("<uuid:pk>/again/", playground.again, name="playground_again"),
    path("answers/<uuid:pk>/", playground.why, name="playground_why"),
]

"""The style page, on both kinds of host, in debug only."""

from django.urls import path

from dashboard.views.styleguide import styleguide

urlpatterns = [path("", styleguide, name="styleguide")]

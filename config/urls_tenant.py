"""A tenant's host: its dashboard."""

from django.conf import settings
from django.urls import include, path

from dashboard.views.account import account
from dashboard.views.health import health_dot
from dashboard.views.invitation import invitation
from dashboard.views.overview import overview

urlpatterns = [
    path("", overview, name="overview"),
    path("health/", health_dot, name="health"),
    path("team/", include("dashboard.team_urls")),
    path("bot/", include("dashboard.bot_urls")),
    path("channels/", include("dashboard.channel_urls")),
    path("playground/", include("dashboard.playground_urls")),
    path("knowledge/", include("dashboard.knowledge_urls")),
    path("account/", account, name="account"),
    path("accounts/", include("dashboard.account_urls")),
    path("invitations/<str:token>/", invitation, name="invitation"),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", include("dashboard.styleguide_urls")))

handler500 = "dashboard.errors.server_error"

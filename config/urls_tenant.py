"""A tenant's host: its dashboard."""

from django.conf import settings
from django.urls import include, path

from dashboard.views.account import account
from dashboard.views.csp_report import csp_report
from dashboard.views.health import health_dot
from dashboard.views.invitation import invitation
from dashboard.views.overview import overview
from dashboard.views.reveal import reveal

urlpatterns = [
    path("", overview, name="overview"),
    path("health/", health_dot, name="health"),
    path("conversations/", include("dashboard.inbox_urls")),
    path("contacts/<uuid:pk>/reveal/", reveal, name="reveal_contact"),
    path("team/", include("dashboard.team_urls")),
    path("bot/", include("dashboard.bot_urls")),
    path("channels/", include("dashboard.channel_urls")),
    path("playground/", include("dashboard.playground_urls")),
    path("knowledge/", include("dashboard.knowledge_urls")),
    path("answers/", include("dashboard.why_urls")),
    path("exports/", include("dashboard.export_urls")),
    path("ledger/", include("dashboard.ledger_urls")),
    path("logs/", include("dashboard.log_urls")),
    path("account/", account, name="account"),
    path("accounts/", include("dashboard.account_urls")),
    path("csp-report/", csp_report, name="csp_report"),
    path("invitations/<str:token>/", invitation, name="invitation"),
]

if settings.STYLEGUIDE:
    urlpatterns.append(path("styleguide/", include("dashboard.styleguide_urls")))

handler500 = "dashboard.errors.server_error"

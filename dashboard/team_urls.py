"""The team page and what its buttons do."""

from django.urls import path

from dashboard.views import team

urlpatterns = [
    path("", team.overview, name="team"),
    path("invite/", team.invite, name="team_invite"),
    path("security/", team.security, name="team_security"),
    path("invitations/<int:pk>/resend/", team.resend, name="team_resend"),
    path("invitations/<int:pk>/revoke/", team.revoke, name="team_revoke"),
    path("members/<int:pk>/role/", team.role, name="team_role"),
    path("members/<int:pk>/remove/", team.remove, name="team_remove"),
]

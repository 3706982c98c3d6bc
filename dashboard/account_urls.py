"""The pages of allauth that are in use, under allauth's own names. What is not listed here does not exist."""

from __future__ import annotations

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions import views as sessions
from django.urls import path, re_path
from django.views.generic import RedirectView

from dashboard.access import everybody, signed_in
from dashboard.accounts import limited
from dashboard.views.account import end_session

#: allauth's lists are one page here.
to_the_account = signed_in(RedirectView.as_view(pattern_name="account"))

# Open to people who are not signed in.
entrance = [
    path("login/", everybody(limited(views.login)), name="account_login"),
    path("logout/", everybody(views.logout), name="account_logout"),
    path("inactive/", everybody(views.account_inactive), name="account_inactive"),
    path("signup/", everybody(views.signup), name="account_signup"),
    path("password/reset/", everybody(limited(views.password_reset)), name="account_reset_password"),
    path("password/reset/done/", everybody(views.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        everybody(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        everybody(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", everybody(views.confirm_email), name="account_confirm_email"),
    path("2fa/authenticate/", everybody(limited(mfa.authenticate)), name="mfa_authenticate"),
    path("passkeys/login/", everybody(limited(webauthn.login_webauthn)), name="mfa_login_webauthn"),
]

# For people who are signed in, about themselves.
own = [
    path("password/change/", signed_in(limited(views.password_change)), name="account_change_password"),
    path("password/set/", signed_in(limited(views.password_set)), name="account_set_password"),
    path("email/", signed_in(limited(views.email)), name="account_email"),
    path("reauthenticate/", signed_in(limited(views.reauthenticate)), name="account_reauthenticate"),
    path("2fa/", to_the_account, name="mfa_index"),
    path("2fa/reauthenticate/", signed_in(limited(mfa.reauthenticate)), name="mfa_reauthenticate"),
    path("2fa/app/activate/", signed_in(limited(totp.activate_totp)), name="mfa_activate_totp"),
    path("2fa/app/deactivate/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", signed_in(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        signed_in(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        signed_in(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("passkeys/", to_the_account, name="mfa_list_webauthn"),
    path("passkeys/add/", signed_in(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "passkeys/reauthenticate/",
        signed_in(limited(webauthn.reauthenticate_webauthn)),
        name="mfa_reauthenticate_webauthn",
    ),
    path("passkeys/<int:pk>/remove/", signed_in(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("passkeys/<int:pk>/edit/", signed_in(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("sessions/", signed_in(sessions.list_usersessions), name="usersessions_list"),
    path("sessions/<int:pk>/end/", end_session, name="end_session"),
]

urlpatterns = [*entrance, *own]

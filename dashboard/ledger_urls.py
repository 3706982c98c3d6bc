"""The ledger's pages."""

from django.urls import path

from dashboard.views import ledger, ledger_again, ledger_alarm

urlpatterns = [
    path("", ledger.ledger, name="ledger"),
    path("alarm/", ledger_alarm.alarm, name="ledger_alarm"),
    path("alarm/dot/", ledger_alarm.dot, name="ledger_dot"),
    path("again/", ledger_again.all_of_the_filter, name="ledger_again_all"),
    path("<uuid:pk>/again/", ledger_again.one, name="ledger_again"),
]

"""The bot: its draft, its keys, its versions."""

from django.urls import path

from dashboard.bot.page import TABS
from dashboard.views import bot, bot_provider, bot_start, bot_versions

urlpatterns = [
    *(path(f"{name.removeprefix('bot').strip('_')}/".lstrip("/"), bot.tab, {"tab": name}, name=name) for name in TABS),
    path("save/<slug:group>/", bot.save, name="bot_save"),
    path("starting-points/undo/", bot_start.undo, name="bot_start_undo"),
    path("starting-points/<slug:key>/", bot_start.use, name="bot_start"),
    path("keys/<slug:whose>/", bot_provider.key, name="bot_key"),
    path("test/<slug:whose>/", bot_provider.test, name="bot_test"),
    path("publish/", bot_versions.publish, name="bot_publish"),
    path("discard/", bot_versions.discard, name="bot_discard"),
    path("versions/", bot_versions.history, name="bot_versions"),
    path("versions/<int:version>/", bot_versions.version, name="bot_version"),
    path("versions/<int:version>/roll-back/", bot_versions.roll_back, name="bot_roll_back"),
]

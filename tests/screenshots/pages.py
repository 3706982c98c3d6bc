"""The pages that are pictured, and visited by the browser tests. A new page adds a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Whom a page is shown to: the bakery's owner, the platform's owner, or somebody who is not signed in, on the bakery's host.
Visitor = Literal["owner", "operator", "nobody"]
BAKERY = "Lumen Bakery"
PLATFORM = "Platform console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page: the name of its pictures, its path, who looks.

    `below_first`: the path is a list's, and the page is the first one that it lists, or this below it.
    """

    name: str
    path: str
    visitor: Visitor = "owner"
    below_first: str | None = None


PAGES = (
    Shown(name="overview", path="/"),
    Shown(name="conversations", path="/conversations/"),
    Shown(name="conversation", path="/conversations/", below_first=""),
    Shown(name="conversations-search", path="/conversations/?view=all&q=croissant"),
    Shown(name="conversations-waiting", path="/conversations/?view=waiting"),
    Shown(name="labels", path="/conversations/labels/"),
    Shown(name="saved-replies", path="/conversations/replies/"),
    Shown(name="numbers", path="/channels/"),
    Shown(name="number-new", path="/channels/new/"),
    Shown(name="number-twilio", path="/channels/new/twilio/"),
    Shown(name="number-meta", path="/channels/new/meta/"),
    Shown(name="number", path="/channels/", below_first=""),
    Shown(name="number-edit", path="/channels/", below_first="edit/"),
    Shown(name="number-credentials", path="/channels/", below_first="credentials/"),
    Shown(name="playground", path="/playground/"),
    Shown(name="bot", path="/bot/"),
    Shown(name="bot-provider", path="/bot/provider/"),
    Shown(name="bot-conversation", path="/bot/conversation/"),
    Shown(name="bot-hours", path="/bot/hours/"),
    Shown(name="bot-texts", path="/bot/texts/"),
    Shown(name="bot-versions", path="/bot/versions/"),
    Shown(name="bot-version", path="/bot/versions/1/"),
    Shown(name="bot-publish", path="/bot/publish/"),
    Shown(name="bot-key", path="/bot/keys/api_key/"),
    Shown(name="knowledge", path="/knowledge/"),
    Shown(name="knowledge-question", path="/knowledge/try/?q=how+much+is+a+crossant+and+are+you+open+on+sunday"),
    Shown(name="knowledge-new", path="/knowledge/new/"),
    Shown(name="knowledge-source", path="/knowledge/", below_first=""),
    Shown(name="knowledge-edit", path="/knowledge/", below_first="edit/"),
    Shown(name="knowledge-settings", path="/knowledge/settings/"),
    Shown(name="ledger", path="/ledger/"),
    Shown(name="ledger-alarm", path="/ledger/alarm/"),
    Shown(name="logs", path="/logs/"),
    Shown(name="log", path="/logs/?outcome=accepted", below_first=""),
    Shown(name="exports", path="/exports/"),
    Shown(name="exports-erased", path="/exports/erasures/"),
    Shown(name="answers-marked", path="/answers/"),
    Shown(name="team", path="/team/"),
    Shown(name="account", path="/account/"),
    Shown(name="confirm", path="/accounts/reauthenticate/?next=%2Faccount%2F"),
    Shown(name="sessions", path="/accounts/sessions/"),
    Shown(name="styleguide", path="/styleguide/"),
    Shown(name="sign-in", path="/accounts/login/", visitor="nobody"),
    Shown(name="password-reset", path="/accounts/password/reset/", visitor="nobody"),
    Shown(name="console", path="/", visitor="operator"),
    Shown(name="console-unrouted", path="/unrouted/", visitor="operator"),
    Shown(name="console-account", path="/account/", visitor="operator"),
)

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
    """A page: the name of its pictures, its path, who looks."""

    name: str
    path: str
    visitor: Visitor = "owner"


PAGES = (
    Shown(name="overview", path="/"),
    Shown(name="numbers", path="/channels/"),
    Shown(name="number-new", path="/channels/new/"),
    Shown(name="number-twilio", path="/channels/new/twilio/"),
    Shown(name="number-meta", path="/channels/new/meta/"),
    Shown(name="playground", path="/playground/"),
    Shown(name="bot", path="/bot/"),
    Shown(name="bot-provider", path="/bot/provider/"),
    Shown(name="bot-conversation", path="/bot/conversation/"),
    Shown(name="bot-hours", path="/bot/hours/"),
    Shown(name="bot-texts", path="/bot/texts/"),
    Shown(name="bot-versions", path="/bot/versions/"),
    Shown(name="bot-version", path="/bot/versions/1/"),
    Shown(name="bot-publish", path="/bot/publish/"),
    Shown(name="knowledge", path="/knowledge/"),
    Shown(name="knowledge-question", path="/knowledge/try/?q=how+much+is+a+crossant+and+are+you+open+on+sunday"),
    Shown(name="team", path="/team/"),
    Shown(name="account", path="/account/"),
    Shown(name="styleguide", path="/styleguide/"),
    Shown(name="sign-in", path="/accounts/login/", visitor="nobody"),
    Shown(name="password-reset", path="/accounts/password/reset/", visitor="nobody"),
    Shown(name="console", path="/", visitor="operator"),
    Shown(name="console-account", path="/account/", visitor="operator"),
)

"""What the bot's pages show: the tabs, how the draft stands, the groups of fields, the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from bots import answering
from bots.ai.base import AIError
from bots.connections import api_key_of
from bots.drafts import Keyholder, Standing, standing
from bots.models import AIConfiguration
from bots.versions import FALLBACK, value_of
from dashboard.access import MemberRequest
from dashboard.bot import words
from dashboard.bot.conversation_forms import ConversationForm, HoursForm
from dashboard.bot.group import GroupForm
from dashboard.bot.meanwhile import Meanwhile
from dashboard.bot.provider_forms import FallbackForm, ProviderForm, VoiceForm
from dashboard.bot.wording_forms import GreetingForm, InstructionsForm, TextsForm

#: Tab (its URL's name) -> what it is called, and its groups of fields.
TABS: Mapping[str, tuple[str, dict[str, type[GroupForm]]]] = {
    "bot": ("Instructions", {"instructions": InstructionsForm, "greeting": GreetingForm}),
    "bot_provider": ("AI provider", {"provider": ProviderForm, "fallback": FallbackForm, "voice": VoiceForm}),
    "bot_conversation": ("Conversation", {"conversation": ConversationForm}),
    "bot_hours": ("Hours", {"hours": HoursForm}),
    "bot_texts": ("Texts", {"texts": TextsForm}),
}
TAB_OF = {group: tab for tab, (_, groups) in TABS.items() for group in groups}
KEYHOLDERS: dict[Keyholder, str] = {
    "api_key": "API key",
    FALLBACK: "Fallback's API key",
    "transcription_api_key": "API key for voice notes",
}


@dataclass(slots=True, kw_only=True)
class Group:
    """A form as it is drawn, with what came of saving it."""

    slug: str
    form: GroupForm
    can_edit: bool
    #: The marks of what its fields were filled with (`bots.drafts`).
    seen: str
    is_saved: bool = False
    #: Somebody else changed the same thing: nothing was saved.
    meanwhile: Meanwhile | None = None

    @property
    def template(self) -> str:
        return f"bot/fields/{self.slug}.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What may be known of a key."""

    whose: Keyholder
    label: str
    is_set: bool
    #: It is the platform's own, which nobody here set.
    is_platforms: bool = False
    is_needed: bool = True


@dataclass(slots=True, kw_only=True)
class BotPage:
    tab: str
    standing: Standing
    groups: dict[str, Group]
    tabs: list[dict[str, Any]]

    @property
    def row(self) -> AIConfiguration:
        return self.standing.draft

    @property
    def problem(self) -> str:
        """Why the bot could answer nobody if it were published like this."""
        return problem_of(self.row)

    @property
    def keys(self) -> dict[str, Key]:
        return keys_of(self.row)


def page_of(request: MemberRequest, tab: str, *, shown: Standing | None = None) -> BotPage:
    """The tab as it stands; its forms are locked for whoever may only look."""
    shown = shown or standing()
    can_edit = request.membership.can("edit_bot")
    _, forms = TABS.get(tab, ("", {}))
    groups = {slug: _group(slug, form(row=shown.draft, slug=slug), can_edit=can_edit) for slug, form in forms.items()}
    return BotPage(tab=tab, standing=shown, groups=groups, tabs=_tabs(tab, changes=len(shown.changes)))


def keys_of(row: AIConfiguration) -> dict[str, Key]:
    """The keys of a draft, by their holders; a fallback that does not exist has none."""
    found = {
        "api_key": _key("api_key", value=value_of(row, "api_key"), row=row),
        "transcription_api_key": _key("transcription_api_key", value=value_of(row, "transcription_api_key"), row=None),
    }
    if row.fallback:
        found[FALLBACK] = _key(FALLBACK, value=value_of(row.fallback, "api_key"), row=row.fallback)
    return found


def problem_of(row: AIConfiguration) -> str:
    """Why nobody could be asked; empty where somebody could."""
    if answering.can_answer(row):
        return ""
    has_key = bool(value_of(row, "api_key"))
    return words.incomplete(provider=row.provider, has_key=has_key, model=row.model_name, server=row.base_url)


def failed(error: AIError, *, row: AIConfiguration) -> str:
    """Why the provider of this row did not answer."""
    return words.refusal(error, provider=row.provider, model=row.model_name)


def _group(slug: str, form: GroupForm, *, can_edit: bool) -> Group:
    if not can_edit:
        form.lock()
    return Group(slug=slug, form=form, can_edit=can_edit, seen=form.seen())


def _key(whose: Keyholder, *, value: str, row: AIConfiguration | None) -> Key:
    is_platforms = not value and row is not None and not row.base_url and _has_platforms(row)
    is_needed = row is None or row.provider != "builtin"
    return Key(whose=whose, label=KEYHOLDERS[whose], is_set=bool(value), is_platforms=is_platforms, is_needed=is_needed)


def _has_platforms(row: AIConfiguration) -> bool:
    return bool(api_key_of(AIConfiguration(provider=row.provider)))


def _tabs(current: str, *, changes: int) -> list[dict[str, Any]]:
    tabs: list[dict[str, Any]] = [
        {"label": label, "href": reverse(name), "is_current": name == current} for name, (label, _) in TABS.items()
    ]
    history = {"label": "Versions", "href": reverse("bot_versions"), "is_current": current == "bot_versions"}
    return [*tabs, history]

"""How two versions of the bot differ, as an admin reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Field

from bots import hours
from bots.models import AIConfiguration
from bots.own_texts import TEXTS
from bots.versions import FALLBACK, OF_A_FALLBACK, decided_fields, value_of
from tenants.secrets import SecretField

#: Characters; longer values are compared line by line, as texts.
LONGEST_LINE = 160

#: What the built-in answerer has no use for.
OF_A_MODEL = ("model_name", "base_url", "max_tokens", "temperature", "vision")

LABELS = {
    "provider": "AI provider",
    "api_key": "API key",
    "model_name": "Model",
    "base_url": "Server",
    "max_tokens": "Longest answer, in tokens",
    "temperature": "Temperature",
    "system_prompt": "Instructions",
    "vision": "Looks at photos",
    "transcription_base_url": "Voice notes: server",
    "transcription_api_key": "Voice notes: API key",
    "transcription_model": "Voice notes: model",
    "transcription_language": "Voice notes: language",
    "ttl_seconds": "A conversation is remembered for",
    "max_context_messages": "Messages remembered",
    "rate_limit_per_minute": "Messages a minute from one person",
    "reply_delay_seconds": "Wait for more",
    "languages": "Languages of commands",
    "handover_pause_seconds": "Silence after somebody asked for a person",
    "time_zone": "Time zone",
    "hours": "Opening hours",
    "outside_hours": "Outside your hours",
    "greeting": "Greeting",
    "texts": "Fixed texts",
    FALLBACK: "Fallback",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that changed. Of a secret, `before` and `after` say only whether there is one."""

    field: str
    label: str
    before: str
    after: str
    #: Long texts are shown line by line.
    is_text: bool = False


def differences(*, before: AIConfiguration | None, after: AIConfiguration) -> list[Difference]:
    """What a change from `before` to `after` changes; with no `before`, everything that is not empty and is in use."""
    found = [*_of_the_columns(before=before, after=after), *_of_the_fallback(before=before, after=after)]
    return [one for one in found if one.before != one.after or one.before]


def value_in_words(configuration: AIConfiguration, name: str) -> str:
    """What a column holds, for whoever typed something else. Nothing of a secret."""
    match name:
        case "texts":
            own = configuration.texts
            return "\n".join(f"{text.when}: {own[key]}" for key, text in TEXTS.items() if own.get(key))
        case "fallback":
            return _named(configuration.fallback)
        case "api_key" | "transcription_api_key":
            return ""
    return _shown(getattr(configuration, name))


def label_of(name: str) -> str:
    """How pages name a column, also one of the fallback's (`fallback.model_name`)."""
    prefix, _, own = name.rpartition(".")
    label = LABELS.get(own) or own.replace("_", " ").capitalize()
    return f"Fallback: {label[:1].lower() + label[1:] if label[1:2].islower() else label}" if prefix else label


def _of_the_columns(*, before: AIConfiguration | None, after: AIConfiguration) -> Iterator[Difference]:
    for field in decided_fields():
        if (
            _is_idle(field.name, after)
            if before is None
            else value_of(before, field.name) == value_of(after, field.name)
        ):
            continue
        if field.name == "texts":
            yield from _of_the_texts(value_of(before, "texts") or {}, after.texts)
        else:
            yield _difference(field, before=before, after=after)


def _is_idle(name: str, configuration: AIConfiguration) -> bool:
    """Whether a column stands at its default, for something that this configuration does without."""
    if name.startswith("transcription_"):
        return not value_of(configuration, "transcription_api_key")
    return name in OF_A_MODEL and configuration.provider == "builtin"


def _of_the_texts(before: dict[str, str], after: dict[str, str]) -> Iterator[Difference]:
    """Each by itself; what is not the tenant's own is the default."""
    for key, text in TEXTS.items():
        old, new = before.get(key, ""), after.get(key, "")
        if old != new:
            yield Difference(
                field=f"texts.{key}",
                label=text.when,
                before=old or text.default,
                after=new or text.default,
                is_text=True,
            )


def _of_the_fallback(*, before: AIConfiguration | None, after: AIConfiguration) -> Iterator[Difference]:
    old, new = before.fallback if before else None, after.fallback
    if old is None or new is None:
        if old is not new:
            yield Difference(field=FALLBACK, label=label_of(FALLBACK), before=_named(old), after=_named(new))
        return
    for field in decided_fields():
        if field.name in OF_A_FALLBACK and value_of(old, field.name) != value_of(new, field.name):
            yield _difference(field, before=old, after=new, prefix="fallback.")


def _named(fallback: AIConfiguration | None) -> str:
    return f"{fallback.provider} {fallback.model_name}".strip() if fallback else ""


def _difference(
    field: Field, *, before: AIConfiguration | None, after: AIConfiguration, prefix: str = ""
) -> Difference:
    old, new = value_of(before, field.name), value_of(after, field.name)
    if isinstance(field, SecretField):
        old, new = "set" if old else "", ("replaced" if old else "set") if new else "removed" if old else ""
    return Difference(
        field=prefix + field.name,
        label=label_of(prefix + field.name),
        before=_shown(old),
        after=_shown(new),
        is_text="\n" in f"{old}{new}" or len(f"{old}{new}") > LONGEST_LINE,
    )


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case list():
            return ", ".join(str(one) for one in value)
        case dict():
            return hours.in_words(value)
        case None:
            return ""
        case _:
            return str(value)

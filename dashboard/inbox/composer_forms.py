"""What members send: replies, notes, templates, saved replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower

from bots.desk import instructions, replying, sorting
from bots.desk.templates import Template
from bots.models import CannedReply
from bots.storable import storable


class WrittenForm(forms.Form):
    """A reply or a private note. The domain says what of it is not possible; `key`: what comes twice is sent once."""

    kind = forms.ChoiceField(choices=[("reply", "Reply"), ("note", "Private note")], required=False)
    text = forms.CharField(required=False, strip=False, max_length=max(replying.LONGEST, sorting.LONGEST_NOTE) + 1)
    file = forms.FileField(required=False, allow_empty_file=True)
    quoted = forms.UUIDField(required=False)
    suggestion = forms.UUIDField(required=False)
    key = forms.UUIDField(required=False)


class GiveBackForm(forms.Form):
    note = forms.CharField(required=False, max_length=instructions.LONGEST)
    answer_open = forms.BooleanField(required=False)


class TemplateForm(forms.Form):
    """The variables of one template."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, template: Template, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in template.variables:
            field = forms.CharField(label=f"Text for {{{{{name}}}}}", max_length=LONGEST_VALUE, error_messages=MISSING)
            field.widget.attrs |= {"data-variable": name, "autocomplete": "off"}
            self.fields[f"variable_{name}"] = field

    @property
    def values(self) -> dict[str, str]:
        """The template's variables as they were filled in."""
        prefix = "variable_"
        return {
            name.removeprefix(prefix): value for name, value in self.cleaned_data.items() if name.startswith(prefix)
        }

    @property
    def variables(self) -> Sequence[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("variable_")]


#: Characters of one variable: WhatsApp takes some 1,024 in the whole of a template's body.
LONGEST_VALUE = 500
MISSING = {"required": "Fill this in."}


class CannedReplyForm(forms.ModelForm):
    """A text that members send often, and the word by which they find it."""

    class Meta:
        model = CannedReply
        fields = ("shortcut", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "maxlength": replying.LONGEST})}
        error_messages = {
            "shortcut": {"required": "Choose a word for it."},
            "text": {"required": "Write the reply."},
        }
        help_texts = {"shortcut": "One word, such as “hours”. Type / and this word while you write a reply."}

    def clean_shortcut(self) -> str:
        shortcut = storable(self.cleaned_data["shortcut"]).strip().lstrip("/").strip()
        if not shortcut or any(character.isspace() for character in shortcut):
            raise ValidationError("Use one word, without spaces.")
        others = CannedReply.objects.annotate(lower=Lower("shortcut")).exclude(pk=self.instance.pk)
        if others.filter(lower=shortcut.lower()).exists():
            raise ValidationError("Another saved reply has this word.")
        return shortcut

    def clean_text(self) -> str:
        text = storable(self.cleaned_data["text"]).strip()
        if len(text) > replying.LONGEST:
            raise ValidationError(f"A message may have {replying.LONGEST} characters.")
        return text

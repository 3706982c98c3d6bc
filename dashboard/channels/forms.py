"""The forms that connect a number, one a provider, and those that change what is connected."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from bots.channels.proof import ConnectError, Line
from dashboard.channels import fields, words


class NameForm(forms.Form):
    """What the tenant calls the number."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        required=False,
        help_text="For you and your team, such as “Front desk”. Customers do not see it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LineForm(NameForm):
    """How a number is reached. `belongs`: which field a refusal speaks of."""

    provider: ClassVar[str]
    address_field: ClassVar[str]
    account_field: ClassVar[str]
    secret_fields: ClassVar[tuple[str, ...]]
    belongs: ClassVar[dict[str, str]]

    @property
    def template_fields(self) -> str:
        return f"channel/_fields_{self.provider}.html"

    @property
    def template_help(self) -> str:
        return f"channel/_help_{self.provider}.html"

    def line(self) -> Line:
        return Line(
            provider=self.provider,
            address=self.cleaned_data[self.address_field],
            account_id=self.account_id(),
            credentials=self.credentials(),
        )

    def account_id(self) -> str:
        return str(self.cleaned_data[self.account_field])

    def credentials(self) -> dict[str, str]:
        """Those that were given."""
        return {name: self.cleaned_data[name] for name in self.secret_fields if self.cleaned_data.get(name)}

    def refuse(self, error: ConnectError) -> None:
        """Say it beside the field that it speaks of, where that is on the form; else above all fields."""
        field = self.belongs.get(error.refusal)
        sentence = words.refusal(error.refusal, provider=self.provider, code=error.code)
        self.add_error(field if field in self.fields else None, sentence)


class TwilioForm(LineForm):
    provider = "twilio"
    address_field, account_field = "number", "account_sid"
    secret_fields = ("auth_token",)
    belongs = {
        "wrong_credentials": "auth_token",
        "not_allowed": "auth_token",
        "test_credentials": "account_sid",
        "account_suspended": "account_sid",
        "account_closed": "account_sid",
        "not_in_account": "number",
        "held_by_another": "number",
        "connected_already": "number",
    }

    account_sid = fields.code("Account SID", placeholder="AC…", help_text="On the first page of the Twilio Console.")
    auth_token = fields.secret("Auth Token", help_text="Right below it. It is stored encrypted and never shown.")
    number = fields.code(
        "WhatsApp number", placeholder="+1 415 555 0142", help_text="With its country code.", longest=40
    )
    field_order = ["account_sid", "auth_token", "number", "name"]

    def clean_account_sid(self) -> str:
        return fields.account_sid(self.cleaned_data["account_sid"])

    def clean_auth_token(self) -> str:
        token = fields.whole(self.cleaned_data["auth_token"])
        if fields.ACCOUNT_SID.fullmatch(token):
            raise forms.ValidationError("This is an Account SID. The Auth Token stands below it in the Twilio Console.")
        return token

    def clean_number(self) -> str:
        return fields.phone_number(self.cleaned_data["number"])


class MetaForm(LineForm):
    provider = "meta"
    address_field, account_field = "phone_number_id", "business_account_id"
    secret_fields = ("access_token", "app_secret")
    belongs = {
        "wrong_credentials": "access_token",
        "not_allowed": "access_token",
        "wrong_app_secret": "app_secret",
        "account_suspended": "business_account_id",
        "not_in_account": "phone_number_id",
        "held_by_another": "phone_number_id",
        "connected_already": "phone_number_id",
    }

    phone_number_id = fields.code(
        "Phone number ID",
        help_text="On the app's WhatsApp page, under API Setup. It is not the phone number.",
        longest=40,
    )
    business_account_id = fields.code(
        "WhatsApp Business Account ID", help_text="Right beside the phone number ID.", longest=40
    )
    access_token = fields.secret(
        "Access token", help_text="Of a system user, one that does not expire. It is stored encrypted and never shown."
    )
    app_secret = fields.secret(
        "App secret", help_text="In the app's settings, under Basic. Messages are signed with it."
    )
    field_order = ["phone_number_id", "business_account_id", "access_token", "app_secret", "name"]

    def clean_phone_number_id(self) -> str:
        return fields.digits(self.cleaned_data["phone_number_id"], what="phone number ID")

    def clean_business_account_id(self) -> str:
        given = str(self.cleaned_data["business_account_id"])
        return fields.digits(given, what="WhatsApp Business Account ID") if given else ""

    def clean_access_token(self) -> str:
        return fields.whole(self.cleaned_data["access_token"])

    def clean_app_secret(self) -> str:
        return fields.whole(self.cleaned_data["app_secret"])


FORMS: dict[str, type[LineForm]] = {"twilio": TwilioForm, "meta": MetaForm}


def credentials_form(provider: str, data: Any = None, *, account_id: str, all_needed: bool) -> LineForm:
    """The provider's form without number and name. `all_needed`: there is nothing to keep of what is not given."""
    form = FORMS[provider](data, initial={FORMS[provider].account_field: account_id})
    del form.fields["name"], form.fields[form.address_field]
    for name in form.secret_fields:
        # Where there is only one secret, replacing it is all that the page is for.
        form.fields[name].required = all_needed or len(form.secret_fields) == 1
    # A number that an onboarding file connected at Meta has none.
    form.fields[form.account_field].required = bool(account_id) or provider == "twilio"
    return form


MOVES = "Another {what} of the same account switches to that number. Conversations stay; the old number falls silent."


class EditForm(NameForm):
    """The name, and the number."""

    number = fields.code("WhatsApp number", longest=40)

    def __init__(self, *args: Any, provider: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provider = provider
        self.fields["number"].help_text = MOVES.format(what="number")
        if provider == "meta":
            self.fields["number"].label = "Phone number ID"
            self.fields["number"].help_text = MOVES.format(what="number’s ID")
            self.fields["number"].error_messages["required"] = fields.missing("Phone number ID")

    def clean_number(self) -> str:
        given = str(self.cleaned_data["number"])
        return fields.digits(given, what="phone number ID") if self.provider == "meta" else fields.phone_number(given)


class TrialForm(forms.Form):
    """Whose phone the test message goes to."""

    phone = forms.CharField(
        label="Your own WhatsApp number",
        max_length=40,
        error_messages={"required": "Enter the number of your own phone."},
        help_text="The phone that wrote to the number a moment ago, with its country code.",
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "placeholder": "+44 7700 900123"}),
    )

    def clean_phone(self) -> str:
        return fields.phone_number(self.cleaned_data["phone"])

"""The `[channel]` table of the onboarding file: one class a provider, chosen by the key `provider`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from django.conf import settings
from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator

from bots.whatsapp import PROVIDERS, meta_fields
from tenants.onboarding import Section, e164, secret

DEFAULTS = settings.TENANT_DEFAULTS
LONGEST_PHONE_NUMBER_ID = 40


def _known(provider: Any) -> Any:
    if provider not in PROVIDERS:
        raise ValueError(f"must be one of {', '.join(PROVIDERS)}")
    return provider


def _phone_number_id(value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_PHONE_NUMBER_ID):
        raise ValueError("must be the phone number id that Meta shows, digits only; it is not the phone number")
    return value


class TwilioSection(Section):
    #: Which key holds what `Channel.address` does.
    address_key: ClassVar[str] = "number"

    provider: Annotated[Literal["twilio"], BeforeValidator(_known)] = "twilio"
    number: Annotated[str, AfterValidator(e164)] = Field(
        default=DEFAULTS["TWILIO_WHATSAPP_NUMBER"], validate_default=True
    )
    account_sid: str = Field(
        default=DEFAULTS["TWILIO_ACCOUNT_SID"], min_length=1, max_length=100, validate_default=True
    )
    auth_token_env: str = Field(default="", validate_default=True)

    @field_validator("auth_token_env")
    @classmethod
    def _token_is_there(cls, name: str, info: ValidationInfo) -> str:
        """The platform's own token stands in for the platform's own account."""
        platforms_own = info.data.get("account_sid") == DEFAULTS["TWILIO_ACCOUNT_SID"] and DEFAULTS["TWILIO_AUTH_TOKEN"]
        if not name and not platforms_own:
            raise ValueError("is missing; name the environment variable that holds the auth token")
        return name

    @property
    def address(self) -> str:
        return self.number

    @property
    def account_id(self) -> str:
        return self.account_sid

    def credentials(self) -> dict[str, str]:
        """As the channel keeps them; empty where the platform's own stand in."""
        token = secret(self.auth_token_env)
        return {"auth_token": token} if token else {}

    def verification(self) -> str:
        return ""


class MetaSection(Section):
    address_key: ClassVar[str] = "phone_number_id"

    provider: Annotated[Literal["meta"], BeforeValidator(_known)]
    phone_number_id: Annotated[str, AfterValidator(_phone_number_id)]
    access_token_env: str = Field(min_length=1)
    app_secret_env: str = Field(min_length=1)
    verify_token_env: str = Field(min_length=1)

    @property
    def address(self) -> str:
        return self.phone_number_id

    @property
    def account_id(self) -> str:
        return ""

    def credentials(self) -> dict[str, str]:
        return {
            "access_token": secret(self.access_token_env),
            "app_secret": secret(self.app_secret_env),
            "verify_token": secret(self.verify_token_env),
        }

    def verification(self) -> str:
        """What the route keeps of the verify token."""
        return meta_fields.verification_of(secret(self.verify_token_env))


def _tag(contents: Any) -> str:
    """Whose keys the table is read by. One of an unknown provider is read as Twilio's, which names that mistake."""
    provider = contents.get("provider") if isinstance(contents, dict) else getattr(contents, "provider", None)
    return "meta" if provider == "meta" else "twilio"


ChannelSection = Annotated[
    Annotated[TwilioSection, Tag("twilio")] | Annotated[MetaSection, Tag("meta")], Discriminator(_tag)
]


def without_tag(place: tuple[Any, ...]) -> tuple[Any, ...]:
    """Where a mistake is, without the tag that pydantic puts behind `channel`."""
    return (place[0], *place[2:]) if place[:1] == ("channel",) and place[1:2] in (("twilio",), ("meta",)) else place

"""Where a file may come from, and how much of it: against a provider that lies, leads astray and never ends."""

from __future__ import annotations

import itertools
import time
from io import BytesIO
from typing import Any

import pytest

from bots.whatsapp import downloads
from bots.whatsapp.downloads import Limits, MediaError
from bots.whatsapp.meta import MetaClient
from bots.whatsapp.twilio import TwilioClient
from tests.media.far_end import Answer, Provider

ACCOUNT, TOKEN = "AC" + "0a" * 16, "a-token"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM01/Media/ME01"
URL = f"https://api.twilio.com{PATH}"
MOST = 1000


def fetch(provider: Provider, url: str = URL, *, seconds: float = 5.0) -> tuple[bytes, str]:
    client = TwilioClient(
        address="+1", account_id=ACCOUNT, credentials={"auth_token": TOKEN}, api_base_url=provider.url
    )
    into = BytesIO()
    content_type = client.fetch_media(url, limits=Limits(most_bytes=MOST, ends=time.monotonic() + seconds), into=into)
    return into.getvalue(), content_type


def failure(provider: Provider, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(MediaError) as failed:
        fetch(provider, *args, **kwargs)
    assert TOKEN not in str(failed.value)
    assert "http" not in str(failed.value)
    return failed.value.kind


def redirected(to: str) -> Answer:
    return Answer(status=307, headers={"Location": to, "Content-Length": "0"})


def test_a_redirect_is_followed_without_the_credentials(provider):
    provider.says(PATH, redirected(f"http://localhost:{provider.port}/cdn?signature=1"))
    provider.says("/cdn", Answer(headers={"Content-Type": "image/jpeg", "Content-Length": "5"}, pieces=[b"photo"]))
    assert fetch(provider) == (b"photo", "image/jpeg")
    (_, _, first), (host, path, second) = provider.requests
    assert first.startswith("Basic ")
    assert (host, path, second) == (f"localhost:{provider.port}", "/cdn?signature=1", "")


def test_twilios_own_cdn_is_followed_to_where_the_stand_in_is(provider):
    provider.says(PATH, redirected("https://mms.twiliocdn.com/AC1/file?Signature=x"))
    provider.says("/AC1/file", Answer(headers={"Content-Length": "5"}, pieces=[b"photo"]))
    assert fetch(provider)[0] == b"photo"
    assert provider.requests[1] == (f"127.0.0.1:{provider.port}", "/AC1/file?Signature=x", "")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://evil.example/file",
        "https://mms.twiliocdn.com.evil.example/file",
        "https://mms.twiliocdn.com@evil.example/file",
        "https://evil.example\\@mms.twiliocdn.com/file",
        "http://mms.twiliocdn.com/file",
        "https://mms.twiliocdn.com:8443/file",
        "https://s3-external-1.amazonaws.com/somebody-elses-bucket/file",
        "https://s3-external-1.amazonaws.com.evil.example/media.twiliocdn.com/file",
        "file:///etc/passwd",
        "gopher://mms.twiliocdn.com/",
        "//evil.example/file",
        "http://127.0.0.1:1/file",
        "http://localhost:1/file",
        "https://[::1]/file",
        "https://[half/file",
        "https://mms.twiliocdn.com:port/file",
    ],
)
def test_no_redirect_leads_anywhere_but_to_the_providers_own_hosts(provider, elsewhere):
    provider.says(PATH, redirected(elsewhere))
    assert failure(provider) == "refused"
    assert len(provider.requests) == 1


def test_redirects_come_to_an_end(provider):
    provider.says(PATH, redirected(f"{provider.url}{PATH}"))
    assert failure(provider) == "refused"
    assert len(provider.requests) == 4
    assert [authorization for _, _, authorization in provider.requests[1:]] == ["", "", ""]


@pytest.mark.parametrize(
    "claimed",
    [
        f"https://evil.example{PATH}",
        f"https://api.twilio.com.evil.example{PATH}",
        f"https://api.twilio.com@evil.example{PATH}",
        f"https://evil.example@api.twilio.com{PATH}",
        f"https://:secret@api.twilio.com{PATH}",
        f"https://api.twilio.com\\@evil.example{PATH}",
        f"https://evil.example#@api.twilio.com{PATH}",
        f"http://api.twilio.com{PATH}",
        f"https://api.twilio.com:444{PATH}",
        f"https://mms.twiliocdn.com{PATH}",
        f"//api.twilio.com{PATH}",
        PATH,
        "",
        "file:///etc/passwd",
        "https://169.254.169.254/latest/meta-data/",
        f"https://api.twilio.com{PATH}?next=https://evil.example",
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM01/Media/../../../Keys",
        PATH.replace(ACCOUNT, "AC" + "0b" * 16).join(["https://api.twilio.com", ""]),
        "https://api.twilio.com\x00.evil.example/",
        "https://api.twılio.com" + PATH,
    ],
)
def test_a_webhooks_address_is_followed_only_to_a_file_of_the_account_at_twilio(provider, claimed):
    assert failure(provider, claimed) == "refused"
    assert provider.requests == []


def test_a_host_name_is_the_same_in_capitals_and_goes_out_as_it_was_checked(provider):
    provider.says(PATH, Answer(headers={"Content-Length": "2"}, pieces=[b"ok"]))
    assert fetch(provider, URL.replace("api.twilio.com", "API.Twilio.com:443"))[0] == b"ok"


def test_without_a_stand_in_private_addresses_behind_twilios_name_are_refused(monkeypatch):
    monkeypatch.setattr("bots.ai.addresses.resolve", lambda **_: ["10.0.0.7"])
    client = TwilioClient(address="+1", account_id=ACCOUNT, credentials={"auth_token": TOKEN})
    with pytest.raises(MediaError) as failed:
        client.fetch_media(URL, limits=Limits(most_bytes=MOST, ends=time.monotonic() + 5), into=BytesIO())
    assert failed.value.kind == "refused"


def test_without_a_stand_in_nothing_on_this_machine_is_a_providers(provider):
    hosts = downloads.Hosts(paths={"api.twilio.com": "/"})
    for url in (provider.url, "http://localhost/", "https://127.0.0.1/"):
        with pytest.raises(MediaError):
            hosts.checked(url)


def test_an_endless_body_is_cut_off(provider):
    provider.says(PATH, Answer(headers={"Content-Type": "image/jpeg"}, pieces=itertools.repeat(b"x" * 600)))
    assert failure(provider) == "too_large"


def test_a_body_that_says_it_is_too_large_is_not_read(provider):
    read = []
    provider.says(
        PATH,
        Answer(headers={"Content-Length": str(MOST + 1)}, pieces=(read.append(n) or b"x" * 100 for n in range(11))),
    )
    into = BytesIO()
    client = TwilioClient(
        address="+1", account_id=ACCOUNT, credentials={"auth_token": TOKEN}, api_base_url=provider.url
    )
    with pytest.raises(MediaError, match="too large"):
        client.fetch_media(URL, limits=Limits(most_bytes=MOST, ends=time.monotonic() + 5), into=into)
    assert into.getvalue() == b""


def test_a_body_shorter_than_it_says_is_no_file(provider):
    provider.says(PATH, Answer(headers={"Content-Length": "900"}, pieces=[b"short"]))
    assert failure(provider) == "unavailable"


def test_a_body_longer_than_it_says_is_read_no_further(provider):
    provider.says(PATH, Answer(headers={"Content-Length": "5"}, pieces=[b"photo", b"x" * 5000]))
    assert fetch(provider)[0] == b"photo"


def test_a_compressed_body_is_not_unfolded(provider):
    provider.says(PATH, Answer(headers={"Content-Encoding": "gzip", "Content-Length": "3"}, pieces=[b"\x1f\x8b\x08"]))
    assert failure(provider) == "unavailable"


def test_a_body_that_drips_ends_at_the_deadline(provider):
    provider.says(PATH, Answer(pieces=itertools.repeat(b"x"), pause=0.05))
    began = time.monotonic()
    assert failure(provider, seconds=0.5) == "unavailable"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, "gone"),
        (410, "gone"),
        (401, "credentials"),
        (403, "credentials"),
        (500, "unavailable"),
        (304, "unavailable"),
    ],
)
def test_a_refusal_says_whether_trying_again_helps(provider, status, kind):
    provider.says(PATH, Answer(status=status, headers={"Content-Length": "0"}))
    assert failure(provider) == kind


# --- Meta's two steps

MEDIA = "https://graph.facebook.com/v24.0/9001"


def fetch_from_meta(provider: Provider, url: str = MEDIA) -> tuple[bytes, str]:
    client = MetaClient(address="1", account_id="", credentials={"access_token": TOKEN}, api_base_url=provider.url)
    into = BytesIO()
    said = client.fetch_media(url, limits=Limits(most_bytes=MOST, ends=time.monotonic() + 5), into=into)
    return into.getvalue(), said


def described(url: str) -> Answer:
    return Answer(pieces=[f'{{"url": "{url}", "mime_type": "audio/ogg"}}'.encode()])


def test_metas_token_goes_to_both_steps(provider):
    provider.says("/v24.0/9001", described("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"))
    provider.says("/whatsapp_business/attachments/", Answer(pieces=[b"sound"]))
    assert fetch_from_meta(provider) == (b"sound", "audio/ogg")
    assert [authorization for _, _, authorization in provider.requests] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/file",
        "https://lookaside.fbsbx.com.evil.example/file",
        "https://lookaside.fbsbx.com@evil.example/file",
        "https://graph.facebook.com/v24.0/me",
        "http://169.254.169.254/",
        "file:///etc/passwd",
    ],
)
def test_metas_token_goes_to_no_other_host(provider, elsewhere):
    provider.says("/v24.0/9001", described(elsewhere))
    with pytest.raises(MediaError) as failed:
        fetch_from_meta(provider)
    assert failed.value.kind == "refused"
    assert len(provider.requests) == 1


def test_metas_file_is_not_followed_elsewhere_with_the_token(provider):
    provider.says("/v24.0/9001", described("https://lookaside.fbsbx.com/file"))
    provider.says("/file", redirected(f"{provider.url}/other"))
    with pytest.raises(MediaError) as failed:
        fetch_from_meta(provider)
    assert failed.value.kind == "refused"
    assert [path for _, path, _ in provider.requests] == ["/v24.0/9001", "/file"]


@pytest.mark.parametrize(
    "claimed",
    [
        "https://evil.example/v24.0/9001",
        "https://graph.facebook.com/v24.0/..",
        "https://graph.facebook.com/v24.0/9001/",
    ],
)
def test_metas_media_id_is_an_id(provider, claimed):
    with pytest.raises(MediaError):
        fetch_from_meta(provider, claimed)
    assert provider.requests == []


@pytest.mark.parametrize("answer", [b"no json", b"[]", b'{"url": null}', b"{}", b"[" * 20000])
def test_metas_answer_that_names_no_file_is_no_file(provider, answer):
    provider.says("/v24.0/9001", Answer(pieces=[answer]))
    with pytest.raises(MediaError):
        fetch_from_meta(provider)

"""What the SDKs would read from the environment must not reach a tenant's call."""

from __future__ import annotations

import pytest

from bots.ai import build_adapter
from bots.ai.base import ChatMessage

QUESTION: list[ChatMessage] = [{"role": "user", "content": "hi"}]

ENVIRONMENT = {
    "OPENAI_API_KEY": "sk-leaked",
    "OPENAI_ADMIN_KEY": "sk-leaked",
    "OPENAI_BASE_URL": "http://leaked.example/v1",
    "OPENAI_ORG_ID": "org-leaked",
    "OPENAI_PROJECT_ID": "proj-leaked",
    "OPENAI_CUSTOM_HEADERS": "X-Leaked: leaked\nAuthorization: Bearer sk-leaked",
    "ANTHROPIC_API_KEY": "sk-leaked",
    "ANTHROPIC_AUTH_TOKEN": "sk-leaked",
    "ANTHROPIC_BASE_URL": "http://leaked.example",
    "ANTHROPIC_CUSTOM_HEADERS": "X-Leaked: leaked\nAuthorization: Bearer sk-leaked\nX-Api-Key: sk-leaked",
    "ANTHROPIC_PROFILE": "leaked",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}


@pytest.fixture
def leaky(monkeypatch, tmp_path):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login leaked password leaked\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("leaky")
@pytest.mark.parametrize("provider", ["openai", "custom", "anthropic"])
def test_a_call_carries_only_what_the_tenant_configured(provider, connect, far_end):
    adapter = connect(provider)

    assert adapter.send_message(QUESTION) == "echo: hi"
    assert "".join(adapter.stream_message(QUESTION)) == "echo: hi"
    assert adapter.validate_credentials()
    assert {request["key"] for request in far_end.requests} == {"sk-right"}
    assert "leaked" not in str(far_end.requests)
    assert "openai-organization" not in far_end.requests[0]["headers"]


@pytest.mark.usefixtures("leaky")
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_missing_key_is_not_taken_from_the_environment(provider, connect, far_end):
    assert connect(provider, api_key="").validate_credentials() is False
    assert far_end.requests == []


@pytest.mark.usefixtures("leaky")
def test_a_custom_server_without_a_key_gets_none_of_ours(connect, far_end):
    far_end.state.keys = None

    assert connect("custom", api_key="").send_message(QUESTION) == "echo: hi"
    assert far_end.requests[0]["key"] == "none"


@pytest.mark.usefixtures("leaky")
@pytest.mark.parametrize(("provider", "host"), [("openai", "api.openai.com"), ("anthropic", "api.anthropic.com")])
def test_without_a_base_url_the_official_api_is_asked(provider, host, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "bots.ai.network.checked_addresses", lambda *, host, port, **rest: asked.append((host, port)) or []
    )
    adapter = build_adapter(provider=provider, api_key="k", model="m", max_tokens=9, temperature=0, timeout=2)

    with pytest.raises(Exception, match="could not be reached"):
        adapter.send_message(QUESTION)
    assert asked == [(host, 443)]

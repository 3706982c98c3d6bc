"""Who names what the bot can be asked about, and who is spared the question."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import knowledge
from bots.models import AIConfiguration, Conversation
from bots.processor import MessageProcessor
from tenants.models import Tenant

UNKNOWN = "Who won the match on Tuesday?"


def asked_for_titles(tenant: Tenant, conversation: Conversation) -> tuple[str, bool]:
    """The answer to what nobody knows, and whether the titles were looked up for it."""
    knowledge.replace(title="Parking", text="Behind the house, for guests.")
    with CaptureQueriesContext(connection) as queries:
        answer = MessageProcessor(tenant).process_message(str(conversation.id), UNKNOWN)
    return answer, any("SELECT title FROM" in query["sql"] for query in queries)


def test_the_built_in_answerer_names_what_it_knows_of(tenant: Tenant, conversation: Conversation) -> None:
    AIConfiguration.objects.filter(is_active=True).update(provider="builtin")
    answer, looked_up = asked_for_titles(tenant, conversation)

    assert "Parking" in answer
    assert looked_up


@pytest.mark.usefixtures("bot")
def test_nothing_is_looked_up_for_a_language_model(tenant: Tenant, conversation: Conversation) -> None:
    answer, looked_up = asked_for_titles(tenant, conversation)

    assert UNKNOWN in answer
    assert not looked_up

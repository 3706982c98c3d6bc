"""What stands in a thread: messages, what they carry, and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bots.models import (
    AIConfiguration,
    Channel,
    Contact,
    Conversation,
    Note,
    Turn,
)
from tests.dashboard.conftest import SignIn
from tests.dashboard.thread.reading import MARKUP, NOON, Say, bubble, shown, url


def test_a_message_is_formatted_as_whatsapp_does_and_never_as_html(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    message = say(f"*bold* _it_ {MARKUP}\nhttps://example.com/?a=1&b=2")
    html = bubble(owner.get(url(conversation)).text, message)

    assert "<strong>bold</strong> <em>it</em> &lt;script&gt;" in html
    assert '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">' in html
    assert "<script>" not in html
    assert "<b>bold" not in html


def test_who_spoke_stands_above_each_run_and_once(owner: Client, conversation: Conversation, say: Say) -> None:
    turn = Turn.objects.create(
        conversation=conversation, configuration=AIConfiguration.objects.get(is_active=True), outcome="answered"
    )
    asked = say("How much?")
    first = say("2.40", direction="out", turn=turn)
    second = say("each", direction="out", turn=turn)
    notice = say("Closed now", direction="out", metadata={"notice": "closed"})
    person = say("I am here", direction="out", author_id=7, author="Anna")
    page = owner.get(url(conversation)).text

    assert "bubble-who" not in bubble(page, asked)
    assert "<bdi>Bot · version 1</bdi>" in bubble(page, first)
    assert f'href="/answers/{turn.pk}/"' in bubble(page, first)
    assert "bubble-who" not in bubble(page, second)
    assert "<bdi>Bot · automatic text</bdi>" in bubble(page, notice)
    assert "Why?" not in bubble(page, notice)
    assert "<bdi>Anna</bdi>" in bubble(page, person)
    assert "bubble-human" in bubble(page, person)


def test_a_members_name_is_text_wherever_a_message_tells_it(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    message = say("I am here", direction="out", author_id=7, author=MARKUP)
    html = bubble(owner.get(url(conversation)).text, message)
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    assert "<script>" not in html


def test_a_message_that_was_looked_for_stands_out_alone(owner: Client, conversation: Conversation, say: Say) -> None:
    wanted, other = say("the one"), say("another")
    page = owner.get(url(conversation, f"?message={wanted.pk}")).text
    assert "message-wanted" in bubble(page, wanted)
    assert "message-wanted" not in bubble(page, other)


def test_days_are_told_in_the_time_of_the_business(owner: Client, conversation: Conversation, say: Say) -> None:
    AIConfiguration.objects.filter(is_active=True).update(time_zone="Asia/Tokyo")
    late = datetime(2025, 3, 4, 14, 59, tzinfo=UTC)
    before, after = say("before", timestamp=late), say("after", timestamp=late + timedelta(minutes=1))
    page = owner.get(url(conversation)).text

    places = [page.index(part) for part in ("4 March 2025", f"m-{before.pk}", "5 March 2025", f"m-{after.pk}")]
    assert places == sorted(places)
    assert "23:59</span>" in bubble(page, before)
    assert "00:00</span>" in bubble(page, after)


def test_a_reply_shows_what_it_answers_to_also_where_that_is_on_another_page(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    original = say(f"Is this vegan? {MARKUP}")
    for _ in range(60):
        say()
    reply = say("Yes", direction="out", author_id=7, author="Anna", metadata={"replied_to": original.external_id})
    html = bubble(owner.get(url(conversation)).text, reply)

    assert f'href="/conversations/{conversation.pk}/?message={original.pk}#m-{original.pk}"' in html
    assert "Is this vegan? &lt;script&gt;" in html


def test_a_quote_of_somebody_elses_message_is_not_shown(owner: Client, conversation: Conversation, say: Say) -> None:
    contact = Contact.objects.create(channel=Channel.objects.get(), identity="other", reply_to="other")
    theirs = say("secret", conversation=Conversation.objects.create(contact=contact))
    reply = say("and?", metadata={"replied_to": theirs.external_id})
    assert "secret" not in bubble(owner.get(url(conversation)).text, reply)


def test_a_reaction_hangs_at_its_message_and_goes_when_it_is_taken_back(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    answer = say("2.40", direction="out")
    thumb = say("👍", kind="reaction", metadata={"reacted_to": answer.external_id}, outcome="refused")
    page = owner.get(url(conversation)).text
    assert "👍" in bubble(page, answer)
    assert str(thumb.pk) not in shown(page)

    say("", kind="reaction", metadata={"reacted_to": answer.external_id}, outcome="refused")
    thumb.delete()
    assert "bubble-reactions" not in bubble(owner.get(url(conversation)).text, answer)


def test_a_reaction_to_a_message_of_another_page_stands_for_itself(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    answer = say("2.40", direction="out")
    for _ in range(60):
        say()
    thumb = say("👍", kind="reaction", metadata={"reacted_to": answer.external_id}, outcome="refused")
    html = bubble(owner.get(url(conversation)).text, thumb)
    assert "👍" in html
    assert f"?message={answer.pk}#" in html


def test_a_location_leads_to_a_map_and_is_not_repeated_in_words(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    place = {"latitude": "52.5", "longitude": "13.4", "label": MARKUP, "address": "Main St 1"}
    message = say(f"Here\nLocation: {MARKUP}, Main St 1 (52.5, 13.4)", kind="location", metadata=place)
    html = bubble(owner.get(url(conversation)).text, message)

    assert 'href="https://www.openstreetmap.org/?mlat=52.5&amp;mlon=13.4#map=16/52.5/13.4"' in html
    assert "Location: " not in html
    assert "<p>Here</p>" in html
    assert "<script>" not in html


@pytest.mark.parametrize("coordinates", [{"latitude": "north"}, {"latitude": "nan", "longitude": "1"}, {}])
def test_coordinates_that_are_none_make_no_link(
    owner: Client, conversation: Conversation, say: Say, coordinates: dict[str, str]
) -> None:
    message = say("Location: somewhere", kind="location", metadata=coordinates)
    html = bubble(owner.get(url(conversation)).text, message)
    assert "openstreetmap" not in html


def test_what_was_not_answered_says_why(owner: Client, conversation: Conversation, say: Say) -> None:
    closed = say("open?", outcome="refused", outcome_reason="closed")
    waiting = say("hello?", outcome="")
    read = say("fine", outcome="human", outcome_reason="human")
    page = owner.get(url(conversation)).text

    assert "Not answered: it came outside the opening hours" in bubble(page, closed)
    assert "Waits for its answer" in bubble(page, waiting)
    assert "message-outcome" not in bubble(page, read)


def test_a_send_that_failed_offers_the_one_thing_that_helps(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    say("hi", timestamp=timezone.now())
    refused = say("a", direction="out", status="failed", error="No such number", error_code="63024")
    lost = say("b", direction="out", status="failed", error="Timeout")
    page = owner.get(url(conversation)).text

    assert "cannot be reached on WhatsApp" in bubble(page, refused)
    assert "<form" not in bubble(page, refused)
    assert f'action="{url(conversation)}messages/{lost.pk}/retry/"' in bubble(page, lost)
    assert "Timeout" in bubble(page, lost)


def test_whoever_turned_off_marketing_messages_did_not_opt_out(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    say("hi", timestamp=timezone.now())
    offer = say("a", direction="out", status="failed", error_code="131050")
    html = bubble(owner.get(url(conversation)).text, offer)

    assert "turned off your marketing messages" in html
    assert "Answers still reach them" in html
    assert "hear nothing more" not in html
    assert "<form" not in html


def test_after_a_day_what_helps_is_a_template(owner: Client, conversation: Conversation, say: Say) -> None:
    say("hi")
    late = say("a", direction="out", status="failed", error_code="63016")
    html = bubble(owner.get(url(conversation)).text, late)
    assert "more than 24 hours" in html
    assert f'href="{url(conversation)}template/"' in html


def test_credentials_that_are_refused_lead_to_the_number_and_an_agent_to_an_admin(
    sign_in: SignIn, tenant_client: Client, conversation: Conversation, say: Say
) -> None:
    Channel.objects.update(error="Twilio refused the token")
    say("hi", timestamp=timezone.now())
    failed = say("a", direction="out", status="failed")
    for_admins = bubble(sign_in(tenant_client, "admin").get(url(conversation)).text, failed)
    for_agents = bubble(sign_in(tenant_client, "agent").get(url(conversation)).text, failed)

    assert f'href="/channels/{Channel.objects.get().pk}/"' in for_admins
    assert "Ask an admin" in for_agents
    assert "/channels/" not in for_agents


def test_a_failed_answer_is_taken_over_or_the_provider_is_mended(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    broken = say("hi", outcome="failed", outcome_reason="ai_unavailable")
    wrong = say("hi", outcome="failed", outcome_reason="ai_configuration")
    page = owner.get(url(conversation)).text
    assert "Take over and answer" in bubble(page, broken)
    assert 'href="/bot/provider/"' in bubble(page, wrong)


def test_notes_and_events_stand_between_the_messages(owner: Client, conversation: Conversation, say: Say) -> None:
    first = say("first")
    note = Note.objects.create(
        conversation=conversation, author_id=1, author="Anna", text=MARKUP, created_at=NOON + timedelta(seconds=90)
    )
    second = say("second")
    given = {"at": (NOON + timedelta(minutes=5)).isoformat(), "what": "given_back", "by": "Anna", "note": MARKUP}
    odd = {"at": (NOON + timedelta(minutes=6)).isoformat(), "what": "sung_to", "by": "{by.__class__}"}
    conversation.metadata = {"events": [given, odd]}
    conversation.save()
    page = owner.get(url(conversation)).text

    places = [page.index(f"m-{first.pk}"), page.index(f'id="n-{note.pk}"'), page.index(f"m-{second.pk}")]
    places += [page.index("Anna gave it back to the bot."), page.index("{by.__class__}: sung to")]
    assert places == sorted(places)
    assert "Private note · <bdi>Anna</bdi>" in page
    assert "<script>alert" not in page

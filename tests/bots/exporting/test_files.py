"""What is in an exported file: all of what was asked for, nothing else, and nothing that runs."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from datetime import timedelta
from html.parser import HTMLParser
from io import StringIO

import pytest
from django.utils import timezone

from bots.exporting import as_csv, records
from bots.models import Label, MediaFile, Note
from tests.bots.exporting.conftest import document_of, text_of
from tests.bots.factories import InboundFactory

MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def test_json_holds_every_conversation_with_its_messages_in_order(export, speak):
    first, second = speak(question="one"), speak(question="two")
    found = document_of(export())
    assert found["business"] == "Acme"
    assert found["conversation_count"] == 2
    assert [one["id"] for one in found["conversations"]] == [str(first.pk), str(second.pk)]
    assert [message["text"] for message in found["conversations"][1]["messages"]] == ["two", "It is *2.40* euro."]
    assert found["conversations"][0]["messages"][1]["by"] == "Bot"
    assert found["conversations"][0]["messages"][1]["status"] == "read"
    assert found["conversations"][0]["contact"]["number"] == first.contact.phone


def test_an_empty_export_is_a_whole_document_in_every_format(export, tenant):
    assert document_of(export())["conversations"] == []
    assert len(text_of(export(file_format="csv")).splitlines()) == 1
    assert text_of(export(file_format="html")).endswith("</html>\n")


def test_more_conversations_than_are_read_at_a_time_are_all_there_once(export, speak, monkeypatch):
    monkeypatch.setattr(records, "CONVERSATIONS", 3)
    monkeypatch.setattr(records, "MESSAGES", 2)
    speaking = [speak(question=f"question {number}") for number in range(8)]
    for conversation in speaking[::3]:
        conversation.messages.all().delete()
    done = export()
    found = document_of(done)["conversations"]
    assert [one["id"] for one in found] == [str(conversation.pk) for conversation in speaking]
    assert [len(one["messages"]) for one in found] == [0, 2, 2, 0, 2, 2, 0, 2]
    assert [one["messages"][0]["text"] for one in found if one["messages"]] == [
        f"question {n}" for n in (1, 2, 4, 5, 7)
    ]
    assert (done.done, done.total) == (8, 8)


def test_one_conversation_is_exported_alone(export, speak):
    wanted, _ = speak(question="mine"), speak(question="not mine")
    for file_format in ("json", "csv", "html"):
        text = text_of(export(scope="conversation", file_format=file_format, criteria={"conversation": str(wanted.pk)}))
        assert "mine" in text
        assert "not mine" not in text


def test_all_of_one_contact_is_every_conversation_of_theirs_and_what_is_known_of_them(export, speak, tenant):
    wanted = speak(question="first time")
    wanted.is_active = False
    wanted.save()
    again = wanted.contact.conversations.create()
    InboundFactory(conversation=again, content="second time")
    speak(question="somebody else")
    found = document_of(export(scope="contact", criteria={"contact": str(wanted.contact_id)}))
    assert found["contact"]["number"] == wanted.contact.phone
    assert [one["messages"][0]["text"] for one in found["conversations"]] == ["first time", "second time"]


def test_a_filter_exports_what_the_inbox_would_list(export, speak, anna):
    wanted, other = speak(question="about a refund"), speak(question="about bread")
    label = Label.objects.create(name="VIP")
    wanted.labels.add(label)
    by_label = document_of(export(scope="filter", criteria={"view": "all", "label": str(label.pk)}))
    assert [one["id"] for one in by_label["conversations"]] == [str(wanted.pk)]
    assert by_label["conversations"][0]["labels"] == ["VIP"]
    by_words = document_of(export(scope="filter", criteria={"view": "all", "q": "bread"}))
    assert [one["id"] for one in by_words["conversations"]] == [str(other.pk)]
    other.assignee_id = anna.id
    other.save()
    mine = document_of(export(scope="filter", criteria={"view": "all", "assignee": "me"}))
    assert [one["id"] for one in mine["conversations"]] == [str(other.pk)]


def test_notes_and_files_are_told_of(export, speak, tenant):
    conversation = speak()
    Note.objects.create(conversation=conversation, author_id=1, author="Anna", text="Be kind.")
    message = conversation.messages.earliest("timestamp")
    message.media = [{"url": "https://x.test/1", "content_type": "audio/ogg; codecs=opus"}]
    message.save()
    MediaFile.objects.create(
        message=message,
        index=0,
        state="read",
        content_type="audio/ogg",
        name="voice.ogg",
        text="four croissants",
        expires_at=timezone.now() + timedelta(days=1),
    )
    one = document_of(export())["conversations"][0]
    assert one["notes"][0]["text"] == "Be kind."
    [file] = one["messages"][0]["files"]
    assert (file["name"], file["type"], file["text"]) == ("voice.ogg", "audio/ogg", "four croissants")
    assert "voice.ogg" in text_of(export(file_format="csv"))
    MediaFile.objects.update(state="expired")
    page = text_of(export(file_format="html"))
    assert "Be kind." in page
    assert "four croissants" in page


# CSV


def test_csv_has_a_line_for_each_message_however_it_is_broken(export, speak):
    speak(question='two\nlines, "quoted"', answer="ünïcode 🥐")
    lines = list(csv.DictReader(StringIO(text_of(export(file_format="csv")).removeprefix("\ufeff"), newline="")))
    assert [line["Text"] for line in lines] == ['two\nlines, "quoted"', "ünïcode 🥐"]
    assert [line["Direction"] for line in lines] == ["in", "out"]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+4915112345601", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", '=HYPERLINK("http://x")', "\n=1"]
)
def test_no_cell_is_a_formula_to_a_spreadsheet(cell):
    assert as_csv.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "two + two", "a=b", "2.40", "'quoted"])
def test_other_cells_stay_as_they_are(cell):
    assert as_csv.harmless(cell) == cell


def test_a_formula_is_harmless_wherever_it_was_written(export, speak):
    conversation = speak(question="=cmd|'/c calc'!A1", answer="-1", profile_name="@name")
    assert conversation.contact.phone.startswith("+")
    rows = list(csv.reader(StringIO(text_of(export(file_format="csv")).removeprefix("\ufeff"), newline="")))
    assert [cell for row in rows for cell in row if cell.startswith(as_csv.FORMULAS)] == []


# HTML


class Page(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_markup_that_somebody_wrote_is_text_in_the_page(export, speak):
    conversation = speak(question=MARKUP, answer=f"*{MARKUP}* http://x/?a=%22onload=", profile_name=MARKUP)
    Note.objects.create(conversation=conversation, author_id=1, author=MARKUP, text=MARKUP)
    conversation.labels.add(Label.objects.create(name=MARKUP[:40]))
    page = Page()
    page.feed(text_of(export(file_format="html")))
    assert {"script", "img"}.isdisjoint(page.tags)
    assert [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style")] == []


def test_the_page_allows_its_own_style_and_nothing_else(export, speak):
    speak()
    text = text_of(export(file_format="html"))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1] == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_page_reads_like_the_chat(export, speak):
    speak(answer="It is *2.40* euro.", profile_name="Ada Lovelace")
    text = text_of(export(file_format="html"))
    assert "<strong>2.40</strong>" in text
    assert '<p class="who"><bdi>Ada Lovelace</bdi></p>' in text
    assert "✓✓ read" in text

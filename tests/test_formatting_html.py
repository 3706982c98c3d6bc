"""WhatsApp text as HTML: what counts as formatting, and that nothing else ever does."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots.formatting.html import is_only_emoji, to_html

TAGS = {"p", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "a"}


class Strict(HTMLParser):
    """Raises where a tag is not of ours, or not closed in its order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        given = dict(attrs)
        if tag == "a":
            assert set(given) == {"href", "target", "rel"}
            assert re.match("https?://", given["href"] or "", re.IGNORECASE)
            assert "noopener" in (given["rel"] or "")
        else:
            assert set(given) <= ({"value"} if tag == "li" else set())
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~ `code`", "<p><strong>bold</strong> <em>it</em> <s>no</s> <code>code</code></p>"),
        ("say ```this``` now", "<p>say <code>this</code> now</p>"),
        ("```\na <b>\n```\nafter", "<pre><code>a &lt;b&gt;</code></pre><p>after</p>"),
        ("a *b _c* d_", "<p>a <strong>b <em>c</em></strong><em> d</em></p>"),
        ("2 * 3 * 4, a*b*c", "<p>2 * 3 * 4, a*b*c</p>"),
        ("> she\n> said\nno", "<blockquote><p>she</p><p>said</p></blockquote><p>no</p>"),
        ("- a\n* b\n3. c", '<ul><li>a</li><li>b</li></ul><ol><li value="3">c</li></ol>'),
        ("one\n\ntwo", "<p>one\n\ntwo</p>"),
        ("`<b>` *<b>* <b>", "<p><code>&lt;b&gt;</code> <strong>&lt;b&gt;</strong> &lt;b&gt;</p>"),
        ("`*x*`", "<p><code>*x*</code></p>"),
        ("", ""),
    ],
)
def test_marks_count_where_whatsapp_counts_them(text: str, html: str) -> None:
    assert to_html(text) == html


def test_an_address_is_a_link_whole_and_without_the_sentence_around_it() -> None:
    html = to_html("See (https://example.com/_a_/*b*?x=1&y=2).")
    assert 'href="https://example.com/_a_/*b*?x=1&amp;y=2"' in html
    assert html.endswith("</a>).</p>")
    assert "<a" not in to_html("javascript:alert(1) data:text/html,x ftp://x http:// `https://a.test`")


@given(st.text(alphabet=st.sampled_from("*_~`> -1.\n<&\"'a b😀/:https"), max_size=60) | st.text(max_size=60))
@example("*_*_*_~*~_")
@example("> ```a\n> b```\n- *x\ny*")
@example('https://x.test/"onmouseover="alert(1)')
def test_whatever_is_typed_only_our_tags_come_out_and_no_word_is_lost(text: str) -> None:
    reader = Strict()
    reader.feed(to_html(text))
    reader.close()
    assert reader.open == []
    letters = [character for character in unescape(text) if character.isalpha()]
    assert [character for character in unescape(reader.text) if character.isalpha()] == letters


@pytest.mark.parametrize(
    ("text", "alone"),
    [("👍🏽", True), ("🇩🇪 👨‍👩‍👧", True), ("👍 ok", False), ("1", False), ("👍👍👍👍", False), ("", False)],
)
def test_a_few_emoji_alone_are_told_from_words(text: str, alone: bool) -> None:
    assert is_only_emoji(text) is alone

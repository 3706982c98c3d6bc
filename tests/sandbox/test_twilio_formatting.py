"""WhatsApp's marks as HTML, and nothing else as HTML."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.twilio.formatting import to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "<p>plain</p>"),
        ("*bold* _it_ ~no~", "<p><strong>bold</strong> <em>it</em> <s>no</s></p>"),
        ("*a _b_ c*", "<p><strong>a <em>b</em> c</strong></p>"),
        ("2 * 3 * 4 and snake_case_name", "<p>2 * 3 * 4 and snake_case_name</p>"),
        ("* not bold*", "<ul><li>not bold*</li></ul>"),
        ("`*x*`", "<p><code>*x*</code></p>"),
        ("a ```*b*\nc``` d", "<p>a </p><pre><code>*b*\nc</code></pre><p> d</p>"),
        ("- one\n- *two*\nend", "<ul><li>one</li><li><strong>two</strong></li></ul><p>end</p>"),
        ("3. three\n4. four", '<ol><li value="3">three</li><li value="4">four</li></ol>'),
        ("> said\nanswer", "<blockquote><p>said</p></blockquote><p>answer</p>"),
        ("one\ntwo\n\nthree", "<p>one\ntwo\n\nthree</p>"),
        ("{0} and {text}", "<p>{0} and {text}</p>"),
        ("- {x}", "<ul><li>{x}</li></ul>"),
        ("", ""),
    ],
)
def test_marks_become_what_whatsapp_shows(text: str, html: str) -> None:
    assert to_html(text) == html


def link(url: str) -> str:
    return f'<a href="{url}" target="_blank" rel="noopener noreferrer">{url}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see https://a.example/b_c_d.", f"<p>see {link('https://a.example/b_c_d')}.</p>"),
        ("(https://a.example/x)", f"<p>({link('https://a.example/x')})</p>"),
        ("https://a.example/x_(y)", f"<p>{link('https://a.example/x_(y)')}</p>"),
        ("*https://a.example*", f"<p><strong>{link('https://a.example')}</strong></p>"),
        ("https://a.example/?a=1&b=2", f"<p>{link('https://a.example/?a=1&amp;b=2')}</p>"),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
    ],
)
def test_links_are_whole_and_only_to_the_web(text: str, html: str) -> None:
    assert to_html(text) == html


@given(st.text(alphabet="ab<>&\"'*_~`-.1 \n>/:htps{}", max_size=60))
def test_no_text_makes_any_other_tag(text: str) -> None:
    html = to_html(text)
    allowed = r'</?(p|ul|ol|li( value="\d+")?|blockquote|pre|code|strong|em|s|a( href="[^"<>]*"[^<>]*)?)>'
    assert not re.search("[<>]", re.sub(allowed, "", html))

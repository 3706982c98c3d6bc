"""Markdown as WhatsApp text: a table for each rule, then what holds for any text at all."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots.formatting import marks, render, to_whatsapp

EMPHASIS = {
    "**bold** and __bold__": "*bold* and *bold*",
    "*it* _it_": "_it_ _it_",
    "~~gone~~ stays": "~gone~ stays",
    "***both***": "*_both_*",
    "**all of *this* text**": "*all of _this_ text*",
    "*all of **this** text*": "_all of *this* text_",
    "***this** text*": "_*this* text_",
    "**twice **bold** here**": "*twice bold here*",
    "**bold:** then *it*, ~~s~~.": "*bold:* then _it_, ~s~.",
    "(**bold**) “**bold**”": "(*bold*) “*bold*”",
    "foo**bar**baz": "foobarbaz",
    "un*believ*able": "unbelievable",
    "这是**粗体**文字": "这是粗体文字",
    "**价格：** 100元": "*价格：* 100元",
    "**价格：**100元": "价格：100元",
    "**“Quoted.”**And": "“Quoted.”And",
    "**हिन्दी** में": "*हिन्दी* में",
    "**مرحبا** بك": "*مرحبا* بك",
    "✅ **Done** 🎉": "✅ *Done* 🎉",
    "✔️**Done**": "✔️*Done*",
    "**two\nlines** here": "*two*\n*lines* here",
    "**one**\n**two**": "*one*\n*two*",
    "**an unclosed mark": "**an unclosed mark",
}
CODE = {
    "run `pip install x_y`": "run `pip install x_y`",
    "`*args` and `**kw`": "`*args` and `**kw`",
    "**use `x`**": "*use `x`*",
    "two `str`s": "two ```str```s",
    "`` a`b ``": "```a`b```",
    "```python\nif x:\n    y *= 2\n\n\n    z\n```": "```\nif x:\n    y *= 2\n\n\n    z\n```",
    "text\n\n    indented": "text\n\n```\nindented\n```",
    "~~~\na ``` b\n~~~": "```\na ˋˋˋ b\n```",
    "```\nunclosed": "```\nunclosed\n```",
}
LINKS = {
    "[Menu](https://x.org/a_b_c)": "Menu (https://x.org/a_b_c)",
    '[Menu](https://x.org "title")': "Menu (https://x.org)",
    "**[Menu](https://x.org)**": "*Menu* (https://x.org)",
    "[**Menu**](https://x.org)": "*Menu* (https://x.org)",
    "[https://x.org](https://x.org)": "https://x.org",
    "[x.org](https://www.x.org/)": "https://www.x.org/",
    "[](https://x.org)": "https://x.org",
    "<https://x.org/é?a=1&b=2>": "https://x.org/é?a=1&b=2",
    "<ana@x.org>": "ana@x.org",
    "[Write](mailto:ana@x.org?subject=Hi) or [call](tel:+4915)": "Write (ana@x.org) or call (+4915)",
    "[Opening hours](#hours)": "Opening hours",
    "[Paris](https://en.wikipedia.org/wiki/Paris_(Texas))": "Paris (https://en.wikipedia.org/wiki/Paris_(Texas))",
    "![A cake](https://x.org/c.png)": "A cake (https://x.org/c.png)",
    "[![A cake](https://x.org/c.png)](https://x.org)": "A cake (https://x.org/c.png) (https://x.org)",
    "see [1]\n\n[1]: https://x.org": "see 1 (https://x.org)",
    "https://x.org/_foo_/*a*~b~ ok": "https://x.org/_foo_/*a*~b~ ok",
    "**https://x.org/a**, then *that*": "https://x.org/a, then _that_",
    "**Order at https://x.org today**": "*Order at* https://x.org *today*",
    "**https://x.org/a_(b) now**": "https://x.org/a_(b) *now*",
    "**(see https://x.org)**": "*(see* https://x.org)",
    "(see https://x.org/a_(b)).": "(see https://x.org/a_(b)).",
    "请看https://x.org/a。谢谢": "请看https://x.org/a。谢谢",
    r"\*see https://x.org/a* b": "∗see https://x.org/a* b",
}
BLOCKS = {
    "# Title\nText": "*Title*\n\nText",
    "## The **best** `cake`": "*The best `cake`*",
    "Setext\n======": "*Setext*",
    "# [Menu](https://x.org)": "*Menu* (https://x.org)",
    "a\n\n\n\nb": "a\n\nb",
    "a  \nb\\\nc\nd": "a\nb\nc\nd",
    "a\n\n---\n\nb": "a\n\n———\n\nb",
    "> a\n> b": "> a\n> b",
    "> a\n>\n> b": "> a\n\n> b",
    "> a\n>> b": "> a\n\n> > b",
    "> - a\n> - b": "> - a\n> - b",
    "> ```\n> x = 1\n>   y\n> ```": "> ```x = 1```\n> ```  y```",
    "| Item | Price |\n|:--|--:|\n| **Croissant** | €2 |\n| Bread | €3 |": "Item: *Croissant*\nPrice: €2\n\nItem: Bread\nPrice: €3",
    "| | Mon |\n|-|-|\n| Open | 8<br>12 |\n| Close | |": "Open\nMon: 8, 12\n\nClose",
    "| Cakes |\n|-|\n| Sacher |\n| Linzer |": "*Cakes*\n- Sacher\n- Linzer",
    "| A | B |\n|-|-|": "A, B",
}
LISTS = {
    "* a\n* b": "- a\n- b",
    "3) a\n4) b": "3. a\n4. b",
    "1. a\n1. b": "1. a\n2. b",
    "- a\n\n- b": "- a\n\n- b",
    "- a\n  - b\n    - c\n- d": "- a\n  - b\n    - c\n- d",
    "1. **Step**\n   - x\n   - y\n\n2. Next\n\n   more": "1. *Step*\n   - x\n   - y\n\n2. Next\n\n   more",
    "- a\n  b": "- a\n  b",
    "1. Run:\n   ```sh\n   ls -l\n     x\n   ```\n2. Done": "1. Run:\n```\nls -l\n  x\n```\n2. Done",
    "- ```\n  x\n  ```": "-\n```\nx\n```",
    "- a\n  > b": "- a\n> b",
    "- [ ] open\n- [x] done": "- [ ] open\n- [x] done",
}
HTML = {
    "a<br>b<br/>c": "a\nb\nc",
    "<b>bold</b> <i>it</i> <del>s</del> <u>u</u>": "*bold* _it_ ~s~ u",
    "<div>\n**bold**\n</div>": "*bold*",
    "<ul>\n<li>a</li>\n<li>b</li>\n</ul>": "- a\n- b",
    '<a href="https://x.org">Menu</a>': "Menu (https://x.org)",
    "<script>alert(1)</script>": "alert(1)",
    "a <!-- note --> b": "a  b",
    "Dear <name>,": "Dear <name>,",
    "&copy; A&amp;B &lt;b&gt; &#9731;": "© A&B <b> ☃",
    r"1 \< 2 and \# \[x\](y)": "1 < 2 and # [x](y)",
}
STRAY = {
    "2 * 3 * 4": "2 * 3 * 4",
    "snake_case_name and other_name_": "snake_case_name and other_name_",
    "~/path and ~/other": "~/path and ~/other",
    "a lone ` tick": "a lone ` tick",
    r"\*not bold\*": "∗not bold∗",
    r"\~5 to 6\~": "∼5 to 6∼",
    r"\`not code\`": "ˋnot codeˋ",
    r"call \_private\_ or \_\_init\_\_.": "call `_private_` or `__init__`.",
    r"**a\* b**": "*a∗ b*",
    r"**bar**baz and cats\*": "barbaz and cats*",
    r"\*Terms: **read** them": "∗Terms: *read* them",
    "^_^ and :*": "^_^ and :*",
    r"\> 5 items": "› 5 items",
    r"\`\`\`": "ˋˋˋ",
}
TABLES = {**EMPHASIS, **CODE, **LINKS, **BLOCKS, **LISTS, **HTML, **STRAY}

ANSWER = """\
### 🥐 Our prices

Hello **Ana**! Here is what we have *today*:

| Item | Price |
|------|-------|
| Croissant | **€2.20** |

1. **Choose** what you like:
   - sweet
   - savoury
2. **Order** at [our shop](https://lumen.example/order_now?x=1)

> Closed on Sundays.

See you soon 👋"""
ANSWER_SHOWN = """\
*🥐 Our prices*

Hello *Ana*! Here is what we have _today_:

Item: Croissant
Price: *€2.20*

1. *Choose* what you like:
   - sweet
   - savoury
2. *Order* at our shop (https://lumen.example/order_now?x=1)

> Closed on Sundays.

See you soon 👋"""

MARKDOWN = st.text(alphabet=st.one_of(st.sampled_from("*_~`>#-+.1|[]()!<>&;:\\/ \n\tabAé中"), st.characters()))
READ = {
    "*a* _b_ ~c~ `d`": ["*a*", "_b_", "~c~", "`d`"],
    "*_a_ b*": ["*_a_ b*", "_a_"],
    "(*a*), *b*!": ["*a*", "*b*"],
    "a*b* *a*b": [],
    "* a* *a *": [],
    "** a_b_c 2 * 3 * 4": [],
    "*a\nb*": [],
    "*a *b*": ["*a *b*"],
    "`*a*` *`b*`*": ["`*a*`", "*`b*`*", "`b*`"],
    "x```a\n*b*```y": ["```a\n*b*```"],
    "``` *a*": ["*a*"],
    "*हि*ी": [],
}
NO_RAISE = st.one_of(MARKDOWN, st.text(st.characters(categories=["Cs", "Cc", "Ll"])))


@pytest.mark.parametrize(("markdown", "expected"), TABLES.items(), ids=map(repr, TABLES))
def test_markdown_is_shown_as_whatsapp_shows_it(markdown: str, expected: str) -> None:
    assert to_whatsapp(markdown) == expected


def test_a_whole_answer_of_a_model_reads_well() -> None:
    assert to_whatsapp(ANSWER) == ANSWER_SHOWN


@pytest.mark.parametrize(("text", "formatted"), READ.items(), ids=map(repr, READ))
def test_marks_are_read_as_whatsapp_reads_them(text: str, formatted: list[str]) -> None:
    assert [text[span.start : span.end + len(span.mark)] for span in marks.read(text)] == formatted


@pytest.mark.parametrize("markdown", ["", " \n\t\n", "\x00\x07"])
def test_blank_markdown_is_no_text(markdown: str) -> None:
    assert to_whatsapp(markdown).strip("\ufffd") == ""


@pytest.mark.parametrize("markdown", [">" * 5000 + "word", "- " * 5000 + "word", "<!-- word -->"])
def test_an_answer_is_never_lost_altogether(markdown: str) -> None:
    assert "word" in to_whatsapp(markdown)


@pytest.mark.parametrize(
    "piece", ["*", "**a ", "*a ", r"\*a ", "[", "![", "`a ", "> ", "- ", "<a href='x'>", "**_~~a~~_** "]
)
def test_hostile_text_is_taken(piece: str) -> None:
    assert to_whatsapp(piece * 5000 + "end").endswith("end")


def test_links_of_a_paragraph_full_of_brackets_are_shown_as_they_are_written() -> None:
    """To look for the end of each would take seconds; paragraphs beside it are as ever."""
    many, link = "[x] " * 499, "[shop](https://lumen.example/)"
    assert to_whatsapp(f"{many}{link}").endswith("shop (https://lumen.example/)")
    crowded, _, beside = to_whatsapp(f"{many}[x] {link} **bold**\n\n{link}").partition("\n\n")
    assert crowded.endswith("[x] [shop](https://lumen.example/) *bold*")
    assert beside == "shop (https://lumen.example/)"


def test_an_address_of_the_model_is_shown_as_it_was_written() -> None:
    assert to_whatsapp("[Caffè](https://caffè.example/menù_1)") == "Caffè (https://caffè.example/menù_1)"


def test_halves_of_characters_cannot_reach_a_message() -> None:
    assert to_whatsapp("cake \ud83c") == "cake \ufffd"
    assert to_whatsapp("cake \ud83c\udf82") == "cake 🎂"


@given(NO_RAISE)
@example("~~a~~**b**_c_`d`" * 3)
def test_any_text_gives_tidy_sendable_text(markdown: str) -> None:
    text = to_whatsapp(markdown)
    text.encode()
    assert text == text.strip("\n")
    assert not re.search(r"[ \t]$", text, re.MULTILINE)
    fences = [span for span in marks.read(text) if span.mark == marks.FENCE]
    for gap in re.finditer(r"\n{3,}", text):
        assert any(span.start < gap.start() < span.end for span in fences)


@given(st.lists(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1), min_size=1))
def test_plain_words_come_out_unchanged(words: list[str]) -> None:
    text = " ".join(words)
    assert to_whatsapp(text) == text
    assert to_whatsapp(to_whatsapp(text)) == text


@given(st.from_regex(render.WORDS, fullmatch=True))
def test_what_is_not_parsed_would_come_out_unchanged(text: str) -> None:
    with patch.object(render, "WORDS", re.compile(r"(?!)")):
        assert to_whatsapp(text) == text


@given(st.text(alphabet="abcXYZ*_~ #>-.()!\n").filter(lambda text: "~~~" not in text))
def test_every_letter_survives_in_order(markdown: str) -> None:
    assert re.sub(r"[^a-zA-Z]", "", to_whatsapp(markdown)) == re.sub(r"[^a-zA-Z]", "", markdown)


@given(st.text(alphabet="ab1 *_~`.é中(", min_size=1))
def test_escaped_marks_are_shown_and_never_format(text: str) -> None:
    shown = to_whatsapp("".join(f"\\{char}" if char in "*_~`.(" else char for char in text))
    code = [span for span in marks.read(shown) if span.mark == "`"]
    assert [span for span in marks.read(shown) if span.mark != "`"] == []
    for span in reversed(code):
        assert re.fullmatch(r"\w*_\w*", shown[span.start + 1 : span.end])
        shown = shown[: span.start] + shown[span.start + 1 : span.end] + shown[span.end + 1 :]
    for mark, lookalike in marks.LOOKALIKE.items():
        shown = shown.replace(lookalike, mark)
    assert shown == text.strip()


STYLED = st.lists(
    st.tuples(st.sampled_from(["**", "*", "~~", ""]), st.text(alphabet="abé", min_size=1), st.sampled_from(" ,.!")),
    min_size=1,
)


@given(STYLED)
def test_emphasis_between_spaces_is_read_as_it_was_meant(words: list[tuple[str, str, str]]) -> None:
    text = to_whatsapp(" ".join(f"{mark}{word}{mark}{end}".strip() for mark, word, end in words))
    shown = {"**": "*", "*": "_", "~~": "~"}
    wanted = [(shown[mark], word) for mark, word, _ in words if mark]
    assert [(span.mark, text[span.start + 1 : span.end]) for span in marks.read(text)] == wanted

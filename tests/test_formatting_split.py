"""Long texts as several messages: limits, where they are cut, and that nothing is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.formatting import marks, split, to_whatsapp
from bots.formatting.graphemes import is_boundary

PROSE = "The bakery opens at seven. Bread is warm until nine! Cakes come later, at noon. "


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def visible(text: str) -> str:
    return re.sub(r"[\s*_~`>]", "", text)


def looks(text: str) -> list[tuple[str, frozenset[str]]]:
    """Every letter with the marks that WhatsApp shows it in."""
    spans = marks.read(text)
    return [
        (char, frozenset(span.mark for span in spans if span.start < place < span.end))
        for place, char in enumerate(text)
        if char.isalnum()
    ]


@pytest.mark.parametrize("text", ["", " \n ", "\n\n"])
def test_blank_text_makes_no_part(text: str) -> None:
    assert split(text) == []


def test_a_text_that_fits_stays_one_part() -> None:
    assert split("a" * 1600) == ["a" * 1600]
    assert split("word " * 319 + "words") == ["word " * 319 + "words"]
    assert split("*a*\n\n- b\n") == ["*a*\n\n- b"]


def test_an_emoji_counts_as_two() -> None:
    assert [units(part) for part in split("🎂" * 801)] == [1600, 2]
    assert len(split("🎂" * 800)) == 1


def test_a_limit_without_room_for_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="40"):
        split("text", limit=39)


def test_paragraphs_stay_whole_and_the_parts_are_even() -> None:
    paragraphs = [PROSE * 3 + str(number) for number in range(8)]
    parts = split("\n\n".join(paragraphs))
    assert [part.split("\n\n") for part in parts] == [paragraphs[:4], paragraphs[4:]]


def test_a_paragraph_that_fits_is_rather_a_message_of_its_own_than_in_two() -> None:
    paragraphs = ["First. " * 140, "Second. " * 125, "Third. " * 140]
    paragraphs = [paragraph.strip() for paragraph in paragraphs]
    assert split("\n\n".join(paragraphs)) == paragraphs


def test_a_list_item_almost_as_long_as_a_message_is_not_cut() -> None:
    items = ["- Short", "- " + ("First. " * 228).strip(), "- " + ("Second. " * 190).strip()]
    assert split("\n".join(items)) == items


def test_one_paragraph_is_cut_between_sentences_into_even_parts() -> None:
    parts = split((PROSE * 30).strip())
    assert len(parts) == 2
    assert abs(len(parts[0]) - len(parts[1])) < len(PROSE)
    assert all(part.endswith((".", "!")) for part in parts)
    assert " ".join(parts) == (PROSE * 30).strip()


def test_an_abbreviation_is_no_end_of_a_sentence() -> None:
    text = "Sweet things e.g. cakes and so on for long words here. Bread and more"
    assert split(text, limit=60)[0] == "Sweet things e.g. cakes and so on for long words here."


def test_text_without_spaces_is_cut_at_its_own_full_stops() -> None:
    parts = split("我们今天有很多面包吧。" * 200)
    assert len(parts) == 2
    assert all(part.endswith("。") for part in parts)


def test_a_list_item_that_fits_is_kept_whole() -> None:
    items = [f"{number}. *Step*\n   - {PROSE * 4}".rstrip() + f"\n   - {PROSE * 4}".rstrip() for number in range(1, 6)]
    parts = split("\n".join(items))
    assert [item for part in parts for item in re.split(r"\n(?=\d)", part)] == items


def test_a_heading_stays_with_what_it_announces() -> None:
    text = "\n\n".join([PROSE * 10, "*Cakes*", PROSE * 11, "*Bread*", PROSE * 11])
    assert not any(re.search(r"\*(Cakes|Bread)\*\Z", part) for part in split(text))


def test_marks_open_at_a_cut_are_closed_and_opened_again() -> None:
    text = f"*{'word ' * 10}_{'more ' * 12}end_*"
    assert split(text, limit=80) == [f"*{'word ' * 10}_{'more ' * 4}more_*", f"*_{'more ' * 7}end_*"]


def test_a_cut_never_leaves_an_empty_pair_of_marks() -> None:
    assert split(f"{'a' * 38}(*{'b' * 10}*", limit=40) == [f"{'a' * 38}(", f"*{'b' * 10}*"]
    assert split(f"{'a' * 36} *{'b' * 30}*", limit=40) == ["a" * 36, f"*{'b' * 30}*"]


def test_a_code_block_is_closed_and_opened_again_at_a_line() -> None:
    code = "\n".join(f"    row_{number} = {number}" for number in range(40))
    parts = split(f"```\n{code}\n```", limit=200)
    assert all(part.startswith("```\n    row_") and part.endswith("\n```") for part in parts)
    assert "\n".join(part[4:-4] for part in parts) == code


def test_a_quote_goes_on_as_a_quote() -> None:
    parts = split("> " + PROSE * 3, limit=100)
    assert len(parts) > 1
    assert all(part.startswith("> ") for part in parts)


def test_a_list_marker_is_never_left_alone() -> None:
    assert split(f"1. {'a' * 39}", limit=40) == [f"1. {'a' * 37}", "aa"]


@pytest.mark.parametrize("before", range(0, 60, 7))
def test_an_address_stays_whole(before: int) -> None:
    url = "https://lumen.example/a_b/c?d=1.2,3&e=(f)"
    parts = split(f"{'word ' * (before // 5)}{'x' * (before % 5)} ({url}) and more words after it", limit=60)
    assert sum(url in part for part in parts) == 1


def test_an_address_glued_to_a_word_stays_whole() -> None:
    url = "https://lumen.example/a_b/c"
    assert split(f"{'x' * 30}({url})", limit=40) == [f"{'x' * 30}(", f"{url})"]


def test_an_address_longer_than_a_message_is_cut_all_the_same() -> None:
    url = "https://lumen.example/" + "a" * 100
    parts = split(url, limit=50)
    assert "".join(parts) == url
    assert all(units(part) <= 50 for part in parts)


@pytest.mark.parametrize("grapheme", ["👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "❤️", "é", "1️⃣", "क्षि", "각", "\u1100\u1161\u11a8", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_a_character_of_several_code_points_is_never_cut(grapheme: str) -> None:
    text = grapheme * 100
    ends = {len(grapheme) * count for count in range(101)}
    assert {place for place in range(len(text) + 1) if is_boundary(text, place)} <= ends
    parts = split(text, limit=47)
    assert "".join(parts) == text
    assert all(part.startswith(grapheme) and part.endswith(grapheme) for part in parts)


def test_a_character_longer_than_a_message_is_cut_all_the_same() -> None:
    text = "a" + "\u0301" * 200
    assert "".join(split(text, limit=50)) == text


def test_metas_longer_limit_makes_fewer_parts() -> None:
    assert len(split(PROSE * 50, limit=4096)) == 1
    assert len(split(PROSE * 50)) == 3


TEXT = st.one_of(
    st.text(alphabet="ab*_~`>- \n.1é🎂👍🏽 https://x.org/", max_size=600),
    st.text(max_size=300),
    st.text(alphabet="ab*_~`>-# \n.1(", max_size=600).map(to_whatsapp),
)
WORDS = st.lists(st.text(alphabet="abc", min_size=1, max_size=9), min_size=1, max_size=12).map(" ".join)
PHRASES = st.tuples(st.sampled_from(["{}", "**{}**", "*{}*", "~~{}~~", "***{}***", "`{}`"]), WORDS)
BLOCKS = st.tuples(
    st.sampled_from(["{}", "> {}", "- {}", "```\n{}\n```", "# {}"]), st.lists(PHRASES, min_size=1, max_size=5)
)


def markdown(blocks: list[tuple[str, list[tuple[str, str]]]]) -> str:
    return "\n\n".join(
        block.format(" ".join(phrase.format(words) for phrase, words in phrases)) for block, phrases in blocks
    )


STYLED = st.lists(BLOCKS, max_size=8).map(markdown).map(to_whatsapp)


@given(TEXT, st.integers(min_value=40, max_value=200))
def test_no_part_is_empty_or_too_long_and_no_visible_text_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit=limit)
    assert all(part.strip() and units(part) <= limit for part in parts)
    assert visible("".join(parts)) == visible(text)


@given(STYLED, st.integers(min_value=40, max_value=200))
def test_every_word_looks_the_same_after_the_cuts(text: str, limit: int) -> None:
    parts = split(text, limit=limit)
    assert [look for part in parts for look in looks(part)] == looks(text)
    assert all(units(part) <= limit for part in parts)

"""Where one character, as a person sees it, ends and the next begins."""

from __future__ import annotations

import unicodedata

_ZWJ = "\u200d"
_JOINERS = "\u200c\u200d\u20e3"
_VIRAMA = 9  # canonical combining class: joins the consonants of one syllable in the scripts of India


def is_boundary(text: str, at: int) -> bool:
    """Whether `text` may be cut before `text[at]`: never inside an accent, a syllable, a flag or a composed emoji.

    Unicode's extended grapheme clusters (UAX 29), reduced to what people write; where the two differ a cut is refused.
    """
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if _extends(after) or before == _ZWJ or (before == "\r" and after == "\n"):
        return False
    if unicodedata.combining(before) == _VIRAMA and after.isalpha():
        return False
    if _is_jamo(before) and "\u1160" <= after <= "\u11ff":
        return False
    return not (_is_flag_letter(before) and _is_flag_letter(after) and _flag_letters_before(text, at) % 2)


def _extends(char: str) -> bool:
    skin_tone, tag = "\U0001f3fb" <= char <= "\U0001f3ff", "\U000e0020" <= char <= "\U000e007f"
    return unicodedata.category(char) in ("Mn", "Mc", "Me") or char in _JOINERS or skin_tone or tag


def _is_jamo(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7a3"


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    begin = at
    while begin and _is_flag_letter(text[begin - 1]):
        begin -= 1
    return at - begin

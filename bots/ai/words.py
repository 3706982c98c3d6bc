"""Words that can be compared: without case and accents, nearly regardless of ending or a slip of the finger."""

from __future__ import annotations

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")
#: Chinese, Japanese and Korean put no blanks between words: pairs of characters stand in for them.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

SHORT = 3
STEM = 5
INFLECTION = 3
LEAST_STEM = 0.7
#: Dice's coefficient; two letters swapped in a word of nine leave 0.63.
LEAST_LIKENESS = 0.6

#: Words that a question is made of and that say nothing about its subject.
EMPTY_WORDS = frozenset(
    WORD.findall("""
    a about all am an and any anything are as at be been by can could did do does doing for from get give go got had has
    have hello her here hey hi his how i if im in is it its just know let like lot make many may me might more much my
    need no not now of on one or our out please really s should so some something tell than thank thanks that the their
    them then there these they this those to too up us use very want wanted was we were what when where whether which
    whats who why will with would yes yet you your yours okay ok hows wheres whens dont
    al como con cual cuando cuanto cuesta de del donde el ella en es esta estan este gracias hay hola la las lo los me
    mi no nos para pero por que se ser si sin son su sus te teneis tiene tienen tengo tu un una usted y ya
    au aux avec bonjour ce ces cette combien dans des du elle est et etes eu il je le les leur mais merci mon ne nous
    ou par pas pour quand que quel quelle quelles quels qui sa sont sur un une vos votre vous
    am auch auf aus bei bin bitte danke das dem den der die ein eine einen einer er fur gibt haben hallo hat ich ihr im
    ist kann konnen man mit nach nicht oder seid sie sind und uns viel von wann warum was wie wo zu zum zur
    ao aos com da das do dos e ela ele em essa esse isso mais meu minha na nao nas nos o obrigado os ola ou para
    pode por quando quanto quais qual sao sem seu sua tem uma voce voces
    che ciao chi come cosa dei della delle di dove gli grazie ha hai ho il io lei ma mi nel nella non per piu quali
    quanto sei si siete sono tra un uno vi
    """)
)


def fold(text: str) -> str:
    """The text in lower case, without accents: "Öffnungszeiten" is "offnungszeiten"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # Recomposed, because Korean syllables fall apart too, and those marks are not accents.
    return unicodedata.normalize("NFC", "".join(mark for mark in decomposed if not unicodedata.combining(mark)))


def all_words(text: str) -> list[str]:
    words = []
    for word in WORD.findall(fold(text)):
        if UNSPACED.search(word):
            words += [word[at : at + 2] for at in range(max(len(word) - 1, 1))]
        else:
            words.append(word)
    return words


def telling_words(text: str) -> list[str]:
    """The words that a text is about, each once, in order."""
    return [word for word in dict.fromkeys(all_words(text)) if word not in EMPTY_WORDS]


def likeness(one: str, other: str) -> float:
    """How surely two folded words mean the same: 1 the same word, 0 another."""
    if one == other:
        return 1.0
    if one[0] != other[0] or one.isdigit() or other.isdigit():
        return 0.0
    short, long = sorted((one, other), key=len)
    if len(short) >= SHORT and long in (short + "s", short + "es", short + "n", short + "e"):
        return 0.95
    if len(short) > SHORT and long.startswith(short) and len(long) - len(short) <= INFLECTION:  # open, opening
        return 0.9
    shared = next((at for at, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    if shared >= STEM and shared >= LEAST_STEM * len(short):  # delivery, delivered
        return 0.85
    return _similarity(short, long) if len(short) >= STEM else 0.0


def _similarity(one: str, other: str) -> float:
    """Dice's coefficient over pairs of letters, 0 where it is low: what a typing mistake leaves."""
    pairs = [{word[at : at + 2] for at in range(len(word) - 1)} for word in (one, other)]
    share = 2 * len(pairs[0] & pairs[1]) / (len(pairs[0]) + len(pairs[1]))
    return 0.9 * share if share >= LEAST_LIKENESS else 0.0

"""Which language a text is in: told by its smallest words. It decides how PostgreSQL stems the others."""

from __future__ import annotations

import re
from collections import Counter

#: PostgreSQL's text search configuration -> its name for people.
LANGUAGES = {
    "danish": "Danish",
    "dutch": "Dutch",
    "english": "English",
    "finnish": "Finnish",
    "french": "French",
    "german": "German",
    "italian": "Italian",
    "norwegian": "Norwegian",
    "portuguese": "Portuguese",
    "russian": "Russian",
    "spanish": "Spanish",
    "swedish": "Swedish",
    "turkish": "Turkish",
    "simple": "Another language",
}
#: What a text without any of these words, such as a price list, is taken for.
DEFAULT = "english"
#: Words that are frequent in one language and rare or unknown in the others.
SIGNS = {
    "danish": "og ikke det jeg af til er hvad eller også kan skal hos fra være",
    "dutch": "het een niet wij zijn voor bij naar deze ook kunt wordt aan onze geen",
    "english": "the and you we our with are your for this that not have can please",
    "finnish": "ja on ei se että myös tai olemme kun voit jos meidän ovat sekä ole",
    "french": "le les des est nous vous pour une avec dans et pas sur aux votre",
    "german": "und die der das nicht wir sie ist mit für ein eine auf bei sind",
    "italian": "il gli che per sono della con una non alle anche nostro dalle siamo è",
    "norwegian": "og ikke det jeg av til er hva eller også kan skal hos fra være vi",
    "portuguese": "os das não para uma com você nós são dos ao mais às fazemos em",
    "russian": "и в не на мы вы что с для это или по от как наш",
    "spanish": "los las el que para una con por del nuestro son usted está y más",
    "swedish": "och inte det jag av till är vad eller också kan ska hos från vara",
    "turkish": "ve bir bu için ile değil çok var ya da olarak gibi daha her saat",
}
#: Each of these words -> the languages whose sign it is.
_LANGUAGES = {
    word: [language for language, words in SIGNS.items() if word in words.split()]
    for word in " ".join(SIGNS.values()).split()
}
WORD = re.compile(r"[^\W\d_]+")
#: Characters that are looked at, and signs that make a language sure.
LOOKED_AT, LEAST_SIGNS = 20_000, 2


def language_of(text: str) -> str:
    """The configuration of the language whose signs are the most; `DEFAULT` where there are too few of any."""
    words = WORD.findall(text[:LOOKED_AT].lower())
    counted = Counter(language for word in words for language in _LANGUAGES.get(word, ()))
    best = max(SIGNS, key=lambda language: counted[language])
    return best if counted[best] >= LEAST_SIGNS else DEFAULT

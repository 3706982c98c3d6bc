"""Whole messages that are commands: STOP, START, HELP, RESET, HUMAN, in the languages that people write.

A command is the whole message or none at all: "please stop" is a question. CANCEL, END and QUIT, which Twilio takes for
STOP on some of its senders, are left to the bot: people say them about an order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Name = Literal["stop", "start", "help", "reset", "human"]

ENGLISH = "en"
#: language -> command -> the words for it. The first one is the one that the bot's own texts name.
WORDS: Mapping[str, Mapping[Name, Sequence[str]]] = {
    "en": {
        "stop": ("stop", "stop all", "stopall", "unsubscribe", "opt out", "optout"),
        "start": ("start", "unstop", "subscribe", "opt in", "optin"),
        "help": ("help", "commands"),
        "reset": ("reset", "restart", "start over"),
        "human": ("human", "agent", "person", "real person", "talk to a human", "talk to a person", "speak to a human"),
    },
    "de": {
        "stop": ("stopp", "stop", "abmelden", "abbestellen"),
        "start": ("start", "anmelden"),
        "help": ("hilfe", "befehle"),
        "reset": ("neustart", "zurücksetzen", "neu anfangen", "von vorne"),
        "human": ("mensch", "mitarbeiter", "mitarbeiterin", "echter mensch", "mit einem menschen sprechen"),
    },
    "fr": {
        "stop": ("stop", "arrêt", "arret", "arrêter", "arreter", "désabonner", "se désabonner"),
        "start": ("start", "démarrer", "demarrer", "reprendre"),
        "help": ("aide",),
        "reset": ("recommencer", "réinitialiser", "reinitialiser"),
        "human": ("humain", "conseiller", "conseillère", "une personne", "parler à une personne"),
    },
    "es": {
        "stop": ("baja", "parar", "stop", "darme de baja", "cancelar suscripción"),
        "start": ("alta", "start", "darme de alta"),
        "help": ("ayuda",),
        "reset": ("reiniciar", "empezar de nuevo"),
        "human": ("humano", "persona", "agente", "asesor", "hablar con una persona"),
    },
    "pt": {
        "stop": ("parar", "sair", "stop", "cancelar inscrição", "cancelar inscricao"),
        "start": ("iniciar", "começar", "comecar", "start"),
        "help": ("ajuda",),
        "reset": ("reiniciar", "recomeçar", "recomecar"),
        "human": ("humano", "atendente", "pessoa", "falar com uma pessoa", "falar com um atendente"),
    },
    "it": {
        "stop": ("stop", "ferma", "annulla iscrizione"),
        "start": ("inizia", "start"),
        "help": ("aiuto",),
        "reset": ("ricomincia", "reimposta"),
        "human": ("operatore", "persona", "umano", "parlare con una persona"),
    },
    "nl": {
        "stop": ("stop", "stoppen", "afmelden", "uitschrijven"),
        "start": ("start", "aanmelden"),
        "help": ("help", "hulp"),
        "reset": ("opnieuw", "reset", "opnieuw beginnen"),
        "human": ("medewerker", "mens", "met een mens praten"),
    },
    "pl": {
        "stop": ("stop", "wypisz", "wypisz mnie"),
        "start": ("start", "zapisz mnie"),
        "help": ("pomoc",),
        "reset": ("od nowa", "reset", "zacznij od nowa"),
        "human": ("człowiek", "czlowiek", "konsultant", "rozmowa z człowiekiem"),
    },
    "tr": {
        "stop": ("dur", "durdur", "stop", "abonelikten çık"),
        "start": ("başla", "başlat", "start"),
        "help": ("yardım",),
        "reset": ("sıfırla", "baştan başla"),
        "human": ("insan", "temsilci", "müşteri temsilcisi"),
    },
    "ar": {
        "stop": ("توقف", "إيقاف", "ايقاف", "إلغاء الاشتراك", "الغاء الاشتراك"),
        "start": ("ابدأ", "ابدا", "اشتراك"),
        "help": ("مساعدة", "مساعده"),
        "reset": ("من جديد", "ابدأ من جديد", "ابدا من جديد", "إعادة تعيين"),
        "human": ("موظف", "إنسان", "انسان", "شخص حقيقي"),
    },
    "hi": {
        "stop": ("रोकें", "रोको", "बंद करें", "बंद करो"),
        "start": ("शुरू", "शुरू करें", "शुरू करो"),
        "help": ("मदद", "सहायता"),
        "reset": ("फिर से शुरू करें", "रीसेट"),
        "human": ("इंसान", "व्यक्ति", "इंसान से बात करें"),
    },
    "id": {
        "stop": ("berhenti", "stop", "berhenti berlangganan"),
        "start": ("mulai", "start"),
        "help": ("bantuan",),
        "reset": ("ulang", "reset", "mulai ulang"),
        "human": ("manusia", "petugas", "agen"),
    },
}


@dataclass(frozen=True, slots=True)
class Command:
    name: Name
    #: Whose word it was: what is said about it is said in this language.
    language: str


def recognise(text: str, *, languages: Sequence[str] = ()) -> Command | None:
    """The command that the whole message is, in one of these languages or in English; None: it is no command.

    A word that several of them share is the first one's.
    """
    if len(text) > LONGEST:
        return None
    folded = _folded(text)
    for language in (*languages, ENGLISH):
        if (name := _NAMES[language].get(folded)) is not None:
            return Command(name, language)
    return None


def to_type(language: str) -> dict[Name, str]:
    """Command -> the word for it in this language, in capitals, as a text names it."""
    return {name: _capitals(words[0], language=language) for name, words in WORDS[language].items()}


def _capitals(word: str, *, language: str) -> str:
    """Turkish keeps the dot of its i."""
    return (word.replace("i", "İ") if language == "tr" else word).upper()


def _folded(text: str) -> str:
    """The message without capitals, compatibility forms, doubled blanks and whatever punctuation stands around it, the
    slash of bots on other networks included."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # Turkish has an i with and one without a dot, and capitals of both: whichever it was, it is an i.
    folded = folded.replace("i\N{COMBINING DOT ABOVE}", "i").replace("ı", "i")
    start, end = 0, len(folded)
    while start < end and _is_around(folded[start]):
        start += 1
    while end > start and _is_around(folded[end - 1]):
        end -= 1
    return " ".join(folded[start:end].split())


def _is_around(character: str) -> bool:
    """Blanks, punctuation, and the invisible marks that keyboards of right-to-left languages add."""
    return character.isspace() or unicodedata.category(character) in _AROUND


_AROUND = {"Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Cf"}
#: Characters: far more than any command, with room for punctuation.
LONGEST = 100
_NAMES: dict[str, dict[str, Name]] = {
    language: {_folded(word): name for name, words in commands.items() for word in words}
    for language, commands in WORDS.items()
}


def ask_for_silence(written: Iterable[str], *, languages: Sequence[str]) -> bool:
    """Whether one of these messages is STOP."""
    commands = (recognise(text, languages=languages) for text in written)
    return any(command is not None and command.name == "stop" for command in commands)

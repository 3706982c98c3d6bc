"""Words that ask for the same thing: people ask for the address, and the text says where to find it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bots.ai.words import all_words, fold, telling_words

#: What another word for it counts, beside the word itself.
WEIGHT = 0.7
#: Each line is a thing; its words are folded and in their shortest form.
THINGS = """
    address location located locate directions find street adresse direccion indirizzo endereco anschrift ubicacion
    pay payment paying card cards cash credit debit visa mastercard paypal contactless pagar tarjeta bezahlen
    parking park parken aparcar aparcamiento parcheggio stationnement
    deliver delivery delivered ship shipping courier lieferung liefern livraison entrega envio consegna
    cancel cancellation cancelled reschedule move stornieren absagen annuler cancelar annullare
    appointment appointments booking book booked reservation reserve termin cita rendezvous
    phone telephone call mobile telefon telefono
    email mail
    wifi wlan internet hotspot
    dog dogs pet pets animals hund hunde perro mascotas chien
    child children kid kids baby toddler kinder ninos enfants
    wheelchair accessible accessibility barrierefrei disabled pram
    vegan vegetarian plantbased
    gluten wheat celiac coeliac glutenfree
    allergy allergies allergic allergens allergen
    toilet toilets restroom bathroom
    refund refunds return returns moneyback
    guarantee guaranteed warranty
    train tram bus metro underground subway station
    price prices cost costs fee fees charge charges rate rates precio preis prix prezzo preco
    job jobs vacancy vacancies career careers hiring
"""
#: The business itself, in a question about where it is.
PLACES = frozenset(
    all_words("""
    shop store place business company office restaurant cafe salon studio clinic practice bakery workshop hotel based
    tienda negocio laden geschaft boutique magasin negozio loja
    """)
)
WHERE = re.compile(
    r"\b(?:where|whereabouts|donde|wo|ou|dove|onde)\b|\bhow (?:do|can) (?:i|we) (?:get|come) (?:to|there)\b"
)

_LINES = [line.split() for line in THINGS.strip().splitlines()]
KIN: dict[str, tuple[str, ...]] = {
    word: tuple(dict.fromkeys(other for line in _LINES if word in line for other in line if other != word))
    for word in {word for line in _LINES for word in line}
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A word of a question, and what stands for it in a text: itself, or another word that counts less."""

    word: str
    other: str
    weight: float


def asked_words(question: str) -> list[str]:
    """What the question is about. "Where are you?" has no word that says so: it asks for the address."""
    words = telling_words(question)
    if WHERE.search(fold(question)) and all(word in PLACES for word in words):
        return ["address"]
    return words


def sought(question: str) -> list[Sought]:
    """Each word that the question is about, and then the other words for the same things."""
    words = asked_words(question)
    return [Sought(word=word, other=word, weight=1.0) for word in words] + [
        Sought(word=word, other=other, weight=WEIGHT) for word in words for other in KIN.get(word, ())
    ]

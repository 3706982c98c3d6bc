"""What is asked for, by a word or two, looks like this: a price has a currency, an opening hour is a time of day."""

from __future__ import annotations

import re

#: What a question of the kind says (folded), what its answer holds.
SHAPES = (
    (
        re.compile(
            r"how much|how expensive|\bpric|\bcost|\bcharge|cuesta|cuanto|precio|combien|prix|quanto|preco|prezzo"
            r"|wie ?viel|kostet|preis"
        ),
        re.compile(r"[€$£¥₹]|\b(?:eur|usd|gbp|chf|free|gratis)\b|\b\d+[.,]\d\d\b", re.IGNORECASE),
    ),
    (
        re.compile(
            r"\bwhen\b|what time|\bopen|\bhours\b|\bclose|cuando|\babr[ei]|abiert|horario|quand\b|ouvert|horaires"
            r"|quando|abert|orari|apert|\bwann\b|geoffnet|offnungszeit"
        ),
        re.compile(r"\b\d{1,2}[:.h]\d\d\b|\b\d{1,2} ?(?:[ap]\.?m\b|uhr\b|h\b)|\bclosed\b|\d ?[–-] ?\d", re.IGNORECASE),
    ),
    (
        re.compile(r"phone|\bcall\b|\bnumber\b|telefon|numero|nummer"),
        re.compile(r"\+?\d[\d ()/-]{6,}\d"),
    ),
    (
        re.compile(r"e-?mail|correo"),
        re.compile(r"\S@\S+\.\w"),
    ),
    (
        re.compile(
            r"\baddress|\bwhere\b|locat|direccion|donde|adresse|\bwo\b|indirizzo|dove|endereco|onde"
            r"|\bou (?:etes|se|est)"
        ),
        # A number and a word that streets are called by.
        re.compile(
            r"(?=.*\d)(?=.*(?:\b(?:street|st\.|road|lane|avenue|boulevard|square|drive|quai|rue|place|platz|calle|avenida"
            r"|plaza|via|viale|piazza|rua|weg|gasse)\b|\w(?:straße|strasse|str\.|allee|platz|gasse|weg)\b))",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
    (
        re.compile(
            r"how (?:long|early|soon|far ahead)|wie lange|cuanto (?:tiempo|dura|tarda)|combien de temps|quanto tempo"
        ),
        re.compile(
            r"\b(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six) (?:working )?"
            r"(?:min(?:ute)?s?|hours?|days?|weeks?|months?|years?)\b"
            r"|\b\d+ ?(?:h|minuten|stunden?|tage|wochen|horas|dias)\b",
            re.IGNORECASE,
        ),
    ),
)

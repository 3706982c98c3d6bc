"""Why a file cannot be read, in sentences for whoever gave it."""

from __future__ import annotations

#: A word that is kept with the source -> what it means and what to do.
SENTENCES = {
    "wrong_type": "This kind of file cannot be read. Use a text file, Markdown, CSV, PDF or Word (.docx).",
    "old_word": "This is a Word file of the old kind (.doc). Save it as .docx or PDF, then add it again.",
    "mismatch": "This file is not what its name says it is. Save it again in the program that made it.",
    "too_large": "This file is too large. Split it, or paste the part that people ask about.",
    "empty": "There is no text in this file.",
    "scanned": "This PDF is a scan: pictures of pages without text. Paste the text instead, or save it with text "
    "recognition (OCR).",
    "locked": "This file is locked by a password. Remove the password, then add it again.",
    "unreadable": "This file is damaged, or made in a way that cannot be read. Export it again, or paste the text.",
    "gave_up": "Reading this file failed several times, so it was given up. Export it again, or paste the text.",
}


def sentence(problem: str) -> str:
    return SENTENCES.get(problem, SENTENCES["unreadable"]) if problem else ""

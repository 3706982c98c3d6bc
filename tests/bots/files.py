"""Files as people upload them, made by the programs' own formats."""

from __future__ import annotations

import io

from docx import Document as Word
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from sandbox.twilio.samples import sample


def pdf_of(*lines: str, password: str = "") -> bytes:
    """A PDF of one page with these lines; without any, a page of pictures as a scanner makes it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(sample("document")[0].content)))
    drawn = " ".join(f"({line}) Tj T*" for line in lines)
    content = DecodedStreamObject()
    content.set_data(f"BT /F1 12 Tf 14 TL 72 700 Td {drawn} ET".encode("latin-1") if lines else b"0 0 100 100 re f")
    for page in writer.pages:
        page[NameObject("/Contents")] = writer._add_object(content)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word_of(*paragraphs: str, row: tuple[str, ...] = ()) -> bytes:
    """A Word file of these paragraphs, and of a table with this row."""
    word, out = Word(), io.BytesIO()
    for paragraph in paragraphs:
        word.add_paragraph(paragraph)
    if row:
        table = word.add_table(rows=1, cols=len(row))
        for place, text in enumerate(row):
            table.cell(0, place).text = text
    word.save(out)
    return out.getvalue()

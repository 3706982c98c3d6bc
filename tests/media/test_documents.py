"""Documents are read, and the bad ones harm nobody: true parsers in their own process."""

from __future__ import annotations

import io
import sys
import time
import zipfile
import zlib

import pytest
from docx import Document as Word
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from bots.media import documents
from sandbox.twilio.samples import sample
from tests.bots.files import word_of


def read(content: bytes, family: str = "pdf") -> documents.Document:
    return documents.read(io.BytesIO(content), family=family)


def menu() -> bytes:
    return sample("document")[0].content


def pdf_of(stream: bytes, *, pages: int = 1) -> bytes:
    """A PDF whose pages draw by `stream`."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(menu())))
    for _ in range(pages - 1):
        writer.add_page(writer.pages[0])
    content = DecodedStreamObject()
    content.set_data(stream)
    for page in writer.pages:
        page[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_is_read():
    assert "Croissant ............ 2.80" in read(menu()).text


def test_a_word_file_is_read_with_its_tables():
    file = word_of("Our prices", "Cake 9.00", row=("Loaf", "6.50"))
    assert read(file, "docx").text == "Our prices\nCake 9.00\nLoaf | 6.50"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Größe: 5 €".encode(), "Größe: 5 €"),
        ("\ufeffGröße".encode(), "Größe"),
        ("Größe €".encode("cp1252"), "Größe €"),
        ("Größe".encode("utf-16"), "Größe"),
        (b'{"loaf": 6.5}', '{"loaf": 6.5}'),
    ],
)
def test_text_is_read_in_the_encodings_that_people_use(content, text):
    assert read(content, "text").text == text


def test_a_long_text_is_cut_and_says_so():
    found = read("ä".encode() * 100_000, "text").text
    assert found.endswith(documents.CUT)
    assert len(found) == documents.LONGEST_TEXT + len(documents.CUT)


def test_a_long_pdf_is_cut():
    lines = b"BT /F1 12 Tf 20 700 Td (" + b"A long line of the price list. " * 60 + b") Tj ET"
    assert read(pdf_of(lines, pages=20)).text.endswith(documents.CUT)


@pytest.mark.parametrize("family", ["text", "docx", "pdf"])
def test_a_document_without_words_is_empty(family):
    content = {"text": b" \n\0", "pdf": pdf_of(b"0 0 m"), "docx": io.BytesIO()}[family]
    if family == "docx":
        Word().save(content)
        content = content.getvalue()
    assert read(content, family).problem == "empty"


def test_a_pdf_with_a_password_is_locked_and_one_locked_against_changes_is_read():
    for password, outcome in (("secret", "locked"), ("", "")):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(menu())))
        writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
        assert read(written(writer)).problem == outcome


@pytest.mark.parametrize("family", ["pdf", "docx"])
@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 and no more", b"PK\x03\x04 and no more", bytes(range(256)) * 40])
def test_a_broken_document_is_unreadable(family, content):
    assert read(content, family).problem in ("unreadable", "empty")


def test_halves_of_characters_in_a_pdf_are_left_out_of_its_text():
    """Its own table of characters (`ToUnicode`) may name whatever it likes; PostgreSQL and UTF-8 take no halves."""
    writer = PdfWriter()
    table, content = DecodedStreamObject(), DecodedStreamObject()
    table.set_data(
        b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange"
        b" 2 beginbfchar <41> <D83D> <42> <0042> endbfchar endcmap"
    )
    content.set_data(b"BT /F1 12 Tf 20 200 Td (BAB) Tj ET")
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/ToUnicode"): writer._add_object(table),
        }
    )
    page = writer.add_blank_page(300, 300)
    fonts = DictionaryObject({NameObject("/F1"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = writer._add_object(content)

    assert read(written(writer)).text == "B\ufffdB"


def test_a_pdf_that_unfolds_without_end_ends_its_reader_only():
    """300 MB of blanks in 300 kB: what a parser makes of them does not fit into its memory or its time."""
    bomb = pdf_of(b"BT /F1 12 Tf (words) Tj ET")
    stream = zlib.compress(b" " * 300_000_000, 9)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bomb)))
    packed = DecodedStreamObject()
    packed.set_data(stream)
    packed[NameObject("/Filter")] = NameObject("/FlateDecode")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(packed)
    content = written(writer)
    assert len(content) < 1_000_000
    began = time.monotonic()
    assert read(content).problem in ("unreadable", "too_large", "empty")
    assert time.monotonic() - began < documents.LONGEST_READING + 5


def test_a_word_file_that_unfolds_without_end_is_not_unfolded():
    out = io.BytesIO(word_of("words"))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.xml", b" " * 100_000_000)
    assert read(out.getvalue(), "docx").problem == "too_large"


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Another program in the reader's place."""

    def replace(code: str) -> None:
        file = tmp_path / "program.py"
        file.write_text(code)
        monkeypatch.setattr(documents, "PROGRAM", file)

    return replace


def test_a_reader_that_hangs_is_ended(program, monkeypatch):
    monkeypatch.setattr(documents, "LONGEST_READING", 0.5)
    program("import time; time.sleep(60)")
    began = time.monotonic()
    assert read(b"%PDF").problem == "unreadable"
    assert time.monotonic() - began < 10


def test_a_reader_that_talks_without_end_is_cut_off(program):
    program("import sys\nwhile True: sys.stdout.write('x' * 65536)")
    assert read(b"%PDF").problem == "unreadable"


def test_a_reader_knows_nothing_of_the_workers_secrets(program, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a-secret")
    program("import json, os; print(json.dumps({'text': ' '.join(os.environ) or 'nothing'}))")
    assert "SECRET_KEY" not in read(b"%PDF").text


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS knows no bound of memory")
def test_the_reader_holds_itself_to_its_memory_and_writes_no_file(program, tmp_path):
    reader = documents.PROGRAM.read_text().split("if __name__")[0]
    attack = (
        "import json\nbound()\nwords = []\n"
        "try: bytearray(600_000_000)\nexcept MemoryError: words.append('no memory')\n"
        f"try:\n with open({str(tmp_path / 'written')!r}, 'w') as file: file.write('x' * 100)\n"
        "except OSError: words.append('no file')\n"
        "print(json.dumps({'text': ', '.join(words)}))"
    )
    program(f"{reader}\nimport signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n{attack}")
    assert read(b"%PDF").text == "no memory, no file"

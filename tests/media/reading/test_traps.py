"""What is made to harm is refused or read in part, with the reason, and takes little memory."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from recado.errors import FileRefused
from recado.media.checks import check_file
from recado.media.reading.papers.reader import DocumentReader
from tests.support.papers import DOCX, PDF, XLSX, docx_of, long_pdf, pdf_of, sent, xlsx_of, zip_bomb

MEGABYTE = 1 << 20
#: Reads the files named, and tells what came of each and what it took.
READS = """
import asyncio, json, re, resource, sys
from pathlib import Path
from recado.errors import FileRefused
from recado.media.checks import check_file
from recado.media.reading.papers.reader import DocumentReader
from recado.media.reading.port import FileToRead

async def main():
    for name, mime_type in json.loads(sys.argv[1]):
        data = Path(name).read_bytes()
        try:
            found = check_file(data, mime_type, "document")
            file = FileToRead("m", "document", found, Path(name).name, data, "es")
            reading = await DocumentReader().read(file)
            told = [len(reading.pieces), list(reading.unread)]
        except FileRefused as error:
            told = error.detail
        print(json.dumps(told))
    # Not RUSAGE_SELF: that begins with the size of whoever started this process.
    own = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps([int(own[1]), children]))

asyncio.run(main())
"""


def laughs() -> bytes:
    """A .docx whose entities would be a billion words."""
    lol = "".join(
        f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' if at else '<!ENTITY l0 "ja">'
        for at in range(10)
    )
    body = f'<?xml version="1.0"?><!DOCTYPE w [{lol}]><w>&l9;</w>'
    out = io.BytesIO(docx_of("a", ["b"], [("c",)]))
    made = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            data = body.encode() if entry.filename == "word/document.xml" else old.read(entry)
            new.writestr(entry.filename, data)
    return made.getvalue()


def locked_pdf() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of(["Secreto"]))))
    writer.encrypt("contraseña", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_bombs_are_refused_or_read_in_part_and_the_process_stays_small(tmp_path: Path) -> None:
    files = {
        "ten-gigabytes.docx": (zip_bomb(10), DOCX),
        "ten-gigabytes-that-say-one-kilobyte.docx": (zip_bomb(10, claimed=1000), DOCX),
        "entities.docx": (laughs(), DOCX),
        "five-thousand-pages.pdf": (long_pdf(5000), PDF),
        "many-cells.xlsx": (xlsx_of(A=[list(range(100))] * 1000), XLSX),
        "deep.json": (b'{"a":' * 500_000, "application/json"),
        "lines.txt": (b"\n" * 19 * MEGABYTE, "text/plain"),
        "unpacks.pdf": (pdf_bomb(), PDF),
    }
    for name, (data, _) in files.items():
        tmp_path.joinpath(name).write_bytes(data)
    asked = json.dumps([(str(tmp_path / name), kind) for name, (_, kind) in files.items()])
    ran = subprocess.run(
        [sys.executable, "-c", READS, asked], capture_output=True, text=True, env=dict(os.environ)
    )
    assert ran.returncode == 0, ran.stderr
    *lines, last = map(json.loads, ran.stdout.splitlines())
    told = dict(zip(files, lines, strict=True))
    own, children = last
    assert own < 400 * 1024
    assert children < 1024 * 1024
    assert told["ten-gigabytes.docx"] == "The document unpacks to more than 200 MB."
    assert told["ten-gigabytes-that-say-one-kilobyte.docx"] == (
        "The document is damaged. Save it again."
    )
    assert told["entities.docx"] == (
        "The document's XML declares entities, which Office never does."
    )
    pieces, unread = told["five-thousand-pages.pdf"]
    assert pieces > 100
    assert unread == ["Pages 301 to 5000 were not read: the document is too long."]
    assert told["many-cells.xlsx"][1] == ["The end was not read: the document is too long."]
    assert "nested deeper" in told["deep.json"] or "not JSON" in told["deep.json"]
    assert told["lines.txt"] == "The document is empty."
    assert told["unpacks.pdf"].startswith("The PDF unpacks to more than 300 MB.")


def pdf_bomb() -> bytes:
    """A page whose drawing unpacks to a gigabyte."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"%") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * (1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    stream = head + block * 64
    data = pdf_of(["Hola"])
    at = data.index(b"stream")
    return (
        data[:at]
        + b"stream\n"
        + stream
        + b"\nendstream\nendobj\n"
        + data[data.index(b"endobj", at) + 7 :]
    )


async def test_a_locked_document_says_so() -> None:
    with pytest.raises(FileRefused, match="locked with a password"):
        await DocumentReader().read(sent(locked_pdf()))


async def test_a_damaged_document_says_so() -> None:
    with pytest.raises(FileRefused, match="damaged"):
        await DocumentReader().read(sent(b"%PDF-1.7\nnothing of it"))
    with pytest.raises(FileRefused, match="damaged"):
        await DocumentReader().read(sent(docx_of("a", ["b"], [("c",)])[:-500], DOCX))


async def test_one_that_is_two_things_is_read_as_what_it_begins_as() -> None:
    both = pdf_of(["El precio es 45 euros"]) + docx_of("Otro", ["documento"], [("x",)])
    assert check_file(both, PDF, "document") == PDF
    reading = await DocumentReader().read(sent(both, PDF, "a.pdf"))
    assert "45 euros" in reading.pieces[-1].text
    assert not any("Otro" in piece.text for piece in reading.pieces)


async def test_a_page_that_is_called_a_pdf_is_no_pdf() -> None:
    page = b"<html><script>alert(1)</script><p>Hola</p></html>"
    with pytest.raises(FileRefused, match="says that it is application/pdf"):
        check_file(page, PDF, "document")
    reading = await DocumentReader().read(sent(page, check_file(page, "", "document"), "a.pdf"))
    assert [piece.text for piece in reading.pieces if piece.kind == "text"] == ["Hola"]


async def test_a_path_for_a_name_leads_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secreto.txt"
    secret.write_text("no es para nadie")
    for name in (str(secret), f"../../{secret}", "..\\..\\secreto.txt", "file:///etc/passwd.txt"):
        reading = await DocumentReader().read(sent(b"Hola", "text/plain", name))
        assert [piece.text for piece in reading.pieces if piece.kind == "text"] == ["Hola"]


async def test_one_that_takes_too_long_is_ended() -> None:
    with pytest.raises(FileRefused, match="too long to read"):
        await DocumentReader(limit_seconds=0.05).read(sent(long_pdf(2000)))

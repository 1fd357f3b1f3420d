"""Files to sections: which formats are taken, and what to do about those that are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from recado.documents.cards import cards_reading
from recado.documents.encodings import decode_text
from recado.documents.mail import mail_reading
from recado.documents.nested import json_reading
from recado.documents.office.ods import ods_reading
from recado.documents.office.odt import odt_reading
from recado.documents.office.package import KINDS as OFFICE
from recado.documents.office.package import kind_of_archive
from recado.documents.office.pptx import pptx_reading
from recado.documents.office.word import docx_reading
from recado.documents.office.xlsx import xlsx_reading
from recado.documents.pdf.reader import pdf_reading, why_nothing
from recado.documents.reading import Bounds, Reading
from recado.documents.rich_text import rtf_reading
from recado.documents.sections import read_text
from recado.documents.tables import csv_reading
from recado.documents.web import html_reading
from recado.errors import BadRequest, TooLarge, Unprocessable

MAX_BYTES = 20 * 1024 * 1024
KINDS: dict[str, str] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".pdf": "pdf",
    ".docx": "docx",
    ".docm": "docx",
    ".odt": "odt",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".ods": "ods",
    ".pptx": "pptx",
    ".pptm": "pptx",
    ".ppsx": "pptx",
    ".rtf": "rtf",
    ".eml": "eml",
    ".vcf": "vcf",
}

_READERS: dict[str, Callable[[bytes], Reading]] = {
    "markdown": lambda data: read_text(decode_text(data)),
    "text": lambda data: read_text(decode_text(data), plain=True),
    "html": lambda data: html_reading(decode_text(data)),
    "csv": lambda data: csv_reading(decode_text(data)),
    "json": lambda data: json_reading(decode_text(data)),
    "pdf": pdf_reading,
    "docx": docx_reading,
    "odt": odt_reading,
    "xlsx": xlsx_reading,
    "ods": ods_reading,
    "pptx": pptx_reading,
    "rtf": rtf_reading,
    "eml": mail_reading,
    "vcf": lambda data: cards_reading(decode_text(data)),
}
#: Files that hold text and are not read, with what to do about them.
_SAVED_ELSE = {
    **dict.fromkeys((".doc", ".pages", ".dot", ".dotx"),
                    "{file}: save the document as .docx or .pdf and add that."),
    **dict.fromkeys((".xls", ".xlsb", ".numbers"),
                    "{file}: save the spreadsheet as .xlsx and add that."),
    **dict.fromkeys((".ppt", ".odp", ".key"),
                    "{file}: save the slides as .pptx or .pdf and add that."),
    ".msg": "{file}: save the mail as .eml and add that.",
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz"), "{file}: unpack it and add the files."),
}  # fmt: skip


_NOT_READ = "{file}: knowledge is read from {kinds} files."


def kind_of(filename: str) -> str:
    """The kind of a file by its name's end.

    Raises BadRequest: not a kind that knowledge can be read from.
    """
    suffix = PurePath(filename.strip()).suffix.lower()
    if suffix in KINDS:
        return KINDS[suffix]
    advice, kinds = _SAVED_ELSE.get(suffix, _NOT_READ), ", ".join(sorted(KINDS))
    raise BadRequest(advice.format(file=filename, kinds=kinds))


def could_be_meant(filename: str) -> bool:
    """Whether a file in a folder holds words that whoever adds the folder wants to be known."""
    suffix = PurePath(filename).suffix.lower()
    return suffix in KINDS or suffix in _SAVED_ELSE


def extract(
    filename: str, data: bytes, *, kind: str = "", bounds: Bounds | None = None, scans: bool = False
) -> Reading:
    """What a file holds. `kind` (a value of KINDS) overrides what the name says; of a PDF longer
    than `bounds` the beginning is read. `scans`: a PDF of pictures alone is told as that.

    Raises BadRequest (unknown kind), TooLarge (over 20 MB) and Unprocessable (empty, encrypted,
    scanned, damaged), each saying what to do.
    """
    kind = kind or kind_of(filename)
    if kind not in _READERS:
        raise BadRequest(f"{kind}: the kinds of knowledge are {', '.join(_READERS)}.")
    if len(data) > MAX_BYTES:
        megabytes = len(data) / 1024 / 1024
        raise TooLarge(f"{filename} has {megabytes:.0f} MB; split it into parts of at most 20 MB.")
    if not data.strip():
        raise Unprocessable(f"{filename} is empty.")
    if kind not in OFFICE and data.startswith(b"PK\x03\x04"):
        if other := kind_of_archive(data):
            raise Unprocessable(f"{filename} is a .{other}. Name it so.")
        raise Unprocessable(f"{filename} is a zip archive. Unpack it and add the files.")
    reading = pdf_reading(data, bounds) if kind == "pdf" else _READERS[kind](data)
    if not reading.sections and kind == "pdf" and not (scans and reading.pictured):
        raise Unprocessable(why_nothing(reading))
    if not reading.sections and kind != "pdf":
        raise Unprocessable(f"{filename} has no text to answer from.")
    return reading

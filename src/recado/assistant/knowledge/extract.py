"""Files to sections: which formats are taken, and what to do about those that are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from recado.assistant.knowledge.office import docx_sections, pdf_sections
from recado.assistant.knowledge.sections import Section, parse_sections
from recado.assistant.knowledge.tables import csv_sections, json_sections
from recado.assistant.knowledge.web import html_sections
from recado.errors import BadRequest, TooLarge, Unprocessable

MAX_BYTES = 20 * 1024 * 1024


def decode_text(data: bytes) -> str:
    """Text of a file as people save it: UTF-8, UTF-16 with its mark, or Windows' Latin.

    Raises Unprocessable: the bytes are not text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(data, "utf-16")
    if b"\x00" in data:
        raise Unprocessable("The file is not text. Save it as plain text in UTF-8 and try again.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")  # every byte is a character there


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unprocessable(
            f"The file says that it is {encoding.upper()} and is not. Save it in UTF-8."
        ) from error


def _text_sections(data: bytes) -> list[Section]:
    return parse_sections(decode_text(data))


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
}

_EXTRACTORS: dict[str, Callable[[bytes], list[Section]]] = {
    "markdown": _text_sections,
    "text": _text_sections,
    "html": lambda data: html_sections(decode_text(data)),
    "csv": lambda data: csv_sections(decode_text(data)),
    "json": lambda data: json_sections(decode_text(data)),
    "pdf": pdf_sections,
    "docx": docx_sections,
}


def kind_of(filename: str) -> str:
    """The kind of a file by its name's end.

    Raises BadRequest: not a kind that knowledge can be read from.
    """
    suffix = PurePath(filename.strip()).suffix.lower()
    if suffix in KINDS:
        return KINDS[suffix]
    if suffix in {".doc", ".odt", ".rtf", ".pages"}:
        raise BadRequest(f"{filename}: save the document as .docx or .pdf and add that.")
    if suffix in {".xls", ".xlsx", ".ods"}:
        raise BadRequest(f"{filename}: save the sheet as .csv and add that.")
    raise BadRequest(f"{filename}: knowledge is read from {', '.join(sorted(KINDS))} files.")


def extract(filename: str, data: bytes, *, kind: str = "") -> list[Section]:
    """The sections of a file. `kind` (a value of KINDS) overrides what the name says.

    Raises BadRequest (unknown kind), TooLarge (over 20 MB) and Unprocessable (empty, encrypted,
    scanned, damaged), each saying what to do.
    """
    kind = kind or kind_of(filename)
    if kind not in _EXTRACTORS:
        raise BadRequest(f"{kind}: the kinds of knowledge are {', '.join(_EXTRACTORS)}.")
    if len(data) > MAX_BYTES:
        megabytes = len(data) / 1024 / 1024
        raise TooLarge(f"{filename} has {megabytes:.0f} MB; split it into parts of at most 20 MB.")
    if not data.strip():
        raise Unprocessable(f"{filename} is empty.")
    sections = _EXTRACTORS[kind](data)
    if not sections:
        raise Unprocessable(f"{filename} has no text to answer from.")
    return sections

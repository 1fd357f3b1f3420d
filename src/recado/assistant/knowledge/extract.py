"""Files to sections: which formats are taken, and what to do about those that are not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePath

from recado.assistant.knowledge.nested import json_reading
from recado.assistant.knowledge.pdf import pdf_reading
from recado.assistant.knowledge.reading import Reading
from recado.assistant.knowledge.sections import read_text
from recado.assistant.knowledge.tables import csv_reading
from recado.assistant.knowledge.web import html_reading
from recado.assistant.knowledge.word import docx_reading
from recado.errors import BadRequest, TooLarge, Unprocessable
from recado.language.reading import composed_accents

MAX_BYTES = 20 * 1024 * 1024
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


#: Windows', DOS's and the old Mac's; of those that read a text as well, the first counts.
_ONE_BYTE = ("cp1252", "cp850", "mac_roman")
_OURS = frozenset("áéíóúüñçãõâêôàÁÉÍÓÚÜÑÇÃÕÂÊÔÀ¿¡ºª€£°·–—“”‘’«»…•")


def decode_text(data: bytes) -> str:
    """Text of a file as people save it: UTF-8, UTF-16 or UTF-32, or Windows' Latin; with composed
    accents, which macOS takes apart.

    Raises Unprocessable: the bytes are not text.
    """
    return composed_accents(_decoded(data))


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return _decode(data, encoding)
    if b"\x00" in data:
        return _decode(data, _wide(data))
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    # A few damaged bytes do not make a file in UTF-8 one of Windows.
    lenient = data.decode("utf-8-sig", "replace")
    if sum(1 for char in lenient if char > "\x7f") > 3 * lenient.count("\ufffd"):
        return lenient
    return max((_read_as(data, encoding) for encoding in _ONE_BYTE), key=_letters)


def _read_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1")  # every byte is a character there


def _letters(text: str) -> int:
    """How much of a text is of our languages, its other signs counted against it."""
    signs = [sign for sign in text[:200_000] if sign > "\x7f"]
    return sum(1 if sign in _OURS else -1 for sign in signs)


def _wide(data: bytes) -> str:
    """The encoding of a text in which every second byte is none. Raises Unprocessable."""
    sample = data[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd * 2 > half and not even * 4 > half:
        return "utf-16-le"
    if even * 2 > half and not odd * 4 > half:
        return "utf-16-be"
    raise Unprocessable("The file is not text. Save it as plain text in UTF-8 and try again.")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unprocessable(
            f"The file says that it is {encoding.upper()} and is not. Save it in UTF-8."
        ) from error


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

_READERS: dict[str, Callable[[bytes], Reading]] = {
    "markdown": lambda data: read_text(decode_text(data)),
    "text": lambda data: read_text(decode_text(data), plain=True),
    "html": lambda data: html_reading(decode_text(data)),
    "csv": lambda data: csv_reading(decode_text(data)),
    "json": lambda data: json_reading(decode_text(data)),
    "pdf": pdf_reading,
    "docx": docx_reading,
}
#: Files that hold text and are not read, with what to do about them.
_SAVED_ELSE = {
    **dict.fromkeys((".doc", ".odt", ".rtf", ".pages", ".docm", ".dot", ".dotx"),
                    "{file}: save the document as .docx or .pdf and add that."),
    **dict.fromkeys((".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".numbers"),
                    "{file}: save each sheet as .csv and add that."),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".key"),
                    "{file}: save the slides as .pdf and add that."),
    **dict.fromkeys((".eml", ".msg"), "{file}: save the mail's text as .txt and add that."),
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


def extract(filename: str, data: bytes, *, kind: str = "") -> Reading:
    """What a file holds. `kind` (a value of KINDS) overrides what the name says.

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
    reading = _READERS[kind](data)
    if not reading.sections:
        raise Unprocessable(f"{filename} has no text to answer from.")
    return reading

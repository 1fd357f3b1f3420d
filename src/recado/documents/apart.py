"""Files read off the event loop: in a thread, and PDFs and Office documents in their own processes.

Such a file can keep its reader busy for as long as its maker likes (process.py)."""

from __future__ import annotations

import asyncio
import sys

import msgspec

from recado.documents.extract import extract, kind_of
from recado.documents.office.package import KINDS as OFFICE
from recado.documents.process import confine, told_by
from recado.documents.reading import Reading
from recado.errors import RequestError, TooLarge, Unprocessable

#: 2,000 pages of text take about a minute.
LIMIT_SECONDS = 180.0
#: How many files are read at once, and what each may take.
AT_ONCE = 2
MEMORY_BYTES = 2 * 1024**3
_APART = OFFICE | {"pdf", "rtf", "eml"}
_ENTRY = "recado.documents.apart:answer"


class _Asked(msgspec.Struct):
    filename: str
    kind: str
    data: bytes
    scans: bool = False


class _Told(msgspec.Struct):
    reading: Reading | None = None
    problem: str = ""
    too_large: bool = False


async def extract_apart(
    filename: str,
    data: bytes,
    *,
    kind: str = "",
    scans: bool = False,
    limit_seconds: float = LIMIT_SECONDS,
) -> Reading:
    """As `extract`, and raises Unprocessable for a file that takes longer than `limit_seconds`."""
    kind = kind or kind_of(filename)
    if kind not in _APART:
        return await asyncio.to_thread(extract, filename, data, kind=kind)
    try:
        async with asyncio.timeout(limit_seconds):
            return _reading(await told_by(_ENTRY, _Asked(filename, kind, data, scans)))
    except TimeoutError as error:
        raise Unprocessable(
            f"The file takes more than {limit_seconds / 60:.0f} minutes to read. Split it, or save"
            " it anew."
        ) from error


def _reading(answered: bytes) -> Reading:
    try:
        told = msgspec.msgpack.decode(answered, type=_Told)
    except msgspec.DecodeError as error:
        raise Unprocessable("The file made its reader end. Save it anew.") from error
    if told.reading is not None:
        return told.reading
    raise TooLarge(told.problem) if told.too_large else Unprocessable(told.problem)


def answer() -> None:
    """In the process of its own: read what is asked for on stdin, tell what came of it."""
    confine(MEMORY_BYTES, LIMIT_SECONDS)
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Asked)
    try:
        told = _Told(extract(asked.filename, asked.data, kind=asked.kind, scans=asked.scans))
    except RequestError as error:
        told = _Told(problem=error.detail, too_large=isinstance(error, TooLarge))
    except MemoryError:
        told = _Told(problem="The file needs more than 2 GB to be read. Split it.")
    sys.stdout.buffer.write(msgspec.msgpack.encode(told))

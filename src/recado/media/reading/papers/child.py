"""In a process of its own: a stranger's document to pieces, of which there are only so many."""

from __future__ import annotations

import sys

import msgspec

from recado.documents.extract import extract
from recado.documents.process import confine
from recado.documents.reading import Bounds
from recado.errors import RequestError
from recado.media.reading.papers.pieces import pieces_of
from recado.media.reading.port import Piece

ENTRY = f"{__name__}:answer"
MEMORY_BYTES = 1024**3
LIMIT_SECONDS = 60.0
#: In pages and seconds, of a PDF.
BOUNDS = Bounds(300, 20.0)
#: All pieces together: more than any conversation has room for, and little to keep.
MOST_CHARS = 300_000


class Asked(msgspec.Struct):
    filename: str
    kind: str
    data: bytes


class Told(msgspec.Struct, kw_only=True):
    """`pictured` and `unread_from` as of a Reading; `cut`: there is more text than is told."""

    pieces: tuple[Piece, ...] = ()
    pages: int | None = None
    pictured: tuple[int, ...] = ()
    unread_from: int = 0
    cut: bool = False
    problem: str = ""


def answer() -> None:
    """Read what is asked for on stdin, tell what came of it."""
    confine(MEMORY_BYTES, LIMIT_SECONDS)
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Asked)
    try:
        told = told_of(asked)
    except RequestError as error:
        told = Told(problem=error.detail)
    except MemoryError:
        told = Told(problem="The document needs more memory than a document may. Split it.")
    sys.stdout.buffer.write(msgspec.msgpack.encode(told))


def told_of(asked: Asked) -> Told:
    """What stands in a document. Raises RequestError: it is none, locked, damaged or a trap."""
    reading = extract(asked.filename, asked.data, kind=asked.kind, bounds=BOUNDS, scans=True)
    pieces: list[Piece] = []
    chars = 0
    cut = False
    for piece in pieces_of(reading.sections):
        chars += len(piece.text)
        if chars > MOST_CHARS:
            cut = True
            break
        pieces.append(piece)
    return Told(
        pieces=tuple(pieces),
        pages=reading.counts.get("page") or reading.counts.get("slide"),
        pictured=reading.pictured,
        unread_from=reading.unread_from,
        cut=cut,
    )

"""What steps have found, as it is kept: a scanned contract's are half a megabyte of JSON. So it
comes from the database as text, and whoever wants its pieces decodes them away from the event loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Text, case, cast, func, select

from recado.media.reading.findings import StepReading
from recado.media.reading.model import MediaReading
from recado.media.reading.port import Piece
from recado.store import Tx

#: For one turn is fetched what begins within so many characters, the newest file's first: more than
#: is looked at.
MOST_OF_TURN = 300_000
_EMPTY = len("[]")

_decode = msgspec.json.Decoder(tuple[Piece, ...]).decode
_PIECES = cast(MediaReading.pieces, Text)
_SIZE = func.coalesce(func.length(_PIECES), 0)
_BEFORE = func.sum(_SIZE).over(order_by=(MediaReading.media_id.desc(), MediaReading.id)) - _SIZE
_OF_TURN = select(
    *(MediaReading.media_id, MediaReading.reader),
    _SIZE.label("size"),
    case((_BEFORE < MOST_OF_TURN, _PIECES), else_="").label("pieces"),
).order_by(MediaReading.started_at, MediaReading.id)
_ALL = select(
    *(it for it in MediaReading.__table__.c if it.name != "pieces"), _PIECES.label("pieces")
).order_by(MediaReading.started_at, MediaReading.id)


class KeptStep(msgspec.Struct, frozen=True):
    """What one step of a file found. `is_empty`: nothing; `kept` is "" also where it is beyond what
    is fetched for one turn."""

    reader: str
    is_empty: bool
    kept: str

    def pieces(self) -> tuple[Piece, ...]:
        """Takes a while: not for the event loop."""
        return _decode(self.kept) if self.kept else ()


def kept_steps(tx: Tx, media_ids: Sequence[str]) -> dict[str, list[KeptStep]]:
    """What the steps of files have found so far, by file, as far as one turn may look at."""
    found: dict[str, list[KeptStep]] = {}
    if media_ids:
        for row in tx.all(_OF_TURN.where(MediaReading.media_id.in_(media_ids))):
            step = KeptStep(row.reader, row.size <= _EMPTY, row.pieces or "")
            found.setdefault(row.media_id, []).append(step)
    return found


def steps_of(tx: Tx, media_id: str) -> Sequence[Row[Any]]:
    """The steps of a file, in order; `pieces` is text."""
    return tx.all(_ALL.where(MediaReading.media_id == media_id))


def step_reading(row: Row[Any]) -> StepReading:
    """What a row of `steps_of` says. Takes a while: not for the event loop."""
    return StepReading(
        step=row.step,
        reader=row.reader,
        state=row.state,
        pieces=_decode(row.pieces) if row.pieces else (),
        language=row.language,
        pages=row.pages,
        seconds=row.seconds,
        unread=tuple(row.unread or ()),
        waveform=tuple(row.waveform or ()),
        error=row.error,
    )

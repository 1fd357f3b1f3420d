"""The log of a line: what its vendor reports beside messages and statuses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from recado.channels.port import Line
from recado.lines.model import LineEvent
from recado.store import Tx


def list_events(
    tx: Tx, line: Line, name: str = "", limit: int = 50, *, others: Collection[Line] = ()
) -> Sequence[Row[Any]]:
    """The newest first; `name` "": of every kind.

    `others` are the channel's lines, when this one does not say of which account it is: what is of
    none of them is taken for its own.
    """
    events = select(LineEvent.__table__).where(*_of(line, others))
    if name:
        events = events.where(LineEvent.name == name)
    return tx.all(events.order_by(LineEvent.id.desc()).limit(limit))


def event_names(tx: Tx, line: Line, *, others: Collection[Line] = ()) -> list[str]:
    """The kinds of events that the line has had; `others` as above."""
    names = select(LineEvent.name).distinct().where(*_of(line, others)).order_by(LineEvent.name)
    return [row.name for row in tx.all(names.limit(100))]


def _of(line: Line, others: Collection[Line]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    own = LineEvent.line_address.in_(_addresses(line))
    foreign = sorted({it for other in others if other.id != line.id for it in _addresses(other)})
    concerns = or_(own, LineEvent.line_address.not_in(foreign)) if others else own
    return LineEvent.channel == line.channel, concerns


def _addresses(line: Line) -> list[str]:
    # What concerns an account comes under the account's id, not the line's.
    accounts = (value for name, value in line.credentials.items() if name.endswith(("_id", "_sid")))
    return sorted({line.address, *accounts})

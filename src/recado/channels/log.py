"""The log of a line: what its vendor reports beside messages and statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from recado.channels.model import LineEvent
from recado.channels.port import Line
from recado.store import Tx


def list_events(tx: Tx, line: Line, name: str = "", limit: int = 50) -> Sequence[Row[Any]]:
    """The newest first; `name` "": of every kind."""
    events = select(LineEvent.__table__).where(*_of(line))
    if name:
        events = events.where(LineEvent.name == name)
    return tx.all(events.order_by(LineEvent.id.desc()).limit(limit))


def event_names(tx: Tx, line: Line) -> list[str]:
    """The kinds of events that the line has had."""
    names = select(LineEvent.name).distinct().where(*_of(line)).order_by(LineEvent.name)
    return [row.name for row in tx.all(names.limit(100))]


def _of(line: Line) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    # What concerns an account comes under the account's id, not the line's.
    accounts = (value for name, value in line.credentials.items() if name.endswith(("_id", "_sid")))
    addresses = sorted({line.address, *accounts})
    return LineEvent.channel == line.channel, LineEvent.line_address.in_(addresses)

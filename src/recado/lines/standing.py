"""How a line stands with its vendor: what it last told, when it last came, what was refused.

The notes are for people who look for a fault. Messages never wait for them: they are written
aside, at most once a minute per line or channel, and lost when the store is down.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import msgspec
import structlog
from sqlalchemy import select, update

from recado.errors import RecadoError
from recado.lines.model import LineRow
from recado.store import Store, Tx, now

#: Between two notes of the same kind.
NOTE_SECONDS = 60.0
_LONGEST_REASON = 500

log = structlog.get_logger(__name__)


class Refusal(msgspec.Struct, frozen=True):
    """The newest webhook of the line's channel that was not let in, and why."""

    at: float
    reason: str


class Standing(msgspec.Struct, frozen=True):
    """`state` is what the vendor last told (number, quality, limits, connection)."""

    state: dict[str, Any] = {}
    last_webhook_at: float | None = None
    last_refusal: Refusal | None = None

    @property
    def is_refused(self) -> bool:
        """Was the last thing that came for it refused?"""
        if self.last_refusal is None:
            return False
        return self.last_webhook_at is None or self.last_refusal.at > self.last_webhook_at


def list_standings(tx: Tx) -> dict[str, Standing]:
    """Of every line, by its id."""
    rows = tx.all(select(LineRow.id, LineRow.state, LineRow.last_webhook_at, LineRow.last_refusal))
    return {
        row.id: Standing(
            state=row.state if isinstance(row.state, dict) else {},
            last_webhook_at=row.last_webhook_at,
            last_refusal=msgspec.convert(row.last_refusal, Refusal) if row.last_refusal else None,
        )
        for row in rows
    }


class Notes:
    """Writes them. Its methods return at once and raise nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: dict[str, float] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def heard(self, line_id: str) -> None:
        if self._is_due(f"line {line_id}"):
            self._write(update(LineRow).where(LineRow.id == line_id).values(last_webhook_at=now()))

    def refused(self, channel: str, reason: str) -> None:
        if self._is_due(f"channel {channel}"):
            refusal = {"at": now(), "reason": reason[:_LONGEST_REASON]}
            self._write(
                update(LineRow).where(LineRow.channel == channel).values(last_refusal=refusal)
            )

    async def close(self) -> None:
        """Wait for what is being written."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=NOTE_SECONDS)

    def _is_due(self, what: str) -> bool:
        moment = time.monotonic()
        if moment - self._noted.get(what, float("-inf")) < NOTE_SECONDS:
            return False
        self._noted[what] = moment
        return True

    def _write(self, statement: Any) -> None:
        def work(tx: Tx) -> None:
            tx.execute(statement)

        task = asyncio.get_running_loop().create_task(_quietly(self._store.write(work)))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


async def _quietly(writing: Awaitable[None]) -> None:
    try:
        await writing
    except RecadoError as error:
        log.debug("line.not_noted", error=error.detail)


def set_state(tx: Tx, line_id: str, key: str, value: Any) -> None:
    """Set one part of what is known of a line, and leave the others; None removes it."""
    tx.lock(f"line-state/{line_id}")
    state = tx.scalar(select(LineRow.state).where(LineRow.id == line_id))
    known = {**state} if isinstance(state, dict) else {}
    if known.get(key) == value:
        return
    known[key] = value
    if value is None:
        del known[key]
    tx.execute(update(LineRow).where(LineRow.id == line_id).values(state=known))

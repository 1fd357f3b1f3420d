"""Dead letters: what could not be processed, with its cause, until somebody deals with it.

Every engine records them in the database, in the transaction that gives the job up. A person (or
`recado dead-letters`) then replays or drops each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, func, insert, select, tuple_, update

from recado.errors import Conflict, NotFound
from recado.observability.carried import bare_trace_id
from recado.queue.model import DeadLetterRow
from recado.queue.port import Delivery, NewJob, Queue
from recado.store import Store, Tx, new_id, now
from recado.store.paging import Page, decode_cursor, encode_cursor

#: How many are replayed in one transaction.
REPLAY_BATCH = 100

_ORDER = tuple_(DeadLetterRow.created_at, DeadLetterRow.id)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`state` is open, replayed or dropped; `closed_at` is when it stopped being open."""

    id: str
    queue: str
    lane: str
    body: bytes
    cause: str
    receives: int
    trace_id: str
    conversation_id: str | None
    state: str
    created_at: float
    closed_at: float | None

    @property
    def text(self) -> str:
        """The body as a person may read it, on a page or in a terminal."""
        return readable(self.body)


class DeadLetters:
    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue

    async def list(
        self, state: str | None = "open", limit: int = 50, cursor: str | None = None
    ) -> Page[DeadLetter]:
        """Those in `state` (None: in any), newest first, `limit` at a time.

        Raises BadRequest: the cursor is not one that an earlier page gave.
        """
        query = select(DeadLetterRow.__table__).order_by(
            DeadLetterRow.created_at.desc(), DeadLetterRow.id.desc()
        )
        if state is not None:
            query = query.where(DeadLetterRow.state == state)
        if cursor is not None:
            query = query.where(decode_cursor(cursor, float, str) > _ORDER)
        rows = await self._store.read(lambda tx: tx.all(query.limit(limit + 1)))
        items = [_letter(row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(items, encode_cursor(items[-1].created_at, items[-1].id) if more else None)

    async def get(self, id: str) -> DeadLetter:
        """Raises NotFound."""
        row = await self._store.read(lambda tx: tx.first(_by_id(id)))
        if row is None:
            raise _not_found(id)
        return _letter(row)

    async def count_open(self) -> int:
        query = select(func.count()).where(DeadLetterRow.state == "open")
        count: int = await self._store.read(lambda tx: tx.scalar(query))
        return count

    async def replay(self, id: str) -> None:
        """Put the job back at the end of its lane, as a new one. Whoever does so at the same time
        is refused. Raises NotFound; Conflict: it is not open any more."""

        def work(tx: Tx) -> None:
            self._publish(tx, [_close(tx, id, "replayed")])

        await self._store.write(work)

    async def drop(self, id: str) -> None:
        """Give the job up. Raises NotFound; Conflict: it is not open any more."""
        await self._store.write(lambda tx: _close(tx, id, "dropped"))

    async def replay_all(self, queue: str | None = None) -> int:
        """Replay all that are open now (of one queue), oldest first. Returns how many.

        Those that die again meanwhile are not replayed again.
        """
        newest = select(DeadLetterRow.created_at, DeadLetterRow.id).where(*_open(queue))
        newest = newest.order_by(DeadLetterRow.created_at.desc(), DeadLetterRow.id.desc()).limit(1)
        last = await self._store.read(lambda tx: tx.first(newest))
        if last is None:
            return 0
        replayed = 0
        while count := await self._store.write(
            lambda tx: self._replay_some(tx, [*_open(queue), tuple(last) >= _ORDER])
        ):
            replayed += count
        return replayed

    def _replay_some(self, tx: Tx, which: Sequence[ColumnElement[bool]]) -> int:
        oldest = select(DeadLetterRow.id).where(*which)
        oldest = oldest.order_by(DeadLetterRow.created_at, DeadLetterRow.id).limit(REPLAY_BATCH)
        if tx.dialect == "postgresql":
            oldest = oldest.with_for_update(skip_locked=True)  # somebody else replays those
        letters = [_close(tx, row.id, "replayed") for row in tx.all(oldest)]
        self._publish(tx, letters)
        return len(letters)

    def _publish(self, tx: Tx, letters: Sequence[DeadLetter]) -> None:
        self._queue.publish_in(
            tx,
            [
                NewJob(queue=it.queue, lane=it.lane, body=it.body, trace_id=it.trace_id)
                for it in letters
            ],
        )


def record_in(
    tx: Tx,
    *,
    queue: str,
    lane: str,
    body: bytes,
    cause: str,
    receives: int = 0,
    trace_id: str = "",
    conversation_id: str | None = None,
) -> str:
    """Record a dead letter with the caller's transaction; returns its id.

    `queue` and `lane` are where a replay publishes `body`. For what never was a job, too, such as
    a signed webhook that nobody can parse.
    """
    id = new_id()
    values = {
        "id": id,
        "queue": queue,
        "lane": lane,
        "body": body,
        "cause": cause,
        "receives": receives,
        "trace_id": bare_trace_id(trace_id),
        "conversation_id": conversation_id,
        "state": "open",
        "created_at": now(),
        "closed_at": None,
    }
    tx.execute(insert(DeadLetterRow), values)
    return id


def add_dead_letter(
    tx: Tx, delivery: Delivery, cause: str, *, conversation_id: str | None = None
) -> str:
    """Record a job as a dead letter; returns its id. For the queue's engines."""
    return record_in(
        tx,
        queue=delivery.queue,
        lane=delivery.lane,
        body=delivery.body,
        cause=cause,
        receives=delivery.receives,
        trace_id=delivery.trace_id,
        conversation_id=conversation_id,
    )


def readable(body: bytes) -> str:
    """`body` for human eyes: JSON indented, other text as it is, what cannot be shown escaped.

    Control characters are escaped, so that a hostile body cannot steer a terminal.
    """
    try:
        text = msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode("utf-8", "backslashreplace")
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character in "\n\t\u200d":  # a joiner holds emoji together
        return character
    return character.encode("unicode_escape").decode()


def _open(queue: str | None) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [DeadLetterRow.state == "open"]
    if queue is not None:
        which.append(DeadLetterRow.queue == queue)
    return which


def _by_id(id: str) -> Any:
    return select(DeadLetterRow.__table__).where(DeadLetterRow.id == id)


def _close(tx: Tx, id: str, state: str) -> DeadLetter:
    """Change an open one's state; of two at once, one is refused."""
    row = tx.first(
        update(DeadLetterRow)
        .where(DeadLetterRow.id == id, DeadLetterRow.state == "open")
        .values(state=state, closed_at=now())
        .returning(*DeadLetterRow.__table__.columns)
    )
    if row is not None:
        return _letter(row)
    found = tx.first(_by_id(id))
    if found is None:
        raise _not_found(id)
    raise Conflict(f"Dead letter {id} is {found.state} already.")


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(**{**row._mapping, "body": bytes(row.body)})


def _not_found(id: str) -> NotFound:
    return NotFound(f"There is no dead letter {id}.")

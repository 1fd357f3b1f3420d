"""Dead letters: what could not be processed, with its cause, until somebody deals with it.

Every engine records them in the database, in the transaction that gives the job up. A person (or
`recado dead-letters`) then replays or drops each.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, func, insert, select, tuple_, update

from recado.errors import Conflict, NotFound
from recado.observability.tracing import bare_trace_id
from recado.queue.model import DeadLetterRow
from recado.queue.port import Delivery, NewJob, Queue
from recado.store import Store, Tx, new_id, now
from recado.store.paging import Page, decode_cursor, make_page

#: How many are replayed in one transaction.
REPLAY_BATCH = 100
#: Whoever replays many holds this lock: of two at once, none passes letters that the other has in
#: hand, so each lane's jobs come back in the order in which they died.
_REPLAYING = "dead letters replayed"
#: Where a replay of all begins.
BEGINNING = (0.0, "")

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
    def place(self) -> tuple[float, str]:
        """Where it stands in the order in which they died."""
        return self.created_at, self.id

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
        scope = ("dead letters", state)
        if state is not None:
            query = query.where(DeadLetterRow.state == state)
        if cursor is not None:
            query = query.where(decode_cursor(cursor, scope, float, str) > _ORDER)
        rows = await self._store.read(lambda tx: tx.all(query.limit(limit + 1)))
        return make_page(rows, limit, scope, key=lambda row: (row.created_at, row.id), view=_letter)

    async def get(self, id: str) -> DeadLetter:
        """Raises NotFound."""
        row = await self._store.read(lambda tx: tx.first(_by_id(id)))
        if row is None:
            raise _not_found(id)
        return _letter(row)

    async def count_open(self, most: int | None = None) -> int:
        """How many are open; with `most`, one more than that stands for more."""
        return await self._store.read(lambda tx: count_open(tx, most=most))

    async def replay(self, id: str) -> None:
        """Put the job back at the end of its lane, as a new one. Whoever does so at the same time
        is refused. Raises NotFound; Conflict: it is not open any more."""

        def work(tx: Tx) -> None:
            tx.lock(_REPLAYING)
            _publish(tx, self._queue, [_close(tx, id, "replayed")])

        await self._store.write(work)

    async def replay_these(self, ids: Sequence[str]) -> int:
        """Replay those of a page, in the order in which they died, in one transaction; returns how
        many. Who is not open any more is left alone."""
        return await self._store.write(
            lambda tx: len(_replay(tx, self._queue, DeadLetterRow.id.in_(ids)))
        )

    async def drop(self, id: str) -> None:
        """Give the job up. Raises NotFound; Conflict: it is not open any more."""

        def work(tx: Tx) -> None:
            tx.lock(_REPLAYING)
            _close(tx, id, "dropped")

        await self._store.write(work)

    async def replay_all(self, queue: str | None = None) -> AsyncIterator[Progress]:
        """Replay all that are open now (of one queue), oldest first: says first how many those
        are, then after each slice how far it is. Between two it may be left, or killed: each slice
        is a transaction of its own.

        Those that die again meanwhile are not replayed again.
        """
        reach = await self._store.read(lambda tx: reach_of(tx, queue))
        replayed, after = 0, BEGINNING
        yield Progress(0, reach.count)
        while reach.count:
            letters = await self._store.write(
                partial(replay_slice, queue=self._queue, reach=reach, after=after)
            )
            replayed += len(letters)
            if not letters:
                yield Progress(replayed, 0)
                return
            after = letters[-1].place
            yield Progress(replayed, max(0, reach.count - replayed))


@dataclass(frozen=True, slots=True)
class Progress:
    replayed: int
    left: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What a replay of all takes: those of `queue` (None: of all) up to the newest of that time;
    `count` is how many those were."""

    queue: str | None
    until: tuple[float, str]
    count: int


def reach_of(tx: Tx, queue: str | None) -> Reach:
    """All that are open now."""
    newest = select(DeadLetterRow.created_at, DeadLetterRow.id).where(*_open(queue))
    newest = newest.order_by(DeadLetterRow.created_at.desc(), DeadLetterRow.id.desc()).limit(1)
    last = tx.first(newest)
    if last is None:
        return Reach(queue, BEGINNING, 0)
    return Reach(queue, (last.created_at, last.id), count_open(tx, queue))


def count_open(tx: Tx, queue: str | None = None, *, most: int | None = None) -> int:
    """With `most`, no more than one beyond that are looked at."""
    which = select(DeadLetterRow.created_at).where(*_open(queue))
    if most is not None:
        which = which.limit(most + 1)
    count: int = tx.scalar(select(func.count()).select_from(which.subquery()))
    return count


def replay_slice(
    tx: Tx, *, queue: Queue, reach: Reach, after: tuple[float, str]
) -> Sequence[DeadLetter]:
    """Replay the first REPLAY_BATCH of `reach` that come after that place; returns them in order,
    none if there are no more."""
    oldest = select(DeadLetterRow.id).where(*_open(reach.queue))
    # Else each slice would begin by passing over what the ones before it have closed.
    oldest = oldest.where(after < _ORDER, reach.until >= _ORDER)
    oldest = oldest.order_by(DeadLetterRow.created_at, DeadLetterRow.id).limit(REPLAY_BATCH)
    return _replay(tx, queue, DeadLetterRow.id.in_(oldest))


def _replay(tx: Tx, queue: Queue, which: ColumnElement[bool]) -> Sequence[DeadLetter]:
    tx.lock(_REPLAYING)
    closed = update(DeadLetterRow).where(which, DeadLetterRow.state == "open")
    closed = closed.values(state="replayed", closed_at=now())
    rows = tx.all(closed.returning(*DeadLetterRow.__table__.columns))
    letters = sorted(map(_letter, rows), key=lambda letter: letter.place)
    _publish(tx, queue, letters)
    return letters


def _publish(tx: Tx, queue: Queue, letters: Sequence[DeadLetter]) -> None:
    jobs = [
        NewJob(queue=it.queue, lane=it.lane, body=it.body, trace_id=it.trace_id) for it in letters
    ]
    queue.publish_in(tx, jobs)


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

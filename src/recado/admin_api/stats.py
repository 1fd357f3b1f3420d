"""`GET /api/v1/stats`: how many there are of everything, in one answer."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
from fastapi import APIRouter, Request
from sqlalchemy import func, select
from starlette.responses import Response

from recado.conversations.model import STATES, Conversation, Message
from recado.escalation.model import Escalation
from recado.http.answers import answers, json_response
from recado.queue.model import DeadLetterRow
from recado.queue.port import Queue
from recado.store import Store, Tx, now

router = APIRouter(tags=["operations"])

#: Counting all messages reads the whole table: an answer is given again for so many times as
#: long as it took, so that whoever asks all the time keeps a reader busy for a tenth of it.
REST_FACTOR = 9.0

STATUSES = ("received", "queued", "sent", "delivered", "read", "failed", "unknown")
ESCALATION_STATES = ("open", "taken", "closed")


class MessageCounts(msgspec.Struct, frozen=True):
    total: int
    by_direction: dict[str, int]
    by_status: dict[str, int]


class QueueCounts(msgspec.Struct, frozen=True):
    waiting: int
    leased: int
    oldest_seconds: float


class StatsView(msgspec.Struct, frozen=True):
    """Counts over all time, and of what waits now. `dead_letters` are the open ones."""

    messages: MessageCounts
    conversations: dict[str, int]
    escalations: dict[str, int]
    queues: dict[str, QueueCounts]
    queue_depth: int
    dead_letters: int
    counted_at: float


class Stats:
    """Counts, not more often than the database bears."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue
        self._last: _Counts | None = None
        self._good_until = 0.0

    async def read(self) -> StatsView:
        """Raises ServiceUnavailable."""
        if self._last is None or time.monotonic() >= self._good_until:
            started = time.monotonic()
            self._last = await self._store.read(_count)
            ended = time.monotonic()
            self._good_until = ended + REST_FACTOR * (ended - started)
        last = self._last
        depths = await self._queue.depth()
        queues = {
            name: QueueCounts(depth.waiting, depth.leased, round(depth.oldest_seconds, 3))
            for name, depth in sorted(depths.items())
        }
        return StatsView(
            messages=last.messages,
            conversations=last.conversations,
            escalations=last.escalations,
            queues=queues,
            queue_depth=sum(counts.waiting + counts.leased for counts in queues.values()),
            dead_letters=last.dead_letters,
            counted_at=last.counted_at,
        )


@router.get("/stats", summary="Count everything", responses=answers(StatsView))
async def read_stats(request: Request) -> Response:
    """By direction, status and state; how deep each queue is; how many dead letters are open."""
    stats: Stats = request.app.state.stats
    return json_response(await stats.read())


class _Counts(msgspec.Struct, frozen=True):
    messages: MessageCounts
    conversations: dict[str, int]
    escalations: dict[str, int]
    dead_letters: int
    counted_at: float


def _count(tx: Tx) -> _Counts:
    counted_at = now()
    number = func.count().label("number")
    grouped = select(Message.direction, Message.status, number)
    rows = tx.all(grouped.group_by(Message.direction, Message.status))
    states = select(Conversation.state.label("name"), number)
    live = states.where(Conversation.deleted_at.is_(None)).group_by(Conversation.state)
    escalations = select(Escalation.state.label("name"), number).group_by(Escalation.state)
    letters = select(func.count()).where(DeadLetterRow.state == "open")
    return _Counts(
        messages=MessageCounts(
            total=sum(row.number for row in rows),
            by_direction=_sums(
                ("inbound", "outbound"), [(row.direction, row.number) for row in rows]
            ),
            by_status=_sums(STATUSES, [(row.status, row.number) for row in rows]),
        ),
        conversations=_sums(STATES, [(row.name, row.number) for row in tx.all(live)]),
        escalations=_sums(
            ESCALATION_STATES, [(row.name, row.number) for row in tx.all(escalations)]
        ),
        dead_letters=tx.scalar(letters),
        counted_at=counted_at,
    )


def _sums(names: Sequence[str], counted: list[tuple[str, int]]) -> dict[str, int]:
    """Sums by name; each of `names` is there, be it with 0."""
    sums = dict.fromkeys(names, 0)
    for name, number in counted:
        sums[name] = sums.get(name, 0) + number
    return sums

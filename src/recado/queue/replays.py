"""Replays of many dead letters, in the background.

Asking for one writes a row and is answered at once. Whoever hosts `maintenance` does the work in
slices, each with the row's progress in one transaction: a process that is killed leaves the rest to
the next, and nothing is replayed twice. Slices of several processes go one after the other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, insert, select, update

from recado.errors import NotFound, RecadoError
from recado.queue.dead_letters import BEGINNING, Reach, reach_of, replay_slice
from recado.queue.model import ReplayRow
from recado.queue.port import Queue
from recado.runtime import Runtime
from recado.store import Store, Tx, new_id, now

log = structlog.get_logger(__name__)

#: How soon a replay begins that was asked for.
LOOK_SECONDS = 1.0

_OLDEST = (
    select(ReplayRow.__table__)
    .where(ReplayRow.finished_at.is_(None))
    .order_by(ReplayRow.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Replay:
    """`total` is how many were open when it was asked for; who was dropped or replayed by somebody
    else meanwhile is neither `replayed` nor, in the end, `left`."""

    id: str
    queue: str | None
    total: int
    replayed: int
    created_at: float
    finished_at: float | None

    @property
    def left(self) -> int:
        return 0 if self.finished_at is not None else max(0, self.total - self.replayed)


class Replays:
    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue

    async def get(self, id: str) -> Replay:
        """Raises NotFound."""
        by_id = select(ReplayRow.__table__).where(ReplayRow.id == id)
        row = await self._store.read(lambda tx: tx.first(by_id), brief=True)
        if row is None:
            raise NotFound(f"There is no replay {id}.")
        return _replay(row)

    async def current(self) -> Replay | None:
        """The one that is under way, if one is."""
        row = await self._store.read(lambda tx: tx.first(_OLDEST), brief=True)
        return None if row is None else _replay(row)

    async def step(self) -> bool:
        """Replay one slice of the oldest that is not finished. Returns False if there is
        none."""
        if await self._store.read(lambda tx: tx.first(_OLDEST), brief=True) is None:
            return False
        return await self._store.write(self._step)

    def _step(self, tx: Tx) -> bool:
        row = tx.first(_OLDEST.with_for_update())
        if row is None:
            return False
        reach = Reach(row.queue, (row.until_time, row.until_id), row.total)
        letters = replay_slice(tx, queue=self._queue, reach=reach, after=(row.at_time, row.at_id))
        changed: dict[str, Any] = {"replayed": row.replayed + len(letters)}
        if letters:
            changed["at_time"], changed["at_id"] = letters[-1].place
        else:
            changed["finished_at"] = now()
        tx.execute(update(ReplayRow).where(ReplayRow.id == row.id).values(changed))
        return True


def begin_in(tx: Tx, queue: str | None = None) -> Replay:
    """Ask for a replay of all that are open now (of one queue), with the caller's transaction."""
    reach, moment = reach_of(tx, queue), now()
    replay = Replay(new_id(), queue, reach.count, 0, moment, None if reach.count else moment)
    values = {
        "id": replay.id,
        "queue": queue,
        "until_time": reach.until[0],
        "until_id": reach.until[1],
        "at_time": BEGINNING[0],
        "at_id": BEGINNING[1],
        "total": replay.total,
        "replayed": 0,
        "created_at": moment,
        "finished_at": replay.finished_at,
    }
    tx.execute(insert(ReplayRow), values)
    return replay


async def keep_replaying(runtime: Runtime) -> None:
    """Runs beside the other work of a process that hosts `maintenance`, until it is cancelled."""
    replays = Replays(runtime.store, runtime.queue)
    while True:
        try:
            while await replays.step():
                pass
        except RecadoError as error:
            log.warning("a replay of dead letters waits", error=str(error))
        await asyncio.sleep(LOOK_SECONDS)


def _replay(row: Row[Any]) -> Replay:
    return Replay(
        id=row.id,
        queue=row.queue,
        total=row.total,
        replayed=row.replayed,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )

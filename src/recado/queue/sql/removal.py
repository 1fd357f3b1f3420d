"""Taking jobs that are done out of the SQL queue's table, so that their lanes go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Row

from recado.queue.port import Delivery
from recado.queue.statements import PROMOTE, REMOVE, REMOVE_AND_PROMOTE, lane_keys, locking_first
from recado.store import Store, Tx


def remove(tx: Tx, deliveries: Sequence[Delivery]) -> dict[str, bool]:
    """Remove those whose leases are still theirs. Returns their ids, and whether another job of the
    lane can be received now."""
    if tx.dialect == "postgresql":
        return _removed(tx.all(REMOVE_AND_PROMOTE, _runs(deliveries)))
    tried = {delivery.id: _remove_one(tx, delivery) for delivery in deliveries}
    return {id: promoted for id, promoted in tried.items() if promoted is not None}


async def remove_alone(store: Store, deliveries: Sequence[Delivery]) -> dict[str, bool]:
    """As `remove`, for PostgreSQL, as a transaction of its own in one round trip."""
    return _removed(await store.run(REMOVE_AND_PROMOTE, _runs(deliveries)))


@contextmanager
def in_lanes(tx: Tx, lanes: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Hold these lanes (queue and lane) while jobs are taken out of them, as the queue itself does;
    each goes on with what is left in it. Yields them without repetition."""
    held = sorted(set(lanes))
    for key in lane_keys(held):
        tx.lock(key)
    yield held
    for queue, lane in held:
        tx.execute(PROMOTE, {"queue": queue, "lane": lane})


def _runs(deliveries: Sequence[Delivery]) -> list[dict[str, Any]]:
    """The runs of REMOVE_AND_PROMOTE: to lock the lanes, and to remove each."""
    lanes = lane_keys((delivery.queue, delivery.lane) for delivery in deliveries)
    runs = [{"seq": int(delivery.id), "lease": delivery.lease} for delivery in deliveries]
    return locking_first(lanes, runs)


def _removed(rows: Sequence[Row[Any]]) -> dict[str, bool]:
    return {str(row.seq): row.promoted > 0 for row in rows}


def _remove_one(tx: Tx, delivery: Delivery) -> bool | None:
    """Remove a job that is done. Returns whether another job heads its lane now, and None if the
    job was not ours any more: its lease had ended."""
    mine = {"seq": int(delivery.id), "lease": delivery.lease}
    if tx.execute(REMOVE, mine).rowcount != 1:
        return None
    return tx.execute(PROMOTE, {"queue": delivery.queue, "lane": delivery.lane}).rowcount > 0

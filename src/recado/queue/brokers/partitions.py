"""Who hands out which partition of a broker's queue: leases in the store.

Every process that receives from a queue has its share of the queue's partitions. It keeps them by
renewing their leases; those of a dead process are free when they end. Handing jobs out records
their counts under the condition that the partition is still ours: whoever has lost it cannot.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import bindparam, delete, func, or_, select, text, update

from recado.queue.brokers.lanes import Counts
from recado.queue.model import ConsumerRow, PartitionRow
from recado.store import Store, Tx
from recado.store.prepared import prepare

#: How long a partition stays its owner's without a sign of life.
OWNED_SECONDS = 10.0

_ROWS = select(PartitionRow.number, PartitionRow.owner, PartitionRow.owned_until).where(
    PartitionRow.queue == bindparam("of")
)
_RENEW = (
    update(PartitionRow.__table__)  # type: ignore[arg-type]
    .where(
        PartitionRow.queue == bindparam("of"),
        PartitionRow.number == bindparam("at"),
        PartitionRow.owner == bindparam("by"),
    )
    .values(
        owned_until=bindparam("until"),
        waiting=bindparam("waits"),
        leased=bindparam("held"),
        oldest_at=bindparam("oldest"),
    )
)
_RECORD = prepare(
    text(
        "UPDATE queue_partition SET counts = :counts, waiting = :waiting, leased = :leased,"
        " oldest_at = :oldest_at WHERE queue = :queue AND number = :number AND owner = :owner"
        " RETURNING number"
    )
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Counts]).decode


@dataclass(frozen=True, slots=True)
class Held:
    """What an owner has of one of its partitions in its hands: `waiting`, `leased` and `oldest_at`
    for everybody's metrics, `counts` for its successor."""

    waiting: int
    leased: int
    oldest_at: float | None
    counts: Sequence[Counts] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """`mine` are still ours, `claimed` are newly ours, with what their jobs have been through;
    `share` is how many would be fair."""

    mine: set[int]
    claimed: dict[int, list[Counts]]
    share: int


def keep(
    tx: Tx,
    queue: str,
    owner: str,
    partitions: int,
    held: Mapping[int, Held],
    *,
    active: bool,
    may_claim: bool = True,
    may_take_over: bool,
    now: float,
) -> Kept:
    """Renew what we hold and, when `active` and if we `may_claim`, claim free partitions up to our
    share.

    `may_take_over` allows those whose owner let its lease end, besides those given up.
    """
    until = now + OWNED_SECONDS
    share = _share(tx, queue, owner, partitions, active=active, now=now)
    if held:
        tx.execute(
            _RENEW,
            [
                {
                    "of": queue,
                    "at": number,
                    "by": owner,
                    "until": until,
                    "waits": it.waiting,
                    "held": it.leased,
                    "oldest": it.oldest_at,
                }
                for number, it in sorted(held.items())
            ],
        )
    rows = tx.all(_ROWS, {"of": queue})
    if active and len(rows) < partitions:
        _add_missing(tx, queue, partitions)
        rows = tx.all(_ROWS, {"of": queue})
    mine = {row.number for row in rows if row.owner == owner} & set(held)
    free = [
        row.number
        for row in rows
        # Ours but not in our hands: claimed by a commit whose answer was lost.
        if row.owner in {None, owner} or (may_take_over and row.owned_until < now)
        if row.number not in mine
    ]
    lacking = max(0, min(len(free), share - len(mine))) if may_claim else 0
    wanted = sorted(random.sample(free, lacking))
    claimed = {}
    for number in wanted:
        counts = _claim(tx, queue, number, owner, until=until, now=now)
        if counts is not None:
            claimed[number] = counts
    return Kept(mine, claimed, share)


async def record(store: Store, queue: str, owner: str, held: Mapping[int, Held]) -> set[int]:
    """Make the state of some partitions durable. Returns those that are still ours."""
    return {row.number for row in await store.run(_RECORD, _records(queue, owner, held))}


def _records(queue: str, owner: str, held: Mapping[int, Held]) -> list[dict[str, object]]:
    return [
        {
            "queue": queue,
            "owner": owner,
            "number": number,
            "counts": _encode(its.counts),
            "waiting": its.waiting,
            "leased": its.leased,
            "oldest_at": its.oldest_at,
        }
        for number, its in sorted(held.items())
    ]


def release(tx: Tx, queue: str, owner: str, held: Mapping[int, Held]) -> None:
    """Give partitions up to whoever wants them."""
    mine = {row.number for row in tx.all(_RECORD, _records(queue, owner, held))}
    tx.execute(
        update(PartitionRow)
        .where(PartitionRow.queue == queue, PartitionRow.owner == owner)
        .where(PartitionRow.number.in_(mine))
        .values(owner=None, leased=0)
    )


def leave(tx: Tx, owner: str) -> None:
    """This process receives no more."""
    tx.execute(delete(ConsumerRow).where(ConsumerRow.owner == owner))


def owns(tx: Tx, queue: str, number: int, owner: str) -> bool:
    """Whether the partition is still ours; then it stays so until the transaction ends."""
    query = select(PartitionRow.owner).with_for_update(read=True)
    row = tx.first(query.where(PartitionRow.queue == queue, PartitionRow.number == number))
    return row is not None and row.owner == owner


def recover(tx: Tx, node: str, owner: str) -> int:
    """Free what dead processes of `node` still own. What they had in hand counts as a death, not
    as a receive. Returns how many jobs that were."""
    theirs = PartitionRow.owner.startswith(f"{node}:", autoescape=True)
    query = select(PartitionRow.queue, PartitionRow.number, PartitionRow.counts)
    freed = 0
    for row in tx.all(query.where(theirs, PartitionRow.owner != owner)):
        counts = _decode(bytes(row.counts))
        for it in counts:
            if it.leased:
                it.receives, it.deaths, it.leased = it.receives - 1, it.deaths + 1, False
                freed += 1
        tx.execute(
            update(PartitionRow)
            .where(PartitionRow.queue == row.queue, PartitionRow.number == row.number)
            .values(owner=None, counts=_encode(counts), leased=0)
        )
    former = ConsumerRow.owner.startswith(f"{node}:", autoescape=True)
    tx.execute(delete(ConsumerRow).where(former, ConsumerRow.owner != owner))
    return freed


def held_by_others(tx: Tx, owner: str) -> dict[str, Held]:
    """By queue, what is in the hands of other processes, as they last told."""
    rows = tx.all(
        select(
            PartitionRow.queue,
            func.sum(PartitionRow.waiting).label("waiting"),
            func.sum(PartitionRow.leased).label("leased"),
            func.min(PartitionRow.oldest_at).label("oldest_at"),
        )
        .where(PartitionRow.owner.is_not(None), PartitionRow.owner != owner)
        .group_by(PartitionRow.queue)
    )
    return {row.queue: Held(int(row.waiting), int(row.leased), row.oldest_at) for row in rows}


def known_queues(tx: Tx) -> Collection[str]:
    return [row.queue for row in tx.all(select(PartitionRow.queue).distinct())]


def _share(tx: Tx, queue: str, owner: str, partitions: int, *, active: bool, now: float) -> int:
    if not active:
        tx.execute(
            delete(ConsumerRow).where(ConsumerRow.queue == queue, ConsumerRow.owner == owner)
        )
        return 0
    until = now + OWNED_SECONDS
    row = {"queue": queue, "owner": owner, "alive_until": until}
    tx.execute(
        tx.insert(ConsumerRow).on_conflict_do_update(
            index_elements=["queue", "owner"], set_={"alive_until": until}
        ),
        row,
    )
    tx.execute(delete(ConsumerRow).where(ConsumerRow.alive_until < now - 10 * OWNED_SECONDS))
    alive = tx.scalar(
        select(func.count())
        .select_from(ConsumerRow)
        .where(ConsumerRow.queue == queue, ConsumerRow.alive_until > now)
    )
    return -(-partitions // int(alive))


def _add_missing(tx: Tx, queue: str, partitions: int) -> None:
    fresh = {"owner": None, "owned_until": 0.0, "counts": b"[]", "waiting": 0, "leased": 0}
    rows = [{"queue": queue, "number": n, "oldest_at": None, **fresh} for n in range(partitions)]
    tx.execute(tx.insert(PartitionRow).on_conflict_do_nothing(), rows)


def _claim(
    tx: Tx, queue: str, number: int, owner: str, *, until: float, now: float
) -> list[Counts] | None:
    ours = PartitionRow.owner == owner
    row = tx.first(
        update(PartitionRow)
        .where(PartitionRow.queue == queue, PartitionRow.number == number)
        .where(or_(PartitionRow.owner.is_(None), ours, PartitionRow.owned_until < now))
        .values(owner=owner, owned_until=until, leased=0)
        .returning(PartitionRow.counts)
    )
    return None if row is None else _decode(bytes(row.counts))

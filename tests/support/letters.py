"""Many dead letters at once."""

from __future__ import annotations

from sqlalchemy import insert, select

from recado.queue.model import DeadLetterRow, JobRow
from recado.store import Store, Tx, new_id


async def bury(store: Store, count: int, *, lanes: int = 20, queue: str = "work") -> None:
    """Letters whose bodies are their numbers, in the order in which they died; several have died in
    the same instant."""

    def work(tx: Tx) -> None:
        rows = [
            {
                "id": new_id(),
                "queue": queue,
                "lane": f"lane-{number % lanes}",
                "body": b"%d" % number,
                "cause": "because",
                "receives": 3,
                "trace_id": "",
                "conversation_id": None,
                "state": "open",
                "created_at": 1_790_000_000.0 + number // 7,
                "closed_at": None,
            }
            for number in range(count)
        ]
        tx.execute(insert(DeadLetterRow), rows)

    await store.write(work)


async def published(store: Store, queue: str = "work") -> dict[str, list[int]]:
    """The numbers in the SQL queue, by lane, in their order."""
    query = select(JobRow.lane, JobRow.body).where(JobRow.queue == queue).order_by(JobRow.seq)
    found: dict[str, list[int]] = {}
    for row in await store.read(lambda tx: tx.all(query)):
        found.setdefault(row.lane, []).append(int(row.body))
    return found


def in_order(count: int, *, lanes: int = 20) -> dict[str, list[int]]:
    """What `published` says once `count` letters are back, none twice and none overtaken."""
    return {f"lane-{lane}": list(range(lane, count, lanes)) for lane in range(lanes)}

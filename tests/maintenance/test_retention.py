"""What is past its time goes, however much of it there is; what is not stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from recado.lines.keeping import LINE_EVENT_DAYS
from recado.lines.model import LineEvent
from recado.maintenance.tasks import clean_up
from recado.queue.model import DeadLetterRow
from recado.runtime import Runtime
from recado.sending.keeping import EARLY_STATUS_DAYS
from recado.sending.model import EarlyStatus
from recado.store import Base, Tx, first_id, new_id, now
from recado.store.sweeping import BATCH
from tests.support.conversations import columns
from tests.support.runtime import make_runtime_on

DAY = 86_400.0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path) as runtime:
        yield runtime


def add(tx: Tx, table: type[Base], count: int, *, days_ago: float, **values: Any) -> None:
    at = now() - days_ago * DAY
    rows = [
        columns(table, id=first_id(at) + new_id()[12:], created_at=at, **values)
        for _ in range(count)
    ]
    tx.execute(insert(table), rows)


async def count(runtime: Runtime, table: type[Base]) -> int:
    query = select(func.count()).select_from(table)
    return int(await runtime.store.read(lambda tx: tx.scalar(query)))


async def test_what_is_past_its_time_goes_in_as_many_steps_as_it_takes(runtime: Runtime) -> None:
    def work(tx: Tx) -> None:
        add(tx, EarlyStatus, 2 * BATCH + 5, days_ago=EARLY_STATUS_DAYS + 1)
        add(tx, EarlyStatus, 3, days_ago=EARLY_STATUS_DAYS - 1)
        add(tx, LineEvent, 7, days_ago=LINE_EVENT_DAYS + 1)
        add(tx, LineEvent, 2, days_ago=LINE_EVENT_DAYS - 1)
        closed_at = now() - 40 * DAY
        closed: dict[str, Any] = {"state": "replayed", "closed_at": closed_at, "body": b""}
        add(tx, DeadLetterRow, BATCH + 1, days_ago=50, **closed)
        add(tx, DeadLetterRow, 4, days_ago=50, state="dropped", closed_at=now(), body=b"")
        add(tx, DeadLetterRow, 5, days_ago=50, state="open", body=b"")

    await runtime.store.write(work)
    done = await clean_up(runtime)
    assert done["statuses that no message claimed removed"] == 2 * BATCH + 5
    assert done["what vendors reported of lines removed"] == 7
    assert done["closed dead letters removed"] == BATCH + 1
    assert await count(runtime, EarlyStatus) == 3
    assert await count(runtime, LineEvent) == 2
    assert await count(runtime, DeadLetterRow) == 9
    assert not any((await clean_up(runtime)).values())

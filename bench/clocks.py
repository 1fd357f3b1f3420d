"""What the clocks of service levels cost: a hand-over, a message to a person, the leader's look.

A message that the assistant answers passes none of it; what a message to a person and a hand-over
pay is compared with the same transaction without it, in one run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.client import Timings
from bench.report import Report
from recado.conversations.messages import append_message
from recado.conversations.model import Conversation
from recado.escalation.clocks.levels import Level, ServiceLevels, write_levels
from recado.escalation.clocks.model import ServiceClock
from recado.escalation.clocks.running import settle_clocks, start_clocks
from recado.escalation.clocks.tending import tend_clocks
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from tests.support.conversations import add_conversation, add_line, columns
from tests.support.runtime import make_runtime

TIMES = 400
#: Hand-overs that are open, none of them due.
OPEN = 10_000


async def clocks(folder: Path, report: Report, times: int = TIMES) -> None:
    async with make_runtime(folder / "clocks") as runtime:
        ids = await runtime.store.write(lambda tx: _conversations(tx, 2))
        unused = await _written(runtime, times, lambda tx: _said(tx, ids[0]))
        report.add("a message to a person, without service levels", _figure(unused))
        none = await _written(runtime, times, lambda tx: _said_and_settled(tx, runtime, ids[0]))
        report.add("the same, looking for clocks that it does not have", _beside(none, unused))
        await runtime.store.write(lambda tx: _begin(tx, ids[1]))
        some = await _written(runtime, times, lambda tx: _said_and_settled(tx, runtime, ids[1]))
        report.add("the same, with two clocks that it brings up to date", _beside(some, unused))
        await runtime.store.write(_fill)
        looks = Timings()
        for _ in range(20):
            began = time.perf_counter()
            await tend_clocks(runtime)
            looks.latencies.append(time.perf_counter() - began)
        report.add(f"the leader's look, {OPEN:,} clocks and none due", _figure(looks))


async def _written(runtime: Runtime, times: int, work: Callable[[Tx], Any]) -> Timings:
    timings = Timings()
    for _ in range(times):
        began = time.perf_counter()
        await runtime.store.write(work)
        timings.latencies.append(time.perf_counter() - began)
    return timings


def _conversations(tx: Tx, count: int) -> list[str]:
    levels = ServiceLevels((Level(resolution_seconds=86_400.0),))
    write_levels(tx, levels, actor="api")
    line = add_line(tx, channel="web")
    return [add_conversation(tx, line, state="human") for _ in range(count)]


def _begin(tx: Tx, id: str) -> None:
    row = tx.first(Conversation.__table__.select().where(Conversation.id == id))
    assert row is not None
    start_clocks(tx, new_id(), row, department="", priority="normal", moment=now())


def _said(tx: Tx, id: str) -> None:
    said = {"direction": "inbound", "author": "contact", "type": "text", "text": "hola"}
    append_message(tx, id, **said, content={}, in_reply_to=[], status="received")


def _said_and_settled(tx: Tx, runtime: Runtime, id: str) -> None:
    _said(tx, id)
    settle_clocks(tx, runtime.metrics, id, now())


def _fill(tx: Tx) -> None:
    later = now() + 3600
    rows = [
        columns(ServiceClock, id=new_id(), conversation_id=new_id(), look_at=later)
        for _ in range(OPEN)
    ]
    tx.execute(insert(ServiceClock), rows)


def _figure(timings: Timings) -> str:
    return f"p50 {timings.percentile(0.5):.2f} ms, p95 {timings.percentile(0.95):.2f} ms"


def _beside(timings: Timings, plain: Timings) -> str:
    more = timings.percentile(0.5) - plain.percentile(0.5)
    return f"{_figure(timings)}; {more:+.2f} ms a message"

"""`python -m bench` (or `recado bench`, `make bench`): every figure in one run."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bench import bare
from bench.client import flood, trickle
from bench.pipeline import Chat, memory_mb, recado, requests
from tests.support.graph import GraphStub
from tests.support.process import free_port

FLOOD = 4_000
TRICKLE = 1_000
WHOLE_JOBS = 2_000
CONTACTS = 200
CONNECTIONS = 64


class Report:
    """Rows as they come, then one table."""

    def __init__(self) -> None:
        self._console = Console()
        self._rows: list[tuple[str, str, str]] = []

    def add(self, what: str, figure: str, beside: str = "") -> None:
        self._rows.append((what, figure, beside))
        self._console.print(f"[dim]{what}: {figure}")

    def show(self) -> None:
        table = Table(title="Recado, one machine, one run", title_justify="left")
        table.add_column("what")
        table.add_column("figure", justify="right")
        table.add_column("beside it")
        for row in self._rows:
            table.add_row(*row)
        self._console.print(table)


async def bare_limits(folder: Path, report: Report) -> tuple[float, float]:
    sync = bare.sync_times(folder)
    report.add(
        "disk: fdatasync of 4 KB, p50 / p99",
        f"{sync.percentile(0.5):.2f} / {sync.percentile(0.99):.2f} ms",
    )
    rows = bare.group_commit_rows(folder)
    report.add("SQLite, group commit of 200, full sync", f"{rows:,.0f} rows/s")
    port = free_port()
    url = f"http://127.0.0.1:{port}/webhooks/whatsapp"
    server = await bare.started_server(port)
    try:
        plain = await flood(url, requests(url, FLOOD, CONTACTS, run="bare"), CONNECTIONS)
    finally:
        server.terminate()
        await server.wait()
    report.add("Starlette, HMAC and parse, nothing stored", f"{plain.rate:,.0f} requests/s")
    return rows, plain.rate


async def acknowledged(folder: Path, report: Report, plain_rate: float, *services: str) -> None:
    """How many webhooks are made durable a second, and how fast each is at half of that."""
    async with GraphStub() as graph:
        process = recado(folder / "-".join(("acknowledged", *services)), graph, *services)
        await process.start()
        url = f"{process.url}/webhooks/whatsapp"
        try:
            # Prepared before the clock starts.
            full = await flood(url, requests(url, FLOOD, CONTACTS, run="full"), CONNECTIONS)
            await _drained(graph)
            half_rate = full.rate / 2
            prepared = requests(url, TRICKLE, CONTACTS, run="half")
            half = await trickle(url, prepared, half_rate, CONNECTIONS)
        finally:
            await process.kill()
    beside = "ingest alone" if services else "while the same process answers them"
    report.add(
        f"webhooks durably acknowledged, {beside}",
        f"{full.rate:,.0f} /s",
        f"{full.rate / plain_rate:.0%} of bare Starlette; refused {full.refused + half.refused}",
    )
    report.add(
        f"the same at half load ({half_rate:,.0f}/s), p50 / p99",
        f"{half.percentile(0.5):.1f} / {half.percentile(0.99):.1f} ms",
    )


async def whole_job(folder: Path, report: Report) -> None:
    async with GraphStub() as graph:
        process = recado(folder / "whole", graph)
        began = time.perf_counter()
        await process.start()
        report.add("start until ready", f"{time.perf_counter() - began:.2f} s", "goal: under 3 s")
        report.add("idle memory", f"{memory_mb(process):.0f} MB", "goal: under 200 MB")
        chat = Chat(process, graph)
        try:
            await chat.crowd(CONTACTS, CONTACTS, run="warm")
            idle = await chat.lone(100, run="idle")
            busy = await chat.crowd(CONTACTS, WHOLE_JOBS, run="busy")
            memory = memory_mb(process)
        finally:
            await process.kill()
    report.add(
        "webhook to the stub's receipt of the reply, idle system, p50 / p99",
        f"{idle.percentile(0.5):.1f} / {idle.percentile(0.99):.1f} ms",
        "embedded model, quiet 0",
    )
    report.add(
        f"whole jobs, {CONTACTS} contacts at once",
        f"{busy.rate:,.0f} messages/s",
        f"p50 {busy.percentile(0.5):.0f} ms, p99 {busy.percentile(0.99):.0f} ms",
    )
    report.add("memory after that", f"{memory:.0f} MB")


async def _drained(graph: GraphStub) -> None:
    """Wait until no reply has arrived for a second."""
    seen = -1
    while seen != len(graph.received):
        seen = len(graph.received)
        await asyncio.sleep(1.0)


async def main() -> None:
    report = Report()
    with bare.scratch() as name:
        folder = Path(name)
        _, plain_rate = await bare_limits(folder, report)
        await acknowledged(folder, report, plain_rate, "ingest")
        await acknowledged(folder, report, plain_rate)
        await whole_job(folder, report)
    report.show()


def run() -> int:
    uvloop.run(main())
    return 0


if __name__ == "__main__":
    sys.exit(run())

"""The parts of a run: each measures one question and adds its rows to the report."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import bare, machines
from bench.client import Timings, flood, trickle
from bench.clocks import clocks
from bench.desk import desk
from bench.pictures import pictures
from bench.pipeline import Chat, memory_mb, phone, recado, requests
from bench.report import Report, tail
from bench.rivals.processes import Rival, redis_answers
from bench.sound import sound
from bench.stored import fill
from bench.voices import voices
from tests.support.graph import GraphStub
from tests.support.process import RecadoProcess, free_port

FLOOD = 4_000
TRICKLE = 4_000
WHOLE_JOBS = 2_000
RIVAL_JOBS = 1_000
CONTACTS = 200
CONNECTIONS = 64
STEADY_RATE = 200.0
STORED_RUNS = 5


@dataclass
class Run:
    """What later parts compare with: figures of earlier ones, in the same run."""

    folder: Path
    report: Report
    figures: dict[str, float] = field(default_factory=dict)

    def ratio(self, figure: float, to: str, words: str) -> str:
        known = self.figures.get(to)
        return f"{figure / known:.2f} × {words}" if known else ""


async def limits(run: Run) -> None:
    """What the disk, SQLite and a bare web server can do here."""
    sync = bare.sync_times(run.folder)
    run.report.add("disk: fdatasync of 4 KB", tail(sync))
    rows = bare.group_commit_rows(run.folder)
    run.report.add("SQLite, group commit of 200, full sync", f"{rows:,.0f} rows/s")
    port = free_port()
    url = f"http://127.0.0.1:{port}/webhooks/whatsapp"
    server = await bare.started_server(port)
    try:
        plain = await flood(url, requests(url, FLOOD, CONTACTS, run="bare"), CONNECTIONS)
    finally:
        server.terminate()
        await server.wait()
    run.figures["starlette"] = plain.rate
    run.report.add("Starlette, HMAC and parse, nothing stored", f"{plain.rate:,.0f} requests/s")


async def rivals(run: Run) -> None:
    """What a Python developer would otherwise use, at the same job."""
    async with Rival("pywa", run.folder) as pywa:
        url = f"{pywa.url}/webhooks/whatsapp"
        await flood(url, requests(url, 200, CONTACTS, run="warm"), CONNECTIONS)
        plain = await flood(url, requests(url, FLOOD, CONTACTS, run="pywa"), CONNECTIONS)
    run.figures["pywa"] = plain.rate
    run.report.add("PyWa with FastAPI, nothing stored", f"{plain.rate:,.0f} requests/s")
    if not await redis_answers():
        run.report.add("Celery, dramatiq", "left out", "no Redis answers (RECADO_BENCH_REDIS)")
        return
    for kind in ("celery", "dramatiq"):
        async with GraphStub() as graph, Rival(kind, run.folder, graph.url) as rival:
            chat = Chat(rival, graph)
            await chat.crowd(50, 100, run=f"warm-{kind}")
            busy = await chat.crowd(CONTACTS, RIVAL_JOBS, run=f"busy-{kind}")
            idle = await chat.lone(100, run=f"idle-{kind}")
            steady = await chat.steady(CONTACTS, 1_000, STEADY_RATE, run=f"steady-{kind}")
        run.figures[kind] = busy.rate
        run.report.add(f"{kind} with Redis, whole jobs", f"{busy.rate:,.0f} messages/s", tail(busy))
        run.report.add(f"{kind} with Redis, one message when idle", tail(idle))
        run.report.add(f"{kind} with Redis, at {STEADY_RATE:.0f} messages/s", tail(steady))
    run.figures["rival"] = max(run.figures["celery"], run.figures["dramatiq"])


async def acknowledged(run: Run) -> None:
    """How many webhooks are made durable a second, and how fast each is at half of that."""
    for services in (("ingest",), ()):
        async with GraphStub() as graph:
            name = "ingest alone" if services else "while the same process answers them"
            process = recado(run.folder / f"acknowledged-{len(services)}", graph, *services)
            await process.start()
            try:
                full, half = await _acknowledged(process, graph)
            finally:
                await process.kill()
        run.report.add(
            f"webhooks durably acknowledged, {name}",
            f"{full.rate:,.0f} /s",
            f"{run.ratio(full.rate, 'pywa', 'PyWa (goal: 3)')}; refused {full.refused}",
        )
        disk = bare.sync_times(run.folder)
        run.report.add(
            f"the same at half load ({full.rate / 2:,.0f}/s)",
            tail(half),
            f"p99 goal: 25 ms; the disk alone, just after: {tail(disk)}",
        )


async def _acknowledged(
    installation: RecadoProcess | machines.Apart, graph: GraphStub
) -> tuple[Timings, Timings]:
    url = f"{installation.url}/webhooks/whatsapp"
    # Prepared before the clock starts.
    full = await flood(url, requests(url, FLOOD, CONTACTS, run="full"), CONNECTIONS)
    await _drained(graph)
    prepared = requests(url, TRICKLE, CONTACTS, run="half")
    half = await trickle(url, prepared, full.rate / 2, CONNECTIONS)
    return full, half


async def whole(run: Run) -> None:
    """From the webhook to the stub's receipt of the reply, `recado up` on SQLite."""
    async with GraphStub() as graph:
        process = recado(run.folder / "whole", graph)
        began = time.perf_counter()
        await process.start()
        run.report.add("start until ready", f"{time.perf_counter() - began:.2f} s", "goal: 3 s")
        run.report.add("idle memory", f"{memory_mb(process):.0f} MB", "goal: 200 MB")
        chat = Chat(process, graph)
        try:
            await chat.crowd(CONTACTS, CONTACTS, run="warm")
            idle = await chat.lone(100, run="idle")
            busy = await chat.crowd(CONTACTS, WHOLE_JOBS, run="busy")
            steady = await chat.steady(CONTACTS, 1_000, STEADY_RATE, run="steady")
            memory = memory_mb(process)
        finally:
            await process.kill()
    run.figures["sqlite"] = busy.rate
    run.report.add("one message when idle, embedded model, quiet 0", tail(idle), "goal: 10 ms")
    beside = run.ratio(busy.rate, "rival", "the better of Celery and dramatiq (goal: 5)")
    run.report.add(
        f"whole jobs, {CONTACTS} contacts at once",
        f"{busy.rate:,.0f} messages/s",
        "; ".join(filter(None, (tail(busy), beside))),
    )
    run.report.add(f"at {STEADY_RATE:.0f} messages/s", tail(steady), "goal: Celery's p50")
    run.report.add("memory after that", f"{memory:.0f} MB")


async def engines(run: Run, workers: Sequence[int] = (1, 2, 4)) -> None:
    """Services apart, on each engine, with one ingest process and N workers."""
    for engine in machines.ENGINES:
        if problem := machines.problem_of(engine):
            run.report.add(f"{engine}, services apart", "left out", problem)
            continue
        for number in workers:
            await _engine(run, engine, number)


async def _engine(run: Run, engine: machines.Engine, workers: int) -> None:
    folder = run.folder / f"{engine}-{workers}"
    async with AsyncExitStack() as stack:
        graph = await stack.enter_async_context(GraphStub())
        settings = await stack.enter_async_context(machines.settings_of(engine, folder))
        apart = await stack.enter_async_context(machines.apart(folder, graph, settings, workers))
        chat = Chat(apart, graph)
        await chat.crowd(CONTACTS, 2 * CONTACTS, run="warm")
        await machines.settle(settings)
        await chat.crowd(CONTACTS, CONTACTS, run="settled")
        busy = await chat.crowd(CONTACTS, WHOLE_JOBS, run="busy")
        full, half = await _acknowledged(apart, graph)
    name = f"{engine}, ingest and {workers} worker{'s' if workers > 1 else ''}"
    run.report.add(
        f"{name}: whole jobs",
        f"{busy.rate:,.0f} messages/s",
        f"{tail(busy)}; {run.ratio(busy.rate, 'sqlite', 'recado up on SQLite')}",
    )
    run.report.add(f"{name}: acknowledged", f"{full.rate:,.0f} /s", f"at half load {tail(half)}")


async def stored(run: Run, counts: Sequence[int] = (1_000, 100_000, 1_000_000)) -> None:
    """Does a database full of conversations slow the next message down?"""
    for engine in ("sqlite", "postgresql"):
        if problem := machines.problem_of(engine):  # type: ignore[arg-type]  # two of its names
            run.report.add(f"{engine}, stored conversations", "left out", problem)
            continue
        await _stored(run, engine, counts)  # type: ignore[arg-type]  # as above


async def _stored(run: Run, engine: machines.Engine, counts: Sequence[int]) -> None:
    folder = run.folder / f"stored-{engine}"
    phones = (phone(number) for number in itertools.count(1_000_000))
    first, have = 0.0, 0
    async with machines.settings_of(engine, folder) as settings, GraphStub() as graph:
        url = settings.get("DATABASE_URL") or f"sqlite:///{folder / 'recado.db'}"
        for count in counts:
            process = RecadoProcess(folder, graph.url, command=("up",), **settings)
            await process.start()
            await process.stop()
            await fill(url, phones, count - have)
            have = count
            await process.start()
            try:
                chat = Chat(process, graph)
                await chat.crowd(CONTACTS, CONTACTS, run=f"warm-{count}")
                # A database that has just been filled is still at work: the median counts.
                runs = [
                    await chat.crowd(CONTACTS, WHOLE_JOBS // 2, run=f"busy-{count}-{number}")
                    for number in range(STORED_RUNS)
                ]
                busy = sorted(runs, key=lambda it: it.rate)[STORED_RUNS // 2]
                memory = memory_mb(process)
            finally:
                await process.stop()  # a kill would leave replies unknown, and the next run waiting
            first = first or busy.rate
            run.report.add(
                f"{engine}, {count:,} stored conversations",
                f"{busy.rate:,.0f} messages/s",
                f"{busy.rate / first:.0%} (goal: 90 %); {tail(busy)}; {memory:.0f} MB",
            )


async def _drained(graph: GraphStub) -> None:
    """Wait until no reply has arrived for a second."""
    seen = -1
    while seen != len(graph.received):
        seen = len(graph.received)
        await asyncio.sleep(1.0)


PARTS = {
    "limits": limits,
    "rivals": rivals,
    "acknowledged": acknowledged,
    "whole": whole,
    "engines": engines,
    "stored": stored,
    "desk": lambda run: desk(run.folder, run.report),
    "clocks": lambda run: clocks(run.folder, run.report),
    "voices": lambda run: voices(run.folder, run.report),
    "sound": lambda run: sound(run.report),
    "pictures": lambda run: pictures(run.report),
}

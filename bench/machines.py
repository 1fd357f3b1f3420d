"""Recado apart: one ingest process and N workers, on any engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal, get_args

import asyncpg

from tests.support.engines import broker_url, engine_problem, postgresql_url
from tests.support.graph import GraphStub
from tests.support.process import RecadoProcess

Engine = Literal["sqlite", "postgresql", "nats", "rabbitmq"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
WORKER = ("serve", "assistant", "sending", "media")


class Apart:
    """`url` is where webhooks go, as of one process."""

    def __init__(self, processes: list[RecadoProcess]) -> None:
        self._processes = processes
        self.url = processes[0].url

    async def start(self) -> None:
        await asyncio.gather(*(process.start() for process in self._processes))

    async def kill(self) -> None:
        await asyncio.gather(*(process.kill() for process in self._processes))


def problem_of(engine: Engine) -> str | None:
    """Why it cannot be measured here, or None. Brokers stand beside PostgreSQL."""
    needed = {engine} if engine == "sqlite" else {engine, "postgresql"}
    return next((found for name in needed if (found := engine_problem(name))), None)


@asynccontextmanager
async def settings_of(engine: Engine, data: Path) -> AsyncIterator[dict[str, str]]:
    """Settings that all processes of an installation share."""
    async with AsyncExitStack() as stack:
        settings = {
            "RECADO_DATA": str(data),
            "RECADO_SECRET_KEY": "a secret key of the benchmark",
            "RECADO_QUIET_SECONDS": "0",
            "RECADO_PAIR_INTERVAL_SECONDS": "0",
            "LOG_LEVEL": "ERROR",
        }
        if engine != "sqlite":
            settings["DATABASE_URL"] = await stack.enter_async_context(postgresql_url())
        if engine in {"nats", "rabbitmq"}:
            settings["RECADO_QUEUE_URL"] = await stack.enter_async_context(broker_url(engine))
        yield settings


async def settle(settings: dict[str, str]) -> None:
    """What PostgreSQL does by itself within a minute: until then it plans by guesses, and reads
    young tables from end to end."""
    if url := settings.get("DATABASE_URL"):
        connection = await asyncpg.connect(url)
        await connection.execute("ANALYZE")
        await connection.close()


@asynccontextmanager
async def apart(
    folder: Path, graph: GraphStub, settings: dict[str, str], workers: int
) -> AsyncIterator[Apart]:
    """One ingest process and `workers` that do the rest, started."""
    commands = [("serve", "ingest"), *[WORKER] * workers]
    processes = [
        RecadoProcess(folder / f"p{number}", graph.url, command=command, **settings)
        for number, command in enumerate(commands)
    ]
    installation = Apart(processes)
    try:
        await installation.start()
        yield installation
    finally:
        await installation.kill()

"""One installation on "several machines": real processes, each with a data folder of its own,
that share a database and a broker only through ways which can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.support.cuttable import Cuttable
from tests.support.engines import broker_url, postgresql_url
from tests.support.process import RecadoProcess

Engine = Literal["nats", "rabbitmq", "sql"]


@dataclass
class Machines:
    """`broker` is None where the queue is in the database."""

    processes: dict[str, RecadoProcess]
    database: Cuttable
    broker: Cuttable | None
    kills: dict[str, int] = field(default_factory=dict)

    def urls(self, service: str) -> list[str]:
        return [it.url for name, it in self.processes.items() if name.startswith(f"{service}-")]

    async def start(self) -> None:
        await asyncio.gather(*(it.start() for it in self.processes.values()))

    async def restart(self, name: str) -> None:
        """SIGKILL, and again until it stays, as a supervisor does."""
        process = self.processes[name]
        await process.kill()
        self.kills[name] = self.kills.get(name, 0) + 1
        await process.start_again()

    async def kill(self) -> None:
        await asyncio.gather(*(it.kill() for it in self.processes.values()))


@asynccontextmanager
async def machines(
    folder: Path, engine: Engine, services: Sequence[str], settings: Mapping[str, str]
) -> AsyncIterator[Machines]:
    """Processes that are not started yet; each of `services` is a process, such as `ingest-1`, or
    `intake+sending-1` for several services in one."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Cuttable(await stack.enter_async_context(postgresql_url()))
        )
        broker = None
        if engine != "sql":
            url = await stack.enter_async_context(broker_url(engine))
            broker = await stack.enter_async_context(Cuttable(url))
        common = {
            "DATABASE_URL": database.url,
            "RECADO_QUEUE_URL": broker.url if broker else "",
            "RECADO_SECRET_KEY": "a secret key that all machines know",
            "LOG_LEVEL": "WARNING",
            **settings,
        }
        processes = {
            name: RecadoProcess(
                folder / name,
                command=("serve", *name.rpartition("-")[0].split("+")),
                **common,
            )
            for name in services
        }
        cluster = Machines(processes, database, broker)
        stack.push_async_callback(cluster.kill)
        yield cluster

"""One installation on "several machines": real processes, each with a data folder of its own,
that share a database and a broker, which can be cut off or, where they are its own, killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import nats

from tests.support.cuttable import Cuttable
from tests.support.engines import broker_url, postgresql_url
from tests.support.own_servers import OwnServer, own_server
from tests.support.process import RecadoProcess

Engine = Literal["nats", "rabbitmq", "sql"]


@dataclass
class Machines:
    """`broker` is None where the queue is in the database."""

    processes: dict[str, RecadoProcess]
    database: Cuttable | OwnServer
    broker: Cuttable | OwnServer | None
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

    async def what_they_wait_for(self) -> str:
        """What each process does at this moment, for who must find out why nothing moves."""
        said = [
            f"{name}:\n{await process.what_it_waits_for()}"
            for name, process in self.processes.items()
        ]
        return "\n\n".join(said)

    async def what_the_broker_holds(self) -> str:
        """What NATS says of its stream, and of the consumers that have something left."""
        if self.broker is None or not self.broker.url.startswith("nats"):
            return ""
        client = await nats.connect(self.broker.url.partition("?")[0])
        try:
            stream = client.jetstream()
            (name,) = [it.config.name for it in await stream.streams_info()]
            state = (await stream.stream_info(str(name), subjects_filter=">")).state
            left = [
                (it.name, it.num_pending, it.num_ack_pending, it.delivered, it.ack_floor)
                for it in await stream.consumers_info(str(name))
                if it.num_pending or it.num_ack_pending
            ]
            return f"{state}\n{left}"
        finally:
            await client.close()

    async def kill(self) -> None:
        await asyncio.gather(*(it.kill() for it in self.processes.values()))


@asynccontextmanager
async def machines(
    folder: Path,
    engine: Engine,
    services: Sequence[str],
    settings: Mapping[str, str],
    *,
    own_servers: bool = False,
) -> AsyncIterator[Machines]:
    """Processes that are not started yet; each of `services` is a process, such as `ingest-1`, or
    `intake+sending-1` for several services in one. An outage of `own_servers` is a crash, of
    shared ones a cut of all connections."""
    async with AsyncExitStack() as stack:
        database: Cuttable | OwnServer
        broker: Cuttable | OwnServer | None = None
        if own_servers:
            database = await stack.enter_async_context(own_server("postgresql"))
            if engine != "sql":
                broker = await stack.enter_async_context(own_server(engine))
        else:
            shared = await stack.enter_async_context(postgresql_url())
            database = await stack.enter_async_context(Cuttable(shared))
            if engine != "sql":
                shared = await stack.enter_async_context(broker_url(engine))
                broker = await stack.enter_async_context(Cuttable(shared))
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

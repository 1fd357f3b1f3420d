"""Recado under load: acknowledged webhooks, whole jobs, and the time of one message when idle.

The stub Graph API lives in this process, so that a contact can answer the moment its reply
arrives: each of them says the next thing only then, as a person would.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil

from bench.client import Connection, Timings, prepare_post
from tests.support.graph import GraphStub, Received
from tests.support.payloads import Json, sign, text_message, webhook
from tests.support.process import RecadoProcess

#: In turn, since nobody gets the same answer twice in a row.
QUESTIONS = ("hola, ¿a qué hora abren?", "¿tienen wifi?", "¿aceptan tarjetas?", "¿dónde están?")


def phone(number: int) -> str:
    return f"1650{number:07}"


def requests(url: str, count: int, contacts: int, *, run: str) -> list[bytes]:
    """Signed webhooks of one message each, about 1.1 KB as Meta's are."""
    prepared = []
    padding = {"profile_hint": "x" * 500}
    for number in range(count):
        message = text_message(
            f"{QUESTIONS[0]} {number}", id=f"wamid.{run}.{number}", sender=phone(number % contacts)
        )
        body = webhook(messages=[{**message, "extra": padding}])
        prepared.append(prepare_post(url, body, sign(body)))
    return prepared


class HasUrl(Protocol):
    url: str


class Chat:
    """Contacts who talk to Recado, each waiting for the reply before the next message."""

    def __init__(self, process: HasUrl, graph: GraphStub) -> None:
        self._url = f"{process.url}/webhooks/whatsapp"
        self._waiting: dict[str, asyncio.Future[float]] = {}
        self._asked: Counter[str] = Counter()
        graph.on_received = self._received

    def _received(self, item: Received) -> None:
        future = self._waiting.pop(item.to.lstrip("+"), None)
        if future is not None and not future.done():
            future.set_result(time.perf_counter())

    async def ask(self, connection: Connection, sender: str, id: str) -> float:
        """The sender's next question; the seconds until its reply reached the stub."""
        words = QUESTIONS[self._asked[sender] % len(QUESTIONS)]
        self._asked[sender] += 1
        return await self.say(connection, sender, text_message(words, id=id, sender=sender))

    async def say(self, connection: Connection, sender: str, message: Json) -> float:
        """A message of the sender's; the seconds until its reply reached the stub."""
        body = webhook(messages=[message])
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[sender] = future
        started = time.perf_counter()
        status = await connection.request(prepare_post(self._url, body, sign(body)))
        if status != 200:
            raise RuntimeError(f"the webhook was answered {status}")
        async with asyncio.timeout(60):
            replied_at: float = await future
        return replied_at - started

    async def crowd(self, contacts: int, count: int, *, run: str) -> Timings:
        """`count` messages of `contacts` who all talk at once."""
        timings = Timings()
        numbers: Iterator[int] = iter(range(count))

        async def one(contact: int) -> None:
            connection = Connection(self._url)
            for number in numbers:
                id = f"wamid.{run}.{number}"
                taken = await self.ask(connection, phone(contact), id)
                timings.latencies.append(taken)
            connection.close()

        began = time.perf_counter()
        await asyncio.gather(*(one(contact) for contact in range(contacts)))
        timings.elapsed = time.perf_counter() - began
        return timings

    async def steady(self, contacts: int, count: int, rate: float, *, run: str) -> Timings:
        """`rate` messages a second, each of a contact who has got the last answer."""
        timings = Timings()
        idle: asyncio.Queue[tuple[int, Connection]] = asyncio.Queue()
        for contact in range(contacts):
            idle.put_nowait((contact, Connection(self._url)))

        async def one(number: int) -> None:
            contact, connection = await idle.get()
            id = f"wamid.{run}.{number}"
            timings.latencies.append(await self.ask(connection, phone(contact), id))
            idle.put_nowait((contact, connection))

        began = time.perf_counter()
        running = []
        for number in range(count):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            running.append(asyncio.create_task(one(number)))
        await asyncio.gather(*running)
        timings.elapsed = time.perf_counter() - began
        return timings

    async def lone(self, count: int, *, run: str) -> Timings:
        """One contact, one message at a time, with pauses: an idle system."""
        timings = Timings()
        connection = Connection(self._url)
        for number in range(count):
            taken = await self.ask(connection, phone(0), f"wamid.{run}.{number}")
            timings.latencies.append(taken)
            await asyncio.sleep(0.05)
        connection.close()
        timings.elapsed = sum(timings.latencies)
        return timings


def recado(folder: Path, graph: GraphStub, *services: str) -> RecadoProcess:
    """All services in one process, or only those that are named."""
    return RecadoProcess(
        folder,
        graph.url,
        command=("serve", *services) if services else ("up",),
        RECADO_QUIET_SECONDS="0",
        RECADO_PAIR_INTERVAL_SECONDS="0",
        LOG_LEVEL="ERROR",
    )


def memory_mb(process: RecadoProcess) -> float:
    resident: int = psutil.Process(process.pid).memory_info().rss
    return resident / 1024 / 1024

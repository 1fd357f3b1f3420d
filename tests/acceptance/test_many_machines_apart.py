"""Services apart: each needs what it needs, and what ails one leaves the others alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from recado.app.services import SERVICES
from tests.support.cluster import Engine, Machines, machines
from tests.support.crowd import Crowd, phone
from tests.support.graph import Behaviour, GraphStub
from tests.support.hanging_model import hanging_model
from tests.support.process import RecadoProcess

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(600),
]

PATIENCE_SECONDS = 180


@asynccontextmanager
async def installation(
    folder: Path, engine: Engine, *services: str, **settings: str
) -> AsyncIterator[tuple[Machines, GraphStub, Crowd]]:
    async with (
        GraphStub() as graph,
        machines(folder, engine, services, {"WHATSAPP_API_URL": graph.url, **settings}) as cluster,
        aiohttp.ClientSession() as session,
    ):
        yield cluster, graph, Crowd(session, cluster.urls("ingest"))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.05)


def answered(graph: GraphStub) -> set[str]:
    return {item.to for item in graph.received}


async def test_every_service_starts_alone_beside_the_others_on_a_fresh_installation(
    tmp_path: Path,
) -> None:
    alone = [RecadoProcess(tmp_path, command=("serve", name)) for name in SERVICES]
    both = RecadoProcess(tmp_path, command=("serve", "sending", "media"))
    try:
        await asyncio.gather(*(process.start() for process in [*alone, both]))
        async with aiohttp.ClientSession() as session:
            for process, services in zip(
                [*alone, both], [*([name] for name in SERVICES), ["media", "sending"]], strict=True
            ):
                async with session.get(f"{process.url}/health") as response:
                    assert response.status == 200, await response.text()
                    assert (await response.json())["services"] == services
                async with session.get(f"{process.url}/metrics") as response:
                    assert response.status == 200
        assert [await process.stop() for process in [*alone, both]] == [0] * (len(alone) + 1)
    finally:
        for process in [*alone, both]:
            await process.kill()


@pytest.mark.parametrize("engine", ["nats", "rabbitmq"])
async def test_with_a_broker_ingestion_starts_and_accepts_while_there_is_no_database(
    engine: Engine, tmp_path: Path
) -> None:
    services = ("ingest-1", "assistant+sending-1")
    async with installation(tmp_path, engine, *services) as (cluster, graph, crowd):
        async with cluster.database.outage():
            await cluster.processes["ingest-1"].start()
            for number in range(10):
                await crowd.say(number, "hola", id=f"wamid.{number}")
        await cluster.processes["assistant+sending-1"].start()
        await until(lambda: len(answered(graph)) == 10)
        assert len(graph.received) == 10


@pytest.mark.parametrize("engine", ["sql", "nats", "rabbitmq"])
async def test_the_next_question_is_answered_while_nobody_knows_of_the_last_answer(
    engine: Engine, tmp_path: Path
) -> None:
    # Whoever had to wait for the last answer to be settled would wait for an hour.
    settings = {"RECADO_QUIET_SECONDS": "0", "RECADO_UNKNOWN_GRACE_SECONDS": "3600"}
    services = ("ingest-1", "assistant+sending-1")
    async with installation(tmp_path, engine, *services, **settings) as (cluster, graph, crowd):
        await cluster.start()
        graph.script(Behaviour(lose=True, hang_seconds=600))
        await crowd.say(0, "¿a qué hora abren?", id="wamid.1")
        await until(lambda: not graph.scripted)
        await crowd.say(0, "¿tienen wifi?", id="wamid.2")
        await until(lambda: len(graph.received) == 1)
        assert "wifi" in str(graph.received[0].body).lower()


async def test_a_dead_assistant_never_stops_ingestion(tmp_path: Path) -> None:
    services = ("ingest-1", "assistant-1", "sending-1")
    async with installation(tmp_path, "sql", *services) as (cluster, graph, crowd):
        await cluster.start()
        await cluster.processes["assistant-1"].kill()
        for number in range(20):
            await crowd.say(number, "hola", id=f"wamid.{number}")
        assert graph.received == []
        await cluster.processes["assistant-1"].start()
        await until(lambda: len(answered(graph)) == 20)


async def test_a_model_that_hangs_delays_only_its_own_conversations(tmp_path: Path) -> None:
    settings = {
        "RECADO_MODEL": "openai:any",
        "OPENAI_API_KEY": "a key",
        "RECADO_MODEL_TIMEOUT_SECONDS": "600",
        "RECADO_QUIET_SECONDS": "0",
    }
    services = ("ingest-1", "assistant-1", "sending-1")
    async with (
        hanging_model("espera") as model,
        installation(tmp_path, "sql", *services, **settings, OPENAI_BASE_URL=model.url) as (
            cluster,
            graph,
            crowd,
        ),
    ):
        await cluster.start()
        for number in range(20):
            await crowd.say(number, "espera", id=f"wamid.{number}")
        await until(lambda: model.hung == 20)
        for number in range(20, 60):
            await crowd.say(number, "¿a qué hora abren?", id=f"wamid.{number}")
        await until(lambda: len(answered(graph)) == 40)
        assert answered(graph) == {phone(number) for number in range(20, 60)}
        model.goes_on.set()
        await until(lambda: len(answered(graph)) == 60)

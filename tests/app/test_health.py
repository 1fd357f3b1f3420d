"""Health, readiness and the scrape: what a probe is told when something is down."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.engine import Connection
from starlette.routing import Router

from recado.app.health import Lifecycle, health_routes
from recado.app.probes import judge_room
from recado.channels.web import WebChannel
from recado.errors import ModelRefused, ServiceUnavailable
from recado.media.storage.folder import FolderBlobs
from recado.queue.port import NewJob, QueueDepth
from recado.queue.sql.queue import SqlQueue
from recado.runtime import Channels, Runtime
from recado.store import Store
from recado.store.store import Work
from tests.support.runtime import make_runtime

T = TypeVar("T")


class DownStore(Store):
    """A database that cannot be reached."""

    dialect = "postgresql"

    async def write(self, work: Work[T], *, brief: bool = False) -> T:
        raise ServiceUnavailable("PostgreSQL cannot be reached: db.internal:5432 refused")

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        raise ServiceUnavailable("PostgreSQL cannot be reached: db.internal:5432 refused")

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        raise ServiceUnavailable("PostgreSQL cannot be reached")

    async def close(self) -> None:
        pass


class HangingStore(DownStore):
    """A database that takes the question and never answers."""

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


class ClingingStore(DownStore):
    """A database that hangs, and whose driver does not let go of the question either."""

    def __init__(self) -> None:
        self.back = asyncio.Event()

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        try:
            await self.back.wait()
        except asyncio.CancelledError:
            await self.back.wait()
        raise ServiceUnavailable("PostgreSQL does not answer")


class Broker(SqlQueue):
    """Stands for an engine outside the database."""

    transactional = False

    async def check(self) -> None:
        pass

    async def depth(self) -> Mapping[str, QueueDepth]:
        return {}


class DownBroker(Broker):
    async def check(self) -> None:
        raise ServiceUnavailable("NATS cannot be reached")


class RefusingBroker(Broker):
    away = True

    async def check(self) -> None:
        if self.away:
            try:
                raise ConnectionRefusedError("broker.internal:4222")
            except ConnectionRefusedError as error:
                raise ServiceUnavailable("NATS cannot be reached: broker.internal") from error


class BreakingChannel(WebChannel):
    def breakers(self) -> Mapping[str, str]:
        return {"graph.facebook.com": "open"}


class FullDisk(FolderBlobs):
    async def check(self) -> None:
        raise ServiceUnavailable("No space left on the device.")


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path, services=("ingest", "sending"), SERVICE_NAME="x") as made:
        yield made


async def get(runtime: Runtime, path: str, lifecycle: Lifecycle | None = None) -> httpx.Response:
    if lifecycle is None:
        lifecycle = Lifecycle()
        lifecycle.start()
    app = Router(health_routes(runtime, lifecycle))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://recado.test"
    ) as client:
        return await client.get(path)


async def test_a_healthy_process_says_so_with_every_dependency(runtime: Runtime) -> None:
    answer = await get(runtime, "/health")
    body = answer.json()
    assert answer.status_code == 200
    assert body["status"] == "healthy"
    assert body["service"] == "x"
    assert body["timestamp"].endswith("+00:00")
    assert {name: it["status"] for name, it in body["dependencies"].items()} == {
        "store": "healthy",
        "queue": "healthy",
        "files": "healthy",
        "disk": "healthy",
        "whatsapp:graph.facebook.com": "healthy",
        "twilio:api.twilio.com": "healthy",
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/health", "/ready"])
@pytest.mark.parametrize("store", [DownStore(), HangingStore()], ids=["down", "hanging"])
async def test_without_its_database_a_process_is_neither_healthy_nor_ready(
    runtime: Runtime, path: str, store: Store
) -> None:
    answer = await get(dataclasses.replace(runtime, store=store), path)
    assert answer.status_code == 503
    assert answer.json()["dependencies"]["store"]["status"] == "unhealthy"
    assert "db.internal" not in answer.text  # the page is public


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
async def test_a_probe_is_answered_though_the_database_lets_go_of_nothing(
    runtime: Runtime, path: str
) -> None:
    store = ClingingStore()
    async with asyncio.timeout(60):
        answer = await get(dataclasses.replace(runtime, store=store), path)
    store.back.set()
    assert answer.status_code in {200, 503}
    assert "store" in answer.text


@pytest.mark.parametrize("path", ["/health", "/ready"])
async def test_without_its_queue_a_process_is_neither_healthy_nor_ready(
    runtime: Runtime, path: str
) -> None:
    answer = await get(dataclasses.replace(runtime, queue=DownBroker(runtime.store)), path)
    assert answer.status_code == 503
    assert answer.json()["dependencies"]["queue"]["status"] == "unhealthy"


async def test_ingest_on_a_broker_goes_on_without_the_database(runtime: Runtime) -> None:
    ingest = dataclasses.replace(
        runtime, store=DownStore(), queue=Broker(runtime.store), services=("ingest",)
    )
    health, ready = await get(ingest, "/health"), await get(ingest, "/ready")
    assert health.status_code == 200
    assert health.json()["status"] == "degraded"
    assert ready.status_code == 200


async def test_the_desk_goes_on_without_the_broker_and_says_that_it_is_away(
    runtime: Runtime,
) -> None:
    desk = dataclasses.replace(
        runtime, queue=DownBroker(runtime.store), services=("conversations", "desk")
    )
    health, ready = await get(desk, "/health"), await get(desk, "/ready")
    assert health.json()["dependencies"]["queue"]["status"] == "degraded"
    assert health.status_code == ready.status_code == 200
    sending = dataclasses.replace(desk, services=("desk", "sending"))
    assert (await get(sending, "/ready")).status_code == 503


async def test_health_tells_since_when_and_by_what_a_dependency_fails(runtime: Runtime) -> None:
    lifecycle = Lifecycle()
    lifecycle.start()
    queue = RefusingBroker(runtime.store)
    app = Router(health_routes(dataclasses.replace(runtime, queue=queue), lifecycle))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://recado.test") as client:

        async def asked() -> dict[str, Any]:
            answer: dict[str, Any] = (await client.get("/health")).json()
            return answer

        first, second = await asked(), await asked()
        failing = first["dependencies"]["queue"]
        assert failing["detail"] == "ConnectionRefusedError"
        assert failing["since"] == first["timestamp"]
        assert second["dependencies"]["queue"]["since"] == first["timestamp"]
        queue.away = False
        third = await asked()
        assert third["dependencies"]["queue"]["since"] == third["timestamp"]
        assert third["dependencies"]["store"]["since"] == first["timestamp"]


async def test_a_provider_that_is_down_degrades_and_does_not_stop_anything(
    runtime: Runtime,
) -> None:
    broken = dataclasses.replace(runtime, channels=Channels({"whatsapp": BreakingChannel()}))
    answer = await get(broken, "/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    dependency = answer.json()["dependencies"]["whatsapp:graph.facebook.com"]
    assert dependency["detail"] == "breaker open"


async def test_a_process_is_ready_only_while_it_runs(runtime: Runtime) -> None:
    lifecycle = Lifecycle()
    assert (await get(runtime, "/ready", lifecycle)).status_code == 503
    lifecycle.start()
    assert (await get(runtime, "/ready", lifecycle)).status_code == 200
    lifecycle.stop()
    stopping = await get(runtime, "/ready", lifecycle)
    assert stopping.status_code == 503
    assert stopping.json()["why"] == ["the process is stopping"]
    assert (await get(runtime, "/health", lifecycle)).status_code == 200


async def test_a_process_told_to_stop_while_starting_never_becomes_ready(runtime: Runtime) -> None:
    lifecycle = Lifecycle()
    lifecycle.stop()
    lifecycle.start()
    assert (await get(runtime, "/ready", lifecycle)).status_code == 503


async def test_another_versions_schema_is_not_ready_and_says_which(runtime: Runtime) -> None:
    await runtime.store.write(
        lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    )
    answer = await get(runtime, "/ready")
    assert answer.status_code == 503
    assert "schema 0000" in answer.json()["why"][0]


async def test_readiness_tells_how_far_behind_it_is_and_stays_ready(runtime: Runtime) -> None:
    await runtime.queue.publish([NewJob("send", "lane", b"{}"), NewJob("send", "lane", b"{}")])
    answer = await get(runtime, "/ready")
    assert answer.status_code == 200
    assert answer.json()["lag"]["send"]["waiting"] == 2


async def samples(runtime: Runtime) -> dict[tuple[str, Sequence[str]], float]:
    answer = await get(runtime, "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_a_scrape_reads_queues_dead_letters_and_sessions_as_they_are_now(
    runtime: Runtime,
) -> None:
    await runtime.queue.publish([NewJob("send", "lane", b"{}")])
    found: dict[Any, float] = await samples(runtime)
    assert found["recado_queue_waiting_jobs", ("send",)] == 1
    assert found["recado_dead_letters_open", ()] == 0
    assert found["recado_active_sessions", ()] == 0
    assert found["recado_dependency_up", ("store",)] == 1


async def test_a_scrape_works_while_the_database_is_down(runtime: Runtime) -> None:
    await samples(runtime)
    found: dict[Any, float] = await samples(dataclasses.replace(runtime, store=DownStore()))
    assert found["recado_dependency_up", ("store",)] == 0


async def test_a_model_whose_key_is_missing_degrades_and_says_where_to_look(
    tmp_path: Path,
) -> None:
    async with make_runtime(tmp_path, services=("assistant",), RECADO_MODEL="nobody:x") as made:
        with pytest.raises(ModelRefused):
            made.models.get("nobody:x")
        answer = await get(made, "/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert "recado doctor" in answer.json()["dependencies"]["model:nobody:x"]["detail"]


async def test_files_that_cannot_be_kept_degrade_who_keeps_files(runtime: Runtime) -> None:
    broken = dataclasses.replace(runtime, blobs=FullDisk(Path("/nowhere")))
    health = (await get(broken, "/health")).json()
    assert health["status"] == "degraded"
    assert health["dependencies"]["files"]["status"] == "degraded"
    only_ingest = dataclasses.replace(broken, services=("ingest",))
    assert "files" not in (await get(only_ingest, "/health")).json()["dependencies"]


async def test_a_folder_that_may_not_be_written_is_found_before_a_file_is_lost(
    tmp_path: Path,
) -> None:
    await FolderBlobs(tmp_path / "made" / "later").check()
    (tmp_path / "a file").write_text("")
    with pytest.raises(ServiceUnavailable):
        await FolderBlobs(tmp_path / "a file").check()


@pytest.mark.parametrize(
    ("megabytes", "in_use", "state"),
    [
        (100_000, True, "healthy"),
        (200, True, "degraded"),
        (1, True, "unhealthy"),
        (1, False, "degraded"),
    ],
)
def test_a_disk_that_fills_up_is_told_and_stops_only_who_has_the_database_there(
    megabytes: int, in_use: bool, state: str
) -> None:
    found = judge_room(megabytes << 20, in_use=in_use)
    assert found.status == state
    assert state == "healthy" or f"{megabytes} MB" in found.detail


async def test_a_scrape_tells_how_much_room_is_left(runtime: Runtime) -> None:
    found: dict[Any, float] = await samples(runtime)
    assert found["recado_disk_free_bytes", ()] > 0


async def test_a_scrape_tells_the_state_of_each_breaker_and_who_waits_too_long(
    runtime: Runtime,
) -> None:
    broken = dataclasses.replace(runtime, channels=Channels({"whatsapp": BreakingChannel()}))
    text_of = (await get(broken, "/metrics")).text
    assert 'recado_circuit_breaker_state{breaker="whatsapp:graph.facebook.com"} 2.0' in text_of
    assert "recado_escalations_overdue 0.0" in text_of

"""Which services a process can host: any of them, in any combination."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import combinations
from pathlib import Path

import pytest

from recado.app.health import Lifecycle
from recado.app.server import build_app, running
from recado.app.services import SERVICES
from recado.runtime import Runtime
from tests.support.runtime import api_client, make_runtime

EVERY_COMBINATION = [
    names for size in range(1, len(SERVICES) + 1) for names in combinations(SERVICES, size)
]


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path) as runtime:
        yield runtime


def test_each_service_has_a_port_of_its_own() -> None:
    ports = [service.port for service in SERVICES.values()]
    assert len(set(ports)) == len(ports)
    assert SERVICES["maintenance"].port == 7074


async def test_any_combination_of_services_can_share_a_process(runtime: Runtime) -> None:
    for names in EVERY_COMBINATION:
        runtime.services = names
        async with api_client(build_app(runtime, names)) as client:
            health = await client.get("/health")
            assert health.status_code == 200, (names, health.text)
            assert health.json()["services"] == list(names)


@pytest.mark.parametrize("names", [(name,) for name in SERVICES] + [tuple(SERVICES)])
async def test_a_service_works_alone_and_with_all_others(
    runtime: Runtime, names: tuple[str, ...]
) -> None:
    runtime.services = names
    lifecycle = Lifecycle()
    app = build_app(runtime, names, lifecycle)
    async with running(runtime, names, lifecycle), api_client(app) as client:
        ready = await client.get("/ready")
        assert ready.status_code == 200, ready.text

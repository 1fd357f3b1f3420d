"""The edge of every channel: nothing that its vendor signs gives a 5xx, and nothing is lost."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from starlette.applications import Starlette

from recado.app.services import ingest_routes
from recado.queue.model import JobRow
from recado.runtime import Runtime
from tests.support.channels import CASES, SECRET, nowhere, recorded
from tests.support.mutations import mutated_body
from tests.support.runtime import make_runtime

PUBLIC_URL = "https://chat.example.com"
KINDS = sorted(kind for kind, case in CASES.items() if case.sign)
EDGE = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Edge:
    kind: str
    runtime: Runtime
    client: httpx.AsyncClient

    async def post(self, body: bytes, secret: str = SECRET) -> httpx.Response:
        channel, sign = self.runtime.channels[self.kind], CASES[self.kind].sign
        assert sign
        assert channel.webhook
        path = channel.webhook.paths[0]
        headers = sign(body, secret, PUBLIC_URL + path)
        return await self.client.post(path, content=body, headers=headers)

    async def jobs(self) -> int:
        count = select(func.count()).select_from(JobRow)
        return await self.runtime.store.read(lambda tx: tx.scalar(count)) or 0


@pytest.fixture(params=KINDS)
async def edge(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Edge]:
    kind = request.param
    async with make_runtime(tmp_path, RECADO_PUBLIC_URL=PUBLIC_URL) as runtime:
        runtime.channels[kind] = CASES[kind].make(nowhere().url, 1.0)
        line = CASES[kind].line(nowhere().url)
        await runtime.lines.add(kind, line.address, line.name, line.credentials)
        transport = httpx.ASGITransport(app=Starlette(routes=list(ingest_routes(runtime))))
        async with httpx.AsyncClient(transport=transport, base_url="http://recado") as client:
            yield Edge(kind, runtime, client)


async def test_every_recorded_payload_is_accepted_whole(edge: Edge) -> None:
    for file in recorded(CASES[edge.kind]):
        before = await edge.jobs()
        response = await edge.post(file.read_bytes())
        assert response.status_code == 200, (file.name, response.text)
        assert await edge.jobs() > before, file.name


@EDGE
@given(seed=st.integers(0, 2**32), times=st.integers(1, 4))
async def test_no_mutation_of_a_payload_gives_a_5xx_or_is_lost(
    edge: Edge, seed: int, times: int
) -> None:
    dice = random.Random(seed)
    body = dice.choice(recorded(CASES[edge.kind])).read_bytes()
    before = await edge.jobs()
    response = await edge.post(mutated_body(body, dice, times))
    assert response.status_code == 200, response.text
    assert await edge.jobs() > before


@EDGE
@given(body=st.binary(max_size=300))
async def test_no_bytes_whatsoever_give_a_5xx(edge: Edge, body: bytes) -> None:
    before = await edge.jobs()
    response = await edge.post(body)
    # Bytes that are no form cannot have been signed as one.
    assert response.status_code in {200, 403}
    assert (await edge.jobs() > before) == (response.status_code == 200)


async def test_what_another_secret_signed_stays_outside(edge: Edge) -> None:
    body = recorded(CASES[edge.kind])[0].read_bytes()
    for secret in ("", "another", SECRET[:-1]):
        assert (await edge.post(body, secret)).status_code == 403
    assert await edge.jobs() == 0

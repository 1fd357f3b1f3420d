"""Whatever a vendor's webhook holds takes its place, or is set aside as unreadable."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.channels.messages import InboundStatus, Unparsable
from recado.errors import UnparsablePayload
from recado.inbound.intake import Intake, UnknownLine
from recado.jobs import INBOUND, STATUSES
from recado.lines.webhooks import job_for
from recado.runtime import Runtime
from recado.sending.statuses import Statuses
from tests.support.channels import CASES, nowhere, recorded
from tests.support.mutations import mutated_body
from tests.support.runtime import make_runtime_on

KINDS = ("evolution", "twilio", "whatsapp")
URL = "https://chat.example.com/webhooks/x"


@pytest.fixture(params=["sqlite", "postgresql"])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path) as runtime:
        yield runtime


@pytest.fixture(params=KINDS)
async def kind(request: pytest.FixtureRequest, runtime: Runtime) -> str:
    case = CASES[request.param]
    runtime.channels[request.param] = case.make(nowhere().url, 1.0)
    line = case.line(nowhere().url)
    await runtime.lines.add(request.param, line.address, line.name, line.credentials)
    return str(request.param)


async def take_in(runtime: Runtime, kind: str, body: bytes) -> int:
    """Take in every item of the body. Returns how many were set aside as unreadable."""
    intake, statuses, unreadable = Intake(runtime), Statuses(runtime), 0
    try:
        items = runtime.channels[kind].parse(body, URL)
    except UnparsablePayload:
        return 1
    for item in items:
        await runtime.queue.publish([job_for(item, "")])
        queue = STATUSES if isinstance(item, InboundStatus) else INBOUND
        (delivery,) = await runtime.queue.receive(queue.spec, 1, 5)
        try:
            await (statuses if queue is STATUSES else intake).handle(delivery)
        except UnknownLine:
            await runtime.queue.ack(delivery)
        except UnparsablePayload:
            assert isinstance(item, Unparsable), item
            unreadable += 1
            await runtime.queue.ack(delivery)
    return unreadable


async def test_every_documented_webhook_takes_its_place(runtime: Runtime, kind: str) -> None:
    for path in recorded(CASES[kind]):
        assert await take_in(runtime, kind, path.read_bytes()) == 0, path.stem


async def test_any_mutation_of_a_webhook_takes_its_place_or_is_set_aside(
    runtime: Runtime, kind: str
) -> None:
    dice = random.Random(3)  # the same mutations in every run
    for _ in range(4):
        for path in recorded(CASES[kind]):
            changed = mutated_body(path.read_bytes(), dice, dice.randint(1, 3))
            await take_in(runtime, kind, changed)

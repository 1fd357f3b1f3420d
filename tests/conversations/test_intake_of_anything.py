"""Whatever a vendor's webhook holds takes its place, or is set aside as unreadable."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.channels.messages import InboundStatus
from recado.channels.whatsapp.parse import parse
from recado.conversations.intake import Intake, UnknownLine
from recado.errors import UnparsablePayload
from recado.ingest.slices import job_for
from recado.queue.queues import INBOUND
from recado.runtime import Runtime
from tests.support.engines import postgresql_url
from tests.support.mutations import mutated_body
from tests.support.payloads import PHONE_NUMBER_ID, SECRET
from tests.support.runtime import make_runtime

PAYLOADS = sorted((Path(__file__).parents[1] / "channels/whatsapp/payloads").glob("*.json"))
SETTINGS = {"WHATSAPP_APP_SECRET": SECRET, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}


@pytest.fixture(params=["sqlite", "postgresql"])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    if request.param == "sqlite":
        async with make_runtime(tmp_path, **SETTINGS) as runtime:
            yield runtime
    else:
        async with (
            postgresql_url() as url,
            make_runtime(tmp_path, DATABASE_URL=url, **SETTINGS) as runtime,
        ):
            yield runtime


async def take_in(runtime: Runtime, body: bytes) -> int:
    """Take in every item of the body. Returns how many were set aside as unreadable."""
    intake, unreadable = Intake(runtime), 0
    try:
        items = [item for item in parse(body) if not isinstance(item, InboundStatus)]
    except UnparsablePayload:
        return 1
    for item in items:
        await runtime.queue.publish([job_for(item, "")])
        (delivery,) = await runtime.queue.receive(INBOUND.spec, 1, 5)
        try:
            await intake.handle(delivery)
        except (UnparsablePayload, UnknownLine):
            unreadable += 1
            await runtime.queue.ack(delivery)
    return unreadable


async def test_every_documented_webhook_takes_its_place(runtime: Runtime) -> None:
    for path in PAYLOADS:
        assert await take_in(runtime, path.read_bytes()) == 0, path.stem


async def test_any_mutation_of_a_webhook_takes_its_place_or_is_set_aside(runtime: Runtime) -> None:
    dice = random.Random(3)  # the same mutations in every run
    for _ in range(4):
        for path in PAYLOADS:
            await take_in(runtime, mutated_body(path.read_bytes(), dice, dice.randint(1, 3)))

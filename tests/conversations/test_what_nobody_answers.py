"""What came late or empty is kept and shown; what it says is answered once, when it is there."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from recado.channels.evolution.parse import parse
from recado.conversations.model import Contact, Conversation, Message
from recado.inbound.intake import Intake
from recado.jobs import INBOUND
from recado.lines.webhooks import job_for
from recado.runtime import Runtime
from recado.turns.burst import read_turn
from tests.support.runtime import make_runtime, make_runtime_on

SETTINGS = {
    "EVOLUTION_API_URL": "http://127.0.0.1:1",
    "EVOLUTION_API_KEY": "k",
    "INSTANCE_NAME": "tienda",
    "EVOLUTION_WEBHOOK_TOKEN": "t",
}
YEAR = 365 * 86400.0


@pytest.fixture(params=["sqlite", "postgresql"])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path, **SETTINGS) as runtime:
        yield runtime


def upsert(message: Any, *, id: str = "E1", at: float | None = None, name: str = "Ana") -> bytes:
    data = {
        "key": {"remoteJid": "5511900000000@s.whatsapp.net", "fromMe": False, "id": id},
        "message": message,
        "pushName": name,
        "messageTimestamp": int(time.time() if at is None else at),
    }
    return json.dumps({"event": "messages.upsert", "instance": "tienda", "data": data}).encode()


async def take_in(runtime: Runtime, *bodies: bytes) -> None:
    intake = Intake(runtime)
    for body in bodies:
        for item in parse(body):
            await runtime.queue.publish([job_for(item, "")])
            (delivery,) = await runtime.queue.receive(INBOUND.spec, 1, 5)
            await intake.handle(delivery)


async def stored(runtime: Runtime) -> Sequence[Row[Any]]:
    query = select(Message.__table__).order_by(Message.position)
    return await runtime.store.read(lambda tx: tx.all(query))


async def asked(runtime: Runtime) -> str:
    """What the assistant is to answer."""

    def work(tx: Any) -> str:
        _, burst = read_turn(tx, tx.scalar(select(Conversation.id)))
        return burst.text if burst else ""

    return await runtime.store.read(work)


@pytest.mark.parametrize("empty", [None, {}, "absent"])
async def test_an_empty_message_is_filled_by_what_comes_under_its_id(
    runtime: Runtime, empty: Any
) -> None:
    first = json.loads(upsert(empty))
    if empty == "absent":
        del first["data"]["message"]
    await take_in(runtime, json.dumps(first).encode())
    assert await asked(runtime) == ""
    assert len(await stored(runtime)) == 1  # the team sees that something came
    await take_in(runtime, json.dumps(first).encode())
    full = upsert({"conversation": "¿a qué hora abren?"})
    await take_in(runtime, upsert({"conversation": "hola"}, id="E2"), full, full)
    assert [row.text for row in await stored(runtime)] == ["hola", "¿a qué hora abren?"]
    assert await asked(runtime) == "hola\n¿a qué hora abren?"
    await take_in(runtime, json.dumps(first).encode())
    assert len(await stored(runtime)) == 2


@pytest.mark.parametrize("age", [86400.0 + 60, 7 * 86400.0, 3 * YEAR])
async def test_an_old_message_is_kept_and_not_answered(runtime: Runtime, age: float) -> None:
    await take_in(runtime, upsert({"conversation": "viejo"}, at=time.time() - age))
    (row,) = await stored(runtime)
    assert row.text == "viejo"
    assert await asked(runtime) == ""
    await take_in(runtime, upsert({"conversation": "nuevo"}, id="E2"))
    assert await asked(runtime) == "nuevo"


async def test_how_old_is_a_setting(tmp_path: Path) -> None:
    async with make_runtime(tmp_path, RECADO_ANSWER_WITHIN_MINUTES="5", **SETTINGS) as runtime:
        await take_in(runtime, upsert({"conversation": "a"}, at=time.time() - 600))
        await take_in(runtime, upsert({"conversation": "b"}, id="E2", at=time.time() - 120))
        assert await asked(runtime) == "b"


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "5511900000000", "+55 11 90000-0000", "~", " . ", "\u200b\u2063", "null"),
        *("5511900000000@s.whatsapp.net", "103899771998284@lid", "Undefined"),
    ],
)
async def test_what_is_no_name_does_not_replace_one(runtime: Runtime, name: str) -> None:
    await take_in(runtime, upsert({"conversation": "hola"}, name="Ana 🌸"))
    await take_in(runtime, upsert({"conversation": "hola"}, id="E2", name=name))
    kept = select(Contact.name)
    assert await runtime.store.read(lambda tx: tx.scalar(kept)) == "Ana 🌸"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"eventMessage": {"name": "Boda", "description": "d"}}, "Boda: d"),
        ({"eventMessage": {"name": "Boda"}}, "Boda"),
        ({"ephemeralMessage": {"message": {"eventMessage": {"name": "Boda"}}}}, "Boda"),
        ({"groupInviteMessage": {"groupName": "Vecinos", "caption": "Entra"}}, "Vecinos: Entra"),
        (
            {"pollCreationMessageV3": {"name": "¿Cuál?", "options": [{"optionName": "A"}]}},
            "¿Cuál?\n- A",
        ),
        ({"liveLocationMessage": {"caption": "voy"}}, "voy"),
        ({"viewOnceMessage": {"message": {"imageMessage": {"caption": "mira"}}}}, "mira"),
        ({"productMessage": {"product": {"title": "Pan"}}}, "Pan"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_kind_shows_what_it_is(message: Any, text: str) -> None:
    (item,) = parse(upsert(message))
    assert getattr(item, "text", "") == text

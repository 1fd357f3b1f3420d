"""The Evolution service's endpoints, and a message's whole way over an Evolution line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from recado.app.server import running
from recado.app.services import ingest_routes
from recado.channels.evolution.api import evolution_routes
from recado.conversations.model import Conversation, Message
from recado.media.model import Media
from recado.runtime import Runtime
from tests.support.evolution import INSTANCE, PAYLOADS, TOKEN, Behaviour, EvolutionStub, Instance
from tests.support.flow import ScriptedModel
from tests.support.runtime import api_client, make_runtime
from tests.support.waiting import PATIENCE_SECONDS

PROVEN = {"authorization": f"Bearer {TOKEN}"}
SERVICES = ["assistant", "sending"]
#: The smallest PNG: one grey pixel.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


@pytest.fixture
async def stub() -> AsyncIterator[EvolutionStub]:
    async with EvolutionStub() as stub:
        yield stub


@pytest.fixture
async def runtime(tmp_path: Path, stub: EvolutionStub) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path, **stub.settings()) as runtime:
        runtime.models.use(runtime.settings.model, ScriptedModel())
        yield runtime


@pytest.fixture
async def api(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[*ingest_routes(runtime), *evolution_routes(runtime)])
    async with api_client(app) as client:
        yield client


async def status_of(runtime: Runtime, message_id: str) -> Any:
    found = select(Message.status, Message.error, Message.provider_message_id)
    return await runtime.store.read(lambda tx: tx.first(found.where(Message.id == message_id)))


async def until(runtime: Runtime, message_id: str, wanted: str) -> Any:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (row := await status_of(runtime, message_id)).status != wanted:
            await asyncio.sleep(0.01)
    return row


async def until_sent(stub: EvolutionStub, count: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(stub.received) < count:
            await asyncio.sleep(0.01)


async def count(runtime: Runtime, table: Any) -> int:
    statement = select(func.count()).select_from(table)
    return int(await runtime.store.read(lambda tx: tx.scalar(statement)))


@pytest.mark.parametrize("path", ["/webhooks/evolution", "/webhook", "/webhook/messages-upsert"])
async def test_a_customers_message_is_answered_on_every_address(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub, path: str
) -> None:
    said = msgspec.json.decode(PAYLOADS["text"].read_bytes())
    said["data"]["messageTimestamp"] = int(time.time())
    body = msgspec.json.encode(said)
    async with running(runtime, SERVICES):
        for _ in range(2):  # Evolution may send it twice
            assert (await api.post(path, content=body, headers=PROVEN)).status_code == 200
        await until_sent(stub, 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await runtime.queue.depth():
                await asyncio.sleep(0.01)
    (sent,) = stub.received
    assert (sent.action, sent.body["number"]) == ("sendText", "5511987654321")
    assert sent.body["text"] == "Answer to: Oi, vocês abrem domingo?"


async def test_statuses_of_our_message_reach_it(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    async with running(runtime, SERVICES):
        asked = await api.post("/send-message", json={"to": "+5511987654321", "text": "hola"})
        row = await until(runtime, asked.json()["id"], "sent")
        payload = msgspec.json.decode(PAYLOADS["status_read"].read_bytes())
        payload["data"]["keyId"] = row.provider_message_id
        body = msgspec.json.encode(payload)
        assert (await api.post("/webhook", content=body, headers=PROVEN)).status_code == 200
        await until(runtime, asked.json()["id"], "read")


async def test_the_line_shows_when_its_phone_is_unlinked(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    (line,) = [it for it in await runtime.lines.all() if it.channel == "evolution"]
    async with running(runtime, SERVICES):
        for name, state in (("connection_open", "open"), ("connection_close", "closed")):
            body = PAYLOADS[name].read_bytes()
            assert (await api.post("/webhook", content=body, headers=PROVEN)).status_code == 200
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (await runtime.lines.standing(line.id)).state.get("connection") != state:
                    await asyncio.sleep(0.01)


async def test_a_webhook_without_the_token_is_refused_and_stored_nowhere(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    body = PAYLOADS["text"].read_bytes()
    for headers in ({"authorization": ""}, {"authorization": "Bearer nonsense"}):
        assert (await api.post("/webhook", content=body, headers=headers)).status_code == 403
    assert await runtime.queue.depth() == {}


async def test_a_message_that_is_asked_for_goes_out_once_and_its_id_follows_it(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    asked = {"number": "+55 11 98765-4321", "message": "Su pedido ya salió", "instance": INSTANCE}
    key = {"idempotency-key": "order-4711"}
    async with running(runtime, SERVICES):
        first = await api.post("/send-message", json=asked, headers=key)
        again = await api.post("/send-message", json=asked, headers=key)
        assert (first.status_code, again.status_code) == (202, 202)
        message = first.json()
        assert message["id"] == again.json()["id"]
        assert (message["status"], message["author"]) == ("queued", "system")
        row = await until(runtime, message["id"], "sent")
    (sent,) = stub.received
    assert (sent.id, sent.body["text"]) == (row.provider_message_id, "Su pedido ya salió")
    conversation = await runtime.store.read(lambda tx: tx.first(select(Conversation.state)))
    assert conversation is not None
    assert conversation.state == "bot"  # a notice takes the word from nobody


async def test_groups_can_be_written_to_by_their_address(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    group = "120363041234567890@g.us"
    async with running(runtime, SERVICES):
        asked = await api.post("/send-message", json={"to": group, "text": "buen día"})
        await until(runtime, asked.json()["id"], "sent")
    assert stub.received[0].body["number"] == group


async def test_a_template_goes_out_on_the_cloud_api_and_says_why_not_elsewhere(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    asked = {"to": "5511987654321", "name": "cita", "language": "es_MX"}
    async with running(runtime, SERVICES):
        refused = await api.post("/send-template", json=asked)
        assert refused.status_code == 202
        row = await until(runtime, refused.json()["id"], "failed")
        assert "Cloud API" in row.error["detail"]
        assert stub.received == []


async def test_an_instance_on_the_cloud_api_sends_templates(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    stub.instances[INSTANCE] = Instance(integration="WHATSAPP-BUSINESS")
    asked = {"to": "5511987654321", "template": "cita", "language": "es_MX"}
    async with running(runtime, SERVICES):
        taken = await api.post("/send-template", json=asked)
        await until(runtime, taken.json()["id"], "sent")
    assert stub.received[0].action == "sendTemplate"


async def test_pairing_over_http(api: httpx.AsyncClient, stub: EvolutionStub) -> None:
    assert (await api.get("/status")).json()["state"] == "open"
    assert (await api.post("/disconnect")).json()["state"] == "closed"
    assert (await api.get("/status", params={"instance": INSTANCE})).json()["state"] == "closed"
    found = (await api.post("/connect", json={"line": INSTANCE})).json()
    assert (found["state"], found["qr"]) == ("connecting", "2@code-1,key==")


async def test_without_the_key_nothing_is_done(runtime: Runtime, stub: EvolutionStub) -> None:
    app = Starlette(routes=list(evolution_routes(runtime)))
    async with api_client(app, key=None) as nobody:
        for path in ("/send-message", "/send-template", "/connect", "/disconnect"):
            response = await nobody.post(path, json={})
            assert response.status_code == 401
            assert response.headers["content-type"] == "application/problem+json"
        assert (await nobody.get("/status")).status_code == 401
    assert stub.asked == []
    assert await count(runtime, Message) == 0


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/send-message", {"text": "hola"}, 422, "body.to"),
        ("/send-message", {"to": "5511987654321"}, 422, "needs a text"),
        ("/send-message", {"to": "nobody", "text": "hola"}, 400, "phone number"),
        ("/send-message", {"to": "x@newsletter", "text": "hola"}, 400, "no address"),
        ("/send-message", {"to": "5511987654321", "txt": "hola"}, 422, "body.txt"),
        ("/send-message", {"to": "5511987654321", "text": "x", "line": "other"}, 404, "other"),
        ("/send-template", {"to": "5511987654321", "name": "cita"}, 422, "body.language"),
    ],
)
async def test_a_wrong_request_is_told_what_to_mend(
    runtime: Runtime,
    api: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    status: int,
    words: str,
) -> None:
    response = await api.post(path, json=body)
    assert response.status_code == status, response.text
    assert words in response.json()["detail"]
    assert await count(runtime, Message) == 0


async def test_with_several_lines_one_must_be_named(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    line = stub.line("segunda")
    await runtime.lines.add("evolution", line.address, "Segunda", dict(line.credentials))
    response = await api.get("/status")
    assert response.status_code == 400
    assert "segunda" in response.json()["detail"]
    named = (await api.get("/status", params={"line": "Segunda"})).json()
    assert named["state"] == "closed"


async def test_an_evolution_that_is_away_is_a_problem_and_no_mistake(
    tmp_path: Path, stub: EvolutionStub
) -> None:
    async with EvolutionStub() as gone:
        settings = gone.settings()
    async with make_runtime(tmp_path, **settings) as runtime:
        app = Starlette(routes=list(evolution_routes(runtime)))
        async with api_client(app) as api:
            response = await api.get("/status")
            assert response.status_code == 502
            assert "cannot be reached" in response.json()["detail"]


async def test_what_the_business_says_on_its_phone_stands_in_the_conversation(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    body = PAYLOADS["echo_from_the_phone"].read_bytes()
    async with running(runtime, SERVICES):
        assert (await api.post("/webhook", content=body, headers=PROVEN)).status_code == 200
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await count(runtime, Message) or await runtime.queue.depth():
                await asyncio.sleep(0.01)
    row = await runtime.store.read(lambda tx: tx.first(select(Message.direction, Message.text)))
    assert row is not None
    assert (row.direction, row.text) == ("outbound", "Abrimos às 9h")
    assert stub.received == []


async def test_a_received_picture_is_fetched_and_kept(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    payload = msgspec.json.decode(PAYLOADS["image"].read_bytes())
    stub.files[payload["data"]["key"]["id"]] = ("image/png", PICTURE)
    payload["data"]["message"]["imageMessage"]["mimetype"] = "image/png"
    async with running(runtime, [*SERVICES, "media"]):
        body = msgspec.json.encode(payload)
        assert (await api.post("/webhook", content=body, headers=PROVEN)).status_code == 200
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await runtime.queue.depth() or not await count(runtime, Media):
                await asyncio.sleep(0.01)
    found = select(Media.state, Media.error, Media.size_bytes)
    row = await runtime.store.read(lambda tx: tx.first(found))
    assert row is not None
    assert (row.state, row.size_bytes) == ("stored", len(PICTURE)), row.error


async def test_a_send_whose_answer_is_lost_is_not_repeated(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    stub.script(Behaviour(drop=True))
    async with running(runtime, SERVICES):
        asked = await api.post("/send-message", json={"to": "5511987654321", "text": "una vez"})
        await until(runtime, asked.json()["id"], "unknown")
    assert len(stub.received) == 1


async def test_evolutions_report_of_it_settles_a_send_whose_answer_was_lost(
    runtime: Runtime, api: httpx.AsyncClient, stub: EvolutionStub
) -> None:
    stub.script(Behaviour(drop=True))
    payload = msgspec.json.decode(PAYLOADS["send_message_text"].read_bytes())
    async with running(runtime, SERVICES):
        asked = {"to": "5511987654321", "text": "una vez"}
        message_id = (await api.post("/send-message", json=asked)).json()["id"]
        await until(runtime, message_id, "unknown")
        payload["data"]["message"]["conversation"] = "una vez"
        payload["data"]["key"]["id"] = stub.received[0].id
        body = msgspec.json.encode(payload)
        assert (await api.post("/webhook", content=body, headers=PROVEN)).status_code == 200
        row = await until(runtime, message_id, "sent")
    assert row.provider_message_id == stub.received[0].id
    assert len(stub.received) == await count(runtime, Message) == 1

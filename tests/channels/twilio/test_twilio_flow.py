"""A message's whole way through Twilio: webhook in, answer out, its fate back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from recado.app.services import ingest_routes
from recado.assistant.port import Answer, Question
from recado.lines.model import LineRow
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.twilio import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CUSTOMER,
    NUMBER,
    Behaviour,
    TwilioStub,
    message_form,
    signed,
    status_form,
)
from tests.support.waiting import PATIENCE_SECONDS

PUBLIC = "https://recado.example.com"


class Twilio:
    """Twilio as a customer and the vendor see it: the stub's API, and its signed webhooks."""

    def __init__(self, flow: Flow, stub: TwilioStub, client: httpx.AsyncClient) -> None:
        self.flow = flow
        self.stub = stub
        self._client = client

    async def post(
        self, body: bytes, path: str = "/webhooks/twilio", token: str = AUTH_TOKEN
    ) -> httpx.Response:
        headers = signed(f"{PUBLIC}{path}", body, token)
        return await self._client.post(path, content=body, headers=headers)

    async def until_sent(self, count: int) -> list[dict[str, str]]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.stub.received) < count:
                await asyncio.sleep(0.01)
        return [received.form for received in self.stub.received]

    async def call_back(self, number: int, word: str, **fields: str) -> httpx.Response:
        """The status callback of the message that was sent as the `number`th."""
        sent = self.stub.received[number]
        called = urlsplit(sent.form["StatusCallback"])
        body = status_form(sent.id, word, **fields)
        return await self.post(body, f"{called.path}?{called.query}")


class Patient(ScriptedModel):
    """Answers at length."""

    async def answer(self, question: Question) -> Answer:
        return Answer(text="Una frase entera. " * 200, confidence=0.9, model=self.name)


@pytest.fixture
async def twilio(tmp_path: Path) -> AsyncIterator[Twilio]:
    async with TwilioStub() as stub:
        settings: dict[str, Any] = {
            "RECADO_PUBLIC_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_API_URL": stub.url,
            "TWILIO_CONTENT_URL": stub.url,
            "RECADO_UNKNOWN_GRACE_SECONDS": "60",
        }
        async with running_flow(tmp_path, workers=False, **settings) as flow:
            flow.runtime.models.use("embedded", ScriptedModel())
            await flow.start_workers()
            app = Starlette(routes=list(ingest_routes(flow.runtime)))
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://inside") as client:
                yield Twilio(flow, stub, client)


async def until(twilio: Twilio, **expected: Any) -> Any:
    """Wait until an outbound message is so; the message."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            for row in await twilio.flow.messages(direction="outbound"):
                if all(getattr(row, name) == value for name, value in expected.items()):
                    return row
            await asyncio.sleep(0.01)


async def test_a_question_is_answered_and_the_answers_fate_is_known(twilio: Twilio) -> None:
    response = await twilio.post(message_form("¿Tienen abierto?"))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/xml")
    assert response.text.endswith("<Response/>")
    (form,) = await twilio.until_sent(1)
    assert form["Body"] == "Answer to: ¿Tienen abierto?"
    assert (form["From"], form["To"]) == (f"whatsapp:+{NUMBER}", f"whatsapp:+{CUSTOMER}")
    for word in ("queued", "sent", "delivered", "read", "delivered"):
        assert (await twilio.call_back(0, word)).status_code == 200
    message = await until(twilio, status="read")
    assert message.provider_message_id == twilio.stub.received[0].id
    assert message.delivered_at is not None


async def test_a_number_of_the_account_gets_its_line_by_itself(twilio: Twilio) -> None:
    await twilio.post(message_form("hola"))
    await twilio.until_sent(1)
    rows = await twilio.flow.runtime.store.read(
        lambda tx: tx.all(select(LineRow.address).where(LineRow.channel == "twilio"))
    )
    assert [row.address for row in rows] == [NUMBER]


async def test_the_older_address_works_too_and_sms_is_answered_by_sms(twilio: Twilio) -> None:
    body = message_form("hi", From=f"+{CUSTOMER}", To=f"+{NUMBER}", WaId="")
    assert (await twilio.post(body, "/SmsReceived")).status_code == 200
    (form,) = await twilio.until_sent(1)
    assert (form["From"], form["To"]) == (f"+{NUMBER}", f"+{CUSTOMER}")


async def test_a_webhook_that_comes_twice_is_answered_once(twilio: Twilio) -> None:
    for _ in range(3):
        assert (await twilio.post(message_form("hola"))).status_code == 200
    await twilio.until_sent(1)
    await twilio.flow.quiet()
    assert len(twilio.stub.received) == 1
    assert len(await twilio.flow.messages(direction="inbound")) == 1


async def test_a_forged_webhook_stays_out_and_the_line_says_why(twilio: Twilio) -> None:
    response = await twilio.post(message_form("hola"), token="a guess")
    assert response.status_code == 403
    assert "RECADO_PUBLIC_URL" in response.json()["detail"]
    assert await twilio.flow.messages() == []


async def test_a_callback_for_an_answer_of_unknown_fate_is_the_evidence(twilio: Twilio) -> None:
    twilio.stub.script(Behaviour(drop=True))
    await twilio.post(message_form("hola"))
    await twilio.until_sent(1)
    await until(twilio, status="unknown")
    await twilio.call_back(0, "delivered")
    message = await until(twilio, status="delivered")
    assert message.provider_message_id == twilio.stub.received[0].id
    await twilio.flow.quiet()
    assert len(twilio.stub.received) == 1


async def test_a_failure_that_twilio_reports_later_is_explained_on_the_message(
    twilio: Twilio,
) -> None:
    await twilio.post(message_form("hola"))
    await twilio.until_sent(1)
    await twilio.call_back(0, "undelivered", ErrorCode="63024", ErrorMessage="Invalid recipient")
    message = await until(twilio, status="failed")
    assert message.error["code"] == 63024
    assert "cannot get WhatsApp messages" in message.error["title"]


async def test_a_long_answer_is_split_where_twilio_ends(twilio: Twilio) -> None:
    twilio.flow.runtime.models.use("embedded", Patient())
    await twilio.post(message_form("cuéntame"))
    await twilio.flow.quiet()
    bodies = [received.form["Body"] for received in twilio.stub.received]
    assert len(bodies) == 3
    assert all(len(body) <= 1600 and body.endswith(".") for body in bodies)


async def test_what_nobody_understands_is_taken_and_kept(twilio: Twilio) -> None:
    response = await twilio.post(b"hello=1")
    assert response.status_code == 200
    await twilio.flow.quiet()
    assert await twilio.flow.messages() == []

"""Whoever is called by a vendor gets the edge's promises, channel or not: here a payment provider,
Pix, which tells of charges that were paid."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from recado.app.services import WEBHOOKS, ingest_routes
from recado.errors import InvalidSignature, UnparsablePayload
from recado.queue.model import DeadLetterRow
from recado.queue.port import Delivery, QueueSpec, TypedQueue
from recado.queue.worker import Consumer, Worker
from recado.runtime import Runtime
from recado.webhooks.port import LARGE_BYTES, Contents, SignedWebhook, WebhookRequest
from tests.support.runtime import make_runtime
from tests.support.waiting import until

PATH = "/webhooks/pix"
SECRET = b"a secret of the bank's"


class Charge(msgspec.Struct, frozen=True):
    id: str
    cents: int
    account: str = "ours"


PIX = TypedQueue(QueueSpec("pix", retry_base_seconds=0.01), Charge)
BODY = json.dumps({"charges": [{"id": "c1", "cents": 2150}, {"id": "c2", "cents": 90}]}).encode()


def sign(body: bytes, secret: bytes = SECRET) -> dict[str, str]:
    return {"x-pix-signature": hmac.new(secret, body, hashlib.sha256).hexdigest()}


class Pix:
    """The provider's side of Recado, as its author would write it."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def webhooks(self, runtime: Runtime) -> list[SignedWebhook[Any]]:
        return [
            SignedWebhook(
                name="pix",
                paths=(PATH,),
                queue=PIX,
                verify=self._verify,
                jobs_of=self._jobs_of,
                refused=self.refused.append,
                max_bytes=LARGE_BYTES * 2,
            )
        ]

    async def _verify(self, request: WebhookRequest) -> str:
        given = request.headers.get("x-pix-signature", "")
        if not hmac.compare_digest(given, sign(request.body)["x-pix-signature"]):
            raise InvalidSignature
        return "ours"

    async def _jobs_of(self, request: WebhookRequest, account: str) -> Contents:
        try:
            charges = msgspec.json.decode(request.body, type=dict[str, list[Charge]])
        except msgspec.MsgspecError as error:
            raise UnparsablePayload(str(error)) from error
        found = charges.get("charges", [])
        own = [it for it in found if it.account == account]
        jobs = [PIX.job(f"pix:{it.id}", it, trace_id=request.trace_id) for it in own]
        return Contents(jobs, foreign=len(found) - len(own))


class Bank:
    def __init__(self, runtime: Runtime, pix: Pix, client: httpx.AsyncClient) -> None:
        self.runtime = runtime
        self.pix = pix
        self._client = client

    async def tell(
        self, body: bytes = BODY, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        signed = sign(body) if headers is None else headers
        return await self._client.post(PATH, content=body, headers=signed)

    async def waiting(self) -> list[Delivery]:
        return await self.runtime.queue.receive(PIX.spec, 500, 0)


@asynccontextmanager
async def telling(tmp_path: Path, **settings: str) -> AsyncIterator[Bank]:
    pix = Pix()
    async with make_runtime(tmp_path, **settings) as runtime:
        app = Starlette(routes=list(ingest_routes(runtime, (*WEBHOOKS, pix.webhooks))))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://recado") as client:
            yield Bank(runtime, pix, client)


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with telling(tmp_path) as bank:
        yield bank


async def test_its_jobs_are_durable_before_the_200_each_in_its_lane(bank: Bank) -> None:
    answer = await bank.tell()
    assert (answer.status_code, answer.content) == (200, b"")
    found = {it.lane: PIX.body(it) for it in await bank.waiting()}
    assert found == {"pix:c1": Charge("c1", 2150), "pix:c2": Charge("c2", 90)}


@pytest.mark.parametrize(
    "headers", [{}, sign(b"another body"), sign(BODY, b"another secret"), {"x-pix-signature": ""}]
)
async def test_what_the_vendor_did_not_sign_is_refused_reported_and_stores_nothing(
    bank: Bank, headers: dict[str, str]
) -> None:
    assert (await bank.tell(headers=headers)).status_code == 403
    assert await bank.waiting() == []
    assert b'kind="invalid_signature"' in bank.runtime.metrics.text()
    assert bank.pix.refused == ["The webhook's signature is missing or wrong"]


async def test_what_cannot_be_made_durable_is_not_acknowledged(bank: Bank) -> None:
    await bank.runtime.store.close()
    answer = await bank.tell()
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


@pytest.mark.parametrize("body", [b"", b"no json", b'{"charges":5}', b'\xff\x00{"charges":[]}'])
async def test_a_signed_body_that_nobody_can_read_becomes_a_dead_letter(
    bank: Bank, body: bytes
) -> None:
    assert (await bank.tell(body)).status_code == 200

    async def pay(delivery: Delivery) -> None:
        PIX.body(delivery)

    async def letters() -> list[Any]:
        query = select(DeadLetterRow.__table__)
        return list(await bank.runtime.store.read(lambda tx: tx.all(query)))

    async def is_dead() -> bool:
        return bool(await letters())

    worker = Worker(bank.runtime.queue, bank.runtime.store, [Consumer(PIX.spec, pay)])
    await worker.start()
    try:
        await until(is_dead)
    finally:
        await worker.stop()
    (letter,) = await letters()
    assert (letter.queue, letter.receives) == ("pix", 1)
    raw = json.loads(letter.body)["raw"]
    assert raw == body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    assert "UnparsablePayload" in letter.cause


async def test_a_body_with_nothing_to_do_is_accepted(bank: Bank) -> None:
    assert (await bank.tell(b'{"charges":[]}')).status_code == 200
    assert await bank.waiting() == []


async def test_what_is_signed_by_another_than_it_is_for_is_left_out(bank: Bank) -> None:
    charges = [{"id": "c1", "cents": 1}, {"id": "c2", "cents": 1, "account": "another's"}]
    assert (await bank.tell(json.dumps({"charges": charges}).encode())).status_code == 200
    assert [it.lane for it in await bank.waiting()] == ["pix:c1"]
    assert (await bank.tell(json.dumps({"charges": charges[1:]}).encode())).status_code == 403
    assert bank.runtime.metrics.text().count(b'kind="foreign_line"') == 1
    assert len(bank.pix.refused) == 2


async def test_its_body_may_be_as_long_as_it_says_and_no_longer(bank: Bank) -> None:
    most = LARGE_BYTES * 2
    long = BODY + b" " * (most - len(BODY))
    assert (await bank.tell(long)).status_code == 200
    assert (await bank.tell(long + b" ")).status_code == 413
    assert len(await bank.waiting()) == 2


async def test_it_shares_the_throttle_with_every_other_webhook(tmp_path: Path) -> None:
    async with telling(tmp_path, RECADO_WEBHOOK_RATE_PER_SECOND="1") as bank:
        answers = [await bank.tell() for _ in range(3)]
        assert [it.status_code for it in answers] == [200, 429, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1

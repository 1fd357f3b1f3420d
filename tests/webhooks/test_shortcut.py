"""The process's short way for webhooks answers as the long one does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from recado.app.health import Lifecycle
from recado.app.server import build_app
from recado.app.services import ingest_routes
from recado.channels.messages import InboundItem
from recado.channels.whatsapp import WhatsAppChannel
from recado.runtime import Runtime
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, sign, text_message, webhook
from tests.support.runtime import api_client, make_runtime

PATH = "/webhooks/whatsapp"
BODY = webhook(messages=[text_message("hola")])
TRACE = {"x-trace-id": "caller-12345"}


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    settings = {"WHATSAPP_APP_SECRET": SECRET, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
    async with make_runtime(tmp_path, **settings) as runtime:
        yield runtime


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", PATH, sign(BODY), 200),
        ("POST", PATH, sign(BODY, "another secret"), 403),
        ("POST", "/webhooks/evolution/messages.upsert", {}, 403),  # its path is a pattern
        ("GET", PATH, {}, 403),
        ("PUT", PATH, sign(BODY), 405),
        ("POST", f"{PATH}/", sign(BODY), 307),
    ],
)
async def test_a_webhook_gets_the_same_answer_on_the_short_way_as_from_the_router(
    runtime: Runtime, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with api_client(Starlette(routes=list(ingest_routes(runtime)))) as client:
        routed = await client.request(method, path, content=BODY, headers=headers)
    async with api_client(build_app(runtime, ["ingest"], Lifecycle())) as client:
        short = await client.request(method, path, content=BODY, headers={**headers, **TRACE})
    assert short.status_code == routed.status_code == status
    assert short.headers["x-trace-id"] == TRACE["x-trace-id"]
    assert short.headers["x-service-name"] == runtime.settings.service_name
    if status == 200:
        assert short.content == routed.content
        assert short.headers["content-type"] == routed.headers["content-type"]
        assert short.headers["content-length"] == str(len(short.content))
    if status >= 400:
        assert short.json()["trace_id"] == TRACE["x-trace-id"]


async def test_a_mistake_of_ours_is_logged_once_and_tells_the_vendor_nothing(
    runtime: Runtime,
) -> None:
    class Broken(WhatsAppChannel):
        def parse(self, body: bytes, url: str = "") -> list[InboundItem]:
            raise KeyError("what ana wrote")

    runtime.channels["whatsapp"] = Broken()
    async with api_client(build_app(runtime, ["ingest"])) as client:
        with capture_logs() as logs:
            answer = await client.post(PATH, content=BODY, headers={**sign(BODY), **TRACE})
    assert answer.status_code == 500
    assert answer.json()["trace_id"] == TRACE["x-trace-id"]
    assert "ana" not in answer.text
    assert [it["event"] for it in logs] == ["request failed"]

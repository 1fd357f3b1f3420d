"""Templates come from Meta page by page, and what Meta no longer has goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select

from recado.channels.messages import InboundEvent
from recado.errors import SendRejected
from recado.inbound.reports import keep_event, reports_in
from recado.lines.model import LineRow
from recado.runtime import Runtime
from recado.templates.catalogue import find_template, list_templates
from recado.templates.sync import refresh_templates, sync_templates
from tests.support.runtime import make_runtime

ACCOUNT_ID = "102290129340398"


def meta_template(name: str, **values: Any) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "name": name,
        "language": "es_MX",
        "category": "UTILITY",
        "status": "APPROVED",
        "components": [{"type": "BODY", "text": f"Texto de {name}"}],
        "quality_score": {"score": "GREEN", "date": 1690000000},
        "rejected_reason": "NONE",
        **values,
    }


class Meta:
    """The account's list of templates, two a page."""

    def __init__(self) -> None:
        self.templates = [meta_template("one"), meta_template("two"), meta_template("three")]
        self.asked: list[str] = []
        self.numbers: dict[str, str] = {}
        self.down = False

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path in self.numbers:
            number = self.numbers[request.path]
            return web.json_response({"id": "1", "display_phone_number": number})
        if self.down:
            error = {"code": 190, "message": "expired", "type": "OAuthException"}
            return web.json_response({"error": error}, status=401)
        start = int(request.query.get("after", "0"))
        page = self.templates[start : start + 2]
        paging: dict[str, Any] = {"cursors": {"after": str(start + 2)}}
        if start + 2 < len(self.templates):
            paging["next"] = "https://graph.facebook.com/next"
        return web.json_response({"data": page, "paging": paging})


@asynccontextmanager
async def account(tmp_path: Path) -> AsyncIterator[tuple[Meta, Runtime]]:
    meta = Meta()
    runner = web.ServerRunner(web.Server(meta.answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with make_runtime(
            tmp_path,
            WHATSAPP_API_URL=url,
            WHATSAPP_ACCESS_TOKEN="a token",
            WHATSAPP_PHONE_NUMBER_ID="106540352242922",
            WHATSAPP_BUSINESS_ACCOUNT_ID=ACCOUNT_ID,
        ) as runtime:
            yield meta, runtime
    finally:
        await runner.cleanup()


async def test_all_pages_are_taken_and_what_vanished_goes(tmp_path: Path) -> None:
    async with account(tmp_path) as (meta, runtime):
        line = await runtime.lines.at("whatsapp", "106540352242922")
        assert line is not None
        assert await sync_templates(runtime, line) == 3
        assert meta.asked == ["/v23.0/102290129340398/message_templates"] * 2
        rejected = meta_template("two", status="REJECTED", rejected_reason="INVALID_FORMAT")
        meta.templates = [rejected, meta_template("four", category="MARKETING")]
        assert await sync_templates(runtime, line) == 2
        found = await runtime.store.read(lambda tx: list_templates(tx, line.id))
        assert [(it.name, it.status, it.category) for it in found] == [
            ("four", "approved", "marketing"),
            ("two", "rejected", "utility"),
        ]
        assert found[1].reason == "INVALID_FORMAT"


async def test_a_vendor_that_cannot_be_asked_changes_nothing_and_says_why(tmp_path: Path) -> None:
    async with account(tmp_path) as (meta, runtime):
        line = await runtime.lines.at("whatsapp", "106540352242922")
        assert line is not None
        await sync_templates(runtime, line)
        meta.down = True
        with pytest.raises(SendRejected):
            await sync_templates(runtime, line)
        assert len(await runtime.store.read(lambda tx: list_templates(tx, line.id))) == 3
        state = await runtime.store.read(
            lambda tx: tx.scalar(select(LineRow.state).where(LineRow.id == line.id))
        )
        assert "access token" in state["templates"]["error"]
        assert state["templates"]["count"] == 3


async def test_a_line_learns_its_number_so_that_reports_on_it_find_it(tmp_path: Path) -> None:
    async with account(tmp_path) as (meta, runtime):
        credentials = {"access_token": "a token", "business_account_id": ACCOUNT_ID}
        await runtime.lines.add("whatsapp", "777", "Second", credentials)
        meta.numbers = {
            "/v23.0/106540352242922": "+1 555-078-3881",
            "/v23.0/777": "+34 600 111 222",
        }
        await refresh_templates(runtime)
        value = {"display_phone_number": "34600111222", "event": "FLAGGED"}
        event = InboundEvent("whatsapp", ACCOUNT_ID, "phone_number_quality_update", value)
        lines = [line for line in await runtime.lines.all() if line.channel == "whatsapp"]
        reports = reports_in(runtime.channels, event)
        await runtime.store.write(lambda tx: keep_event(tx, lines, event, reports))
        states = {it.address: (await runtime.lines.standing(it.id)).state for it in lines}
        flagged = {address for address, state in states.items() if "quality" in state}
        assert flagged == {"777"}


async def test_a_template_is_found_in_the_contacts_language(tmp_path: Path) -> None:
    async with account(tmp_path) as (meta, runtime):
        meta.templates = [meta_template("hi", language=code) for code in ("en_US", "es_MX")]
        line = await runtime.lines.at("whatsapp", "106540352242922")
        assert line is not None
        await sync_templates(runtime, line)
        line_id = line.id

        def languages(*asked: str) -> Any:
            return lambda tx: [find_template(tx, line_id, "hi", it).language for it in asked]

        found = await runtime.store.read(languages("es", "en_US", "es_AR"))
        assert found == ["es_MX", "en_US", "es_MX"]

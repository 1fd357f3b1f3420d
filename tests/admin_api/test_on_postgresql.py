"""What PostgreSQL decides differently from SQLite: two writers at once, texts that it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from recado.admin_api.app import api_routes
from recado.conversations.model import Message
from recado.queue.dead_letters import record_in
from recado.runtime import Runtime
from tests.support.conversations import add_conversation, add_line
from tests.support.engines import postgresql_url
from tests.support.runtime import api_client, make_runtime


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with postgresql_url() as url, make_runtime(tmp_path, DATABASE_URL=url) as runtime:
        yield runtime


@pytest.fixture
async def api(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with api_client(Starlette(routes=api_routes(runtime))) as client:
        yield client


async def test_requests_with_one_key_at_the_same_time_say_it_once(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    conversation_id = await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx)))
    path = f"/api/v1/conversations/{conversation_id}/messages"
    key = {"idempotency-key": "k"}
    calls = [api.post(path, json={"text": "una vez"}, headers=key) for _ in range(8)]
    responses = await asyncio.gather(*calls)
    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["id"] for response in responses}) == 1
    count = await runtime.store.read(lambda tx: tx.scalar(select(func.count(Message.id))))
    assert count == 1


async def test_a_letter_replayed_by_two_people_at_once_is_replayed_once(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    letter_id = await runtime.store.write(
        lambda tx: record_in(tx, queue="send", lane="l", body=b"{}", cause="x")
    )
    path = f"/api/v1/dead-letters/{letter_id}/replay"
    responses = await asyncio.gather(*(api.post(path) for _ in range(4)))
    assert sorted(response.status_code for response in responses) == [200, 409, 409, 409]
    assert (await runtime.queue.depth())["send"].waiting == 1


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/conversations", {"search": "ñ\x00"}),
        ("/conversations", {"contact": "\x00"}),
        ("/conversations", {"cursor": "\x00"}),
        ("/conversations/%00", {}),
        ("/messages", {"line": "\x00"}),
        ("/contacts", {"identity": "\x00"}),
        ("/escalations", {"conversation": "\x00"}),
        ("/knowledge/search", {"q": "\x00"}),
    ],
)
async def test_what_postgresql_cannot_store_is_refused_before_it(
    api: httpx.AsyncClient, path: str, query: dict[str, str]
) -> None:
    response = await api.get(f"/api/v1{path}", params=query)
    assert response.status_code == 422, response.text


async def test_every_list_answers(runtime: Runtime, api: httpx.AsyncClient) -> None:
    conversation_id = await runtime.store.write(
        lambda tx: add_conversation(tx, add_line(tx), name="Ñusta")
    )
    for path in (
        f"/conversations/{conversation_id}/messages",
        f"/conversations/{conversation_id}/events",
        "/messages?since=2026-01-01&direction=inbound",
        "/escalations?state=open",
        "/dead-letters?state=all",
        "/knowledge",
        "/knowledge/search?q=horarios",
        "/characters",
        "/stats",
        "/lines",
    ):
        response = await api.get(f"/api/v1{path}")
        assert response.status_code == 200, (path, response.text)
    found = await api.get("/api/v1/conversations", params={"search": "ñUSTA"})
    assert [item["contact_name"] for item in found.json()["items"]] == ["Ñusta"]

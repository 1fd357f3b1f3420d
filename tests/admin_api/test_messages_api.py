"""Messages over the API: read in order, and said once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from recado.conversations.messages import append_message
from recado.conversations.model import Message
from recado.http.times import to_iso
from recado.jobs import SEND
from recado.runtime import Runtime
from recado.store import Tx, now
from tests.support.conversations import add_conversation, add_line, add_message

FIELDS = {
    "id", "conversation_id", "contact_id", "line_id", "direction", "author", "type", "text",
    "provider_message_id", "status", "created_at", "in_reply_to", "confidence", "media", "raw",
}  # fmt: skip


@pytest.fixture
async def conversation_id(runtime: Runtime) -> str:
    return await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx)))


async def test_a_message_has_the_fields_that_programs_rely_on(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    def hear_one(tx: Tx) -> None:
        hear(
            tx, conversation_id, "¿Abren? 🎂",
            provider_message_id="wamid.1", raw={"seen_at": 1.5, "id": "wamid.1"},
            content={"sent_at": 7.0},
        )  # fmt: skip

    await runtime.store.write(hear_one)
    (message,) = (await api.get("/api/v1/messages")).json()["items"]
    assert set(message) >= FIELDS
    assert (message["text"], message["status"], message["author"]) == (
        "¿Abren? 🎂",
        "received",
        "contact",
    )
    assert (message["raw"], message["in_reply_to"], message["media"]) == (None, [], None)
    # What the vendor sent stays as it was, also where it looks like our own times.
    assert message["content"] == {"sent_at": 7.0}
    (raw,) = (await api.get("/api/v1/messages?raw=true")).json()["items"]
    assert raw["raw"] == {"seen_at": 1.5, "id": "wamid.1"}
    one = await api.get(f"/api/v1/messages/{message['id']}")
    assert one.json() == message


async def test_a_transcript_is_paged_in_its_order_both_ways(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    for number in range(9):
        await runtime.store.write(lambda tx: hear(tx, conversation_id, f"m{number}"))  # noqa: B023
    path = f"/api/v1/conversations/{conversation_id}/messages"
    everything = [f"m{number}" for number in range(9)]
    assert await texts(api, path) == everything
    assert await texts(api, path, limit="4") == everything
    assert await texts(api, path, limit="3") == everything
    assert await texts(api, path, limit="3", order="desc") == everything[::-1]
    other = await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx)))
    assert await texts(api, f"/api/v1/conversations/{other}/messages") == []
    cursor = (await api.get(path, params={"limit": "2"})).json()["next"]
    for bad in ({"order": "desc", "cursor": cursor}, {"cursor": cursor + "A"}):
        assert (await api.get(path, params=bad)).status_code == 400


async def test_a_transcript_that_grows_is_read_to_its_new_end(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    for number in range(4):
        await runtime.store.write(lambda tx: hear(tx, conversation_id, f"m{number}"))  # noqa: B023
    path = f"/api/v1/conversations/{conversation_id}/messages"
    first = (await api.get(path, params={"limit": "3"})).json()
    await runtime.store.write(lambda tx: hear(tx, conversation_id, "late"))
    rest = await api.get(path, params={"limit": "3", "cursor": first["next"]})
    shown = [message["text"] for message in first["items"] + rest.json()["items"]]
    assert shown == ["m0", "m1", "m2", "m3", "late"]


async def test_since_finds_what_came_then_or_later(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    moments = []
    for number in range(4):
        moments.append(
            await runtime.store.write(lambda tx: hear(tx, conversation_id, f"m{number}"))  # noqa: B023
        )
    path = "/api/v1/messages"
    assert await texts(api, path) == ["m3", "m2", "m1", "m0"]
    for since in (to_iso(moments[2]), repr(moments[2])):
        assert await texts(api, path, since=since) == ["m2", "m3"]
        assert await texts(api, path, since=since, order="desc", limit="1") == ["m3", "m2"]
    shown = (await api.get(path)).json()["items"][1]["created_at"]
    assert await texts(api, path, since=shown) == ["m2", "m3"]
    assert await texts(api, path, since=to_iso(now() + 60)) == []
    assert await texts(api, path, direction="outbound") == []


@pytest.mark.parametrize(
    "query",
    [{"since": "yesterday"}, {"since": "1700000000000"}, {"since": "nan"}, {"since": "inf"}],
)
async def test_a_point_in_time_that_is_none_is_refused(
    api: httpx.AsyncClient, query: dict[str, str]
) -> None:
    response = await api.get("/api/v1/messages", params=query)
    assert response.status_code == 400
    assert "point in time" in response.json()["detail"]


async def test_a_program_speaks_and_takes_the_word(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    path = f"/api/v1/conversations/{conversation_id}"
    response = await api.post(f"{path}/messages", json={"text": "¡Hola! Soy Marta 👋"})
    assert response.status_code == 201
    message = response.json()
    assert (message["direction"], message["author"], message["status"]) == (
        "outbound",
        "agent",
        "queued",
    )
    assert (await api.get(path)).json()["state"] == "human"
    assert (await runtime.queue.depth())[SEND.name].waiting == 1


async def test_a_notice_of_the_system_leaves_the_word_with_the_assistant(
    api: httpx.AsyncClient, conversation_id: str
) -> None:
    path = f"/api/v1/conversations/{conversation_id}"
    notice = {"text": "Su pedido salió.", "author": "system"}
    assert (await api.post(f"{path}/messages", json=notice)).status_code == 201
    assert (await api.get(path)).json()["state"] == "bot"


async def test_other_types_go_out_with_their_content(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    await runtime.store.write(lambda tx: add_message(tx, conversation_id, "wamid.7"))
    content = {"location": {"latitude": 4.6, "longitude": -74.1, "name": "Café"}}
    response = await api.post(
        f"/api/v1/conversations/{conversation_id}/messages",
        json={"type": "location", "content": content, "reply_to": "wamid.7"},
    )
    assert response.status_code == 201
    message = response.json()
    assert (message["type"], message["content"]) == ("location", content)
    assert message["reply_to"] == "wamid.7"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"text": "   "}, "body"),
        ({"text": 5}, "body.text"),
        ({"text": "x" * 4097}, "body.text"),
        ({"text": "a\x00b"}, "body.text"),
        ({"type": "note", "text": "x"}, "body.type"),
        ({"type": "image"}, "body"),
        ({"type": "image", "content": {"a": "\x00"}}, "body.content"),
        ({"text": "x", "author": "contact"}, "body.author"),
        ({"text": "x", "txet": "y"}, "body.txet"),
        ([], "body"),
    ],
)
async def test_what_cannot_be_said_is_refused_by_field(
    api: httpx.AsyncClient, conversation_id: str, body: Any, field: str
) -> None:
    path = f"/api/v1/conversations/{conversation_id}/messages"
    response = await api.post(path, json=body)
    assert response.status_code == 422, response.text
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert (await api.get(path)).json()["items"] == []


async def test_text_that_no_database_can_store_is_refused(
    api: httpx.AsyncClient, conversation_id: str
) -> None:
    path = f"/api/v1/conversations/{conversation_id}/messages"
    for body in (
        rb'{"text": "half \ud83d"}',
        rb'{"type": "image", "content": {"a": "half \ud83d"}}',
        b'{"type": "image", "content": {"a": ' + b"[" * 2000 + b"]" * 2000 + b"}}",
    ):
        response = await api.post(path, content=body, headers={"content-type": "application/json"})
        assert response.status_code in (400, 422), response.text
    assert (await api.get(path)).json()["items"] == []


async def test_a_retried_request_says_it_once(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    path = f"/api/v1/conversations/{conversation_id}/messages"
    key = {"idempotency-key": "order-4711-shipped"}
    first = await api.post(path, json={"text": "Salió."}, headers=key)
    again = await api.post(path, json={"text": "Salió."}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    other = await api.post(path, json={"text": "Salió."}, headers={"idempotency-key": "4712"})
    assert other.json()["id"] != first.json()["id"]
    assert await count(runtime) == 2
    assert (await runtime.queue.depth())[SEND.name].waiting == 2


async def test_requests_with_one_key_at_the_same_time_say_it_once(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    path = f"/api/v1/conversations/{conversation_id}/messages"
    key = {"idempotency-key": "k"}
    calls = [api.post(path, json={"text": "una vez"}, headers=key) for _ in range(8)]
    responses = await asyncio.gather(*calls)
    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["id"] for response in responses}) == 1
    assert await count(runtime) == 1


async def test_a_key_used_for_another_message_is_a_conflict(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    path = f"/api/v1/conversations/{conversation_id}/messages"
    key = {"idempotency-key": "k"}
    await api.post(path, json={"text": "uno"}, headers=key)
    response = await api.post(path, json={"text": "dos"}, headers=key)
    assert response.status_code == 409
    assert "Idempotency-Key" in response.json()["detail"]
    assert await count(runtime) == 1


async def test_a_key_means_something_in_its_conversation_only(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    other = await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx)))
    key = {"idempotency-key": "k"}
    ids = set()
    for conversation in (conversation_id, other):
        path = f"/api/v1/conversations/{conversation}/messages"
        ids.add((await api.post(path, json={"text": "hola"}, headers=key)).json()["id"])
    assert len(ids) == 2


async def test_a_request_that_failed_leaves_its_key_unused(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    key = {"idempotency-key": "k"}
    gone = f"/api/v1/conversations/{'0' * 32}/messages"
    assert (await api.post(gone, json={"text": "hola"}, headers=key)).status_code == 404
    assert (await api.post(gone, json={"text": "hola"}, headers=key)).status_code == 404


async def texts(api: httpx.AsyncClient, path: str, **query: str) -> list[str]:
    """The texts of all pages."""
    found: list[str] = []
    while True:
        response = await api.get(path, params=query)
        assert response.status_code == 200, response.text
        page = response.json()
        found += [message["text"] for message in page["items"]]
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]


async def count(runtime: Runtime) -> int:
    number: int = await runtime.store.read(lambda tx: tx.scalar(select(func.count(Message.id))))
    return number


def hear(tx: Tx, conversation_id: str, words: str, **values: Any) -> float:
    message = append_message(
        tx, conversation_id, direction="inbound", author="contact", type="text", text=words,
        **values,
    )  # fmt: skip
    return float(message["created_at"])

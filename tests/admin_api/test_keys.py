"""Nobody without a key gets in, and whoever has one is known by name."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, update
from starlette.types import ASGIApp, Message, Scope

from recado.runtime import Runtime
from recado.security.model import ApiToken, AuditEntry, User
from recado.security.sessions import hash_token
from recado.security.users import add_user
from recado.store import Tx, now
from tests.support.conversations import add_conversation, add_line, columns
from tests.support.runtime import API_KEY, api_client

TOKEN = "rcd_token-of-marta"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {API_KEY}",
        API_KEY,
        f"Bearer {API_KEY}x",
        f"Bearer {API_KEY[:-1]}",
        "Bearer ñandú",
        "Bearer ' OR 1=1 --",
    ],
)
async def test_without_the_key_every_route_is_closed(app: ASGIApp, header: str | None) -> None:
    headers = {} if header is None else {b"authorization": header.encode()}
    async with api_client(app, key=None) as client:
        for path in ("/api/v1/lines", "/api/v1/nothing", "/api/v1/", "/api/v1/stats"):
            response = await client.get(path, headers=headers)
            assert response.status_code == 401, path
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.headers["content-type"] == "application/problem+json"
            problem = response.json()
            assert problem["type"] == "/problems/unauthorized"
            assert problem["detail"]
            assert problem["trace_id"] == response.headers["x-trace-id"]


async def test_the_key_opens_whatever_the_case_of_the_scheme(app: ASGIApp) -> None:
    async with api_client(app, key=None) as client:
        for scheme in ("Bearer", "bearer", "BEARER"):
            response = await client.get(
                "/api/v1/lines", headers={"authorization": f"{scheme} {API_KEY}"}
            )
            assert response.status_code == 200


async def test_without_the_key_not_even_the_body_is_read(app: ASGIApp) -> None:
    """Otherwise a stranger could make the server parse whatever they like."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/analyze",
        "raw_path": b"/api/v1/analyze",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"20")],
        "client": ("203.0.113.9", 1),
        "server": ("recado.test", 80),
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 401


async def test_the_description_and_its_pages_are_open(app: ASGIApp) -> None:
    async with api_client(app, key=None) as client:
        for path in ("/openapi.json", "/docs", "/docs/start.js"):
            assert (await client.get(path)).status_code == 200


async def test_a_token_acts_in_its_users_name(runtime: Runtime, app: ASGIApp) -> None:
    def seed(tx: Tx) -> tuple[str, str]:
        user_id = add_user(tx, email="marta@example.com", name="Marta", role="agent")
        add_token(tx, user_id=user_id)
        return user_id, add_conversation(tx, add_line(tx))

    user_id, conversation_id = await runtime.store.write(seed)
    async with api_client(app, key=TOKEN) as client:
        path = f"/api/v1/conversations/{conversation_id}"
        taken = (await client.post(f"{path}/takeover")).json()
        assert (taken["assignee_id"], taken["assignee_name"]) == (user_id, "Marta")
        said = (await client.post(f"{path}/messages", json={"text": "Hola"})).json()
        assert (said["author_user_id"], said["author_name"]) == (user_id, "Marta")
        events = (await client.get(f"{path}/events")).json()["items"]
        assert [(event["name"], event["actor"]) for event in events] == [
            ("taken_over", f"user:{user_id}")
        ]
    rows = await runtime.store.read(lambda tx: tx.all(select(AuditEntry.actor, AuditEntry.action)))
    assert {tuple(row) for row in rows} == {
        (f"user:{user_id}", "conversation.take_over"),
        (f"user:{user_id}", "message.say"),
    }


async def test_a_token_without_a_user_is_the_installations(runtime: Runtime, app: ASGIApp) -> None:
    await runtime.store.write(add_token)
    async with api_client(app, key=TOKEN) as client:
        assert (await client.get("/api/v1/lines")).status_code == 200
    used = await runtime.store.read(lambda tx: tx.scalar(select(ApiToken.last_used_at)))
    assert used is not None


async def test_a_token_is_stored_as_a_hash_only(runtime: Runtime) -> None:
    await runtime.store.write(add_token)
    stored = await runtime.store.read(lambda tx: tx.first(select(ApiToken.__table__)))
    assert stored is not None
    assert TOKEN not in str(stored)


@pytest.mark.parametrize("how", ["revoked", "disabled", "user gone"])
async def test_a_token_ends_when_it_or_its_user_does(
    runtime: Runtime, app: ASGIApp, how: str
) -> None:
    def end(tx: Tx) -> None:
        user_id = add_user(tx, email="marta@example.com", name="Marta", role="agent")
        add_token(tx, user_id="f" * 32 if how == "user gone" else user_id)
        if how == "revoked":
            tx.execute(update(ApiToken).values(revoked_at=now()))
        if how == "disabled":
            tx.execute(update(User).values(disabled_at=now()))

    await runtime.store.write(end)
    async with api_client(app, key=TOKEN) as client:
        assert (await client.get("/api/v1/lines")).status_code == 401


async def test_refused_keys_are_counted(runtime: Runtime, app: ASGIApp) -> None:
    async with api_client(app, key="wrong") as client:
        await client.get("/api/v1/lines")
    assert b"invalid_api_key" in runtime.metrics.text()


async def test_an_installation_without_a_key_lets_nobody_in(runtime: Runtime, app: ASGIApp) -> None:
    runtime.api_key = ""
    async with api_client(app, key=None) as client:
        for header in ("Bearer ", "Bearer  ", "Bearer x"):
            response = await client.get("/api/v1/lines", headers={"authorization": header})
            assert response.status_code == 401


def add_token(tx: Tx, *, user_id: str | None = None) -> None:
    row: dict[str, Any] = {"token_hash": hash_token(TOKEN), "name": "ci", "user_id": user_id}
    tx.execute(insert(ApiToken), columns(ApiToken, created_at=now(), **row))

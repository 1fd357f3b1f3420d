"""Who may do what is the same at the desk and through the API, on every address there is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import insert
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from recado.admin_api.app import PREFIX as API_PREFIX
from recado.admin_api.app import ROUTERS
from recado.app.health import Lifecycle, health_routes
from recado.app.server import build_app
from recado.app.services import SERVICES
from recado.channels.evolution.api import router as evolution
from recado.desk.not_found import NotFoundPage
from recado.desk.visit import DeskRoute
from recado.http.rights import OPERATIONS
from recado.runtime import Runtime
from recado.security.model import ApiToken
from recado.security.rights import ACTIONS, RIGHTS, Action
from recado.security.sessions import (
    find_session,
    hash_token,
    open_session,
)
from recado.security.users import ROLES, Role, add_user
from recado.store import Tx, now
from recado.webhooks.edge import WebhookEdge
from tests.support.runtime import API_KEY, api_client, make_runtime

#: Addresses that nobody needs a right for: each proves its caller in its own way, or tells nothing.
OPEN = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/docs/{name}"),
    ("GET", "/files/{token}"),
    ("GET", "/desk/static"),
    ("GET", "/signin"),
    ("POST", "/signin"),
    ("GET", "/signin/{token}"),
}


@dataclass(frozen=True, slots=True)
class Address:
    method: str
    path: str
    action: Action | None
    of_desk: bool

    @property
    def filled(self) -> str:
        return re.sub(r"\{[^}]+\}", "01J00000000000000000000000", self.path)


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path, services=tuple(SERVICES)) as runtime:
        yield runtime


def addresses(runtime: Runtime) -> Iterator[Address]:
    """All that the services answer, each with the action that it is."""
    collected = [make(runtime) for it in SERVICES.values() for make in it.routes]
    for route in (*(it for part in collected for it in part), *health_routes(runtime, Lifecycle())):
        yield from of_route(route)
    for router, prefix in ((it, API_PREFIX) for it in ROUTERS):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield Address(method, prefix + route.path, OPERATIONS[route.name], False)
    for route in evolution.routes:
        assert isinstance(route, APIRoute)
        for method in route.methods or ():
            yield Address(method, route.path, OPERATIONS[route.name], False)


def of_route(route: BaseRoute) -> Iterator[Address]:
    if isinstance(route, NotFoundPage):
        return
    if isinstance(route, Mount):
        assert ("GET", route.path) in OPEN, f"{route.path} has no entry in the table of rights"
        return
    assert isinstance(route, Route)
    if isinstance(route, DeskRoute):
        for method in (route.methods or set()) - {"HEAD"}:
            if route.action is None:
                assert (method, route.path) in OPEN
            else:
                yield Address(method, route.path, route.action, True)
        return
    is_webhook = isinstance(route.app, WebhookEdge) or route.path.startswith("/webhook")
    behind_key = route.path in {it.path for it in evolution.routes if isinstance(it, APIRoute)}
    if is_webhook or behind_key or route.path == f"{API_PREFIX}/{{path:path}}":
        return  # verified by its channel; walked operation by operation
    for method in (route.methods or set()) - {"HEAD"}:
        assert (method, route.path) in OPEN, f"{method} {route.path} has no entry"


def test_every_action_is_somebodys_and_no_role_has_less_than_one_below_it() -> None:
    assert RIGHTS["admin"] == set(ACTIONS)
    assert RIGHTS["agent"] < RIGHTS["supervisor"] < RIGHTS["admin"]
    assert set(RIGHTS) == set(ROLES)


def test_what_changes_the_installation_is_for_those_who_answer_for_it() -> None:
    for action in ("lines.change", "lines.test", "lines.pair", "team"):
        assert [role for role in ROLES if action in RIGHTS[role]] == ["admin"]
    for action in ("dead_letters.change", "knowledge.change", "templates.sync", "lines.read"):
        assert action not in RIGHTS["agent"]


async def user_of(runtime: Runtime, role: Role) -> tuple[str, str, str]:
    """A user's session, its form token, and the user's API token."""
    token = f"recado_{role}-token"

    def work(tx: Tx) -> tuple[str, str]:
        user_id = add_user(tx, email=f"{role}@cafe.mx", name=role, role=role)
        given = {"name": role, "created_at": now(), "last_used_at": now(), "revoked_at": None}
        tx.execute(insert(ApiToken), {"token_hash": hash_token(token), "user_id": user_id, **given})
        session = open_session(tx, user_id)
        found = find_session(tx, session)
        assert found
        return session, found.csrf_token

    session, csrf = await runtime.store.write(work)
    return session, csrf, token


async def ask(app: ASGIApp, it: Address, headers: dict[str, str]) -> httpx.Response:
    async with api_client(app, key=None) as client:
        if it.path.endswith("/stream"):  # it would not end by itself
            headers = {**headers, "last-event-id": "0", "accept": "application/json"}
        return await client.request(it.method, it.filled, headers=headers)


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_may_what_the_table_says_on_every_address(
    runtime: Runtime, role: Role
) -> None:
    app = build_app(runtime, tuple(SERVICES))
    session, csrf, token = await user_of(runtime, role)
    desk = {
        "cookie": f"recado_session={session}",
        "x-csrf-token": csrf,
        "origin": "http://recado.test",
        "accept": "text/html",
    }
    for it in addresses(runtime):
        if it.path in ("/signout", "/desk/stream"):
            continue  # the one ends the session, the other never ends
        headers = desk if it.of_desk else {"authorization": f"Bearer {token}"}
        answer = await ask(app, it, headers)
        assert it.action
        refused = answer.status_code in (401, 403)
        assert refused == (it.action not in RIGHTS[role]), (role, it, answer.text[:200])


async def test_a_stranger_may_nothing_and_the_key_everything(runtime: Runtime) -> None:
    app = build_app(runtime, tuple(SERVICES))
    for it in addresses(runtime):
        answer = await ask(app, it, {"accept": "text/html", "origin": "http://recado.test"})
        if it.of_desk:  # a page leads to where one signs in
            to_sign_in = answer.headers.get("location", "").startswith("/signin")
            assert answer.status_code in (401, 403) or to_sign_in, it
        else:
            assert answer.status_code == 401, it
            answer = await ask(app, it, {"authorization": f"Bearer {API_KEY}"})
            assert answer.status_code not in (401, 403), it


async def test_an_agents_token_adds_no_line(runtime: Runtime) -> None:
    app = build_app(runtime, tuple(SERVICES))
    _, _, token = await user_of(runtime, "agent")
    new = {"channel": "whatsapp", "address": "1", "credentials": {"app_secret": "mine"}}
    async with api_client(app, key=token) as client:
        answer = await client.post("/api/v1/lines", json=new)
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/forbidden"
        assert (await client.get("/api/v1/conversations")).status_code == 200
    assert {line.channel for line in await runtime.lines.all()} == {"web"}

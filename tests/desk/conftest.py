"""The desk in this process, with somebody signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from recado.channels.messages import InboundItem
from recado.conversations.messages import append_message
from recado.desk.routes import desk_routes
from recado.jobs import INBOUND
from recado.runtime import Runtime
from recado.security.sessions import create_sign_in_link, find_session
from recado.security.users import add_user, ensure_admin
from recado.store import Tx
from tests.support.conversations import add_conversation
from tests.support.runtime import make_runtime

BASE = "http://desk.test"


class DeskUser:
    """Somebody's browser: it keeps cookies, and sends the form token with what it posts."""

    def __init__(self, runtime: Runtime, client: httpx.AsyncClient) -> None:
        self.runtime = runtime
        self.client = client

    async def sign_in(self, role: str = "admin") -> str:
        """Returns the user's id."""
        store = self.runtime.store
        user_id = await ensure_admin(store)
        if role != "admin":
            user_id = await store.write(
                lambda tx: add_user(tx, email=f"{role}@cafe.mx", name=role.title(), role=role)
            )
        response = await self.client.get(f"/signin/{await create_sign_in_link(store, user_id)}")
        assert response.status_code == 303
        return user_id

    async def csrf(self) -> str:
        token = self.client.cookies["recado_session"]
        session = await self.runtime.store.read(lambda tx: find_session(tx, token))
        assert session is not None
        return session.csrf_token

    async def get(self, path: str, *, htmx: bool = False, **headers: str) -> httpx.Response:
        extra = {"hx-request": "true"} if htmx else {}
        return await self.client.get(path, headers={**extra, **headers})

    async def page(self, path: str, *, htmx: bool = False) -> str:
        response = await self.get(path, htmx=htmx)
        assert response.status_code == 200, response.text
        return response.text

    async def post(
        self, path: str, *, htmx: bool = True, files: Any = None, **fields: str | list[str]
    ) -> httpx.Response:
        headers = {"x-csrf-token": await self.csrf(), "origin": BASE}
        headers |= {"hx-request": "true"} if htmx else {}
        return await self.client.post(path, data=fields, files=files, headers=headers)

    async def add_conversation(self, *, name: str = "Lucía", **values: Any) -> str:
        line = await self.runtime.lines.at("web", "simulator")
        assert line is not None
        line_id = line.id
        return await self.runtime.store.write(
            lambda tx: add_conversation(tx, line_id, name=name, **values)
        )

    async def add_message(self, conversation_id: str, text: str = "", **values: Any) -> str:
        inbound = values.pop("inbound", True)

        def work(tx: Tx) -> str:
            message = append_message(
                tx,
                conversation_id,
                direction="inbound" if inbound else "outbound",
                author=values.pop("author", "contact" if inbound else "assistant"),
                type=values.pop("type", "text"),
                text=text,
                **values,
            )
            return str(message["id"])

        return await self.runtime.store.write(work)

    async def inbound_items(self) -> list[InboundItem]:
        """What waits in the inbound queue, taken in order."""
        found = []
        while jobs := await self.runtime.queue.receive(INBOUND.spec, 10, 0):
            for job in jobs:
                found.append(INBOUND.body(job))
                await self.runtime.queue.ack(job)
        return found


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path) as runtime:
        yield runtime


@pytest.fixture
async def visitor(runtime: Runtime) -> AsyncIterator[DeskUser]:
    """Somebody who is not signed in."""
    async with browser(runtime) as user:
        yield user


@pytest.fixture
async def admin(visitor: DeskUser) -> DeskUser:
    await visitor.sign_in()
    return visitor


@asynccontextmanager
async def browser(runtime: Runtime, base: str = BASE) -> AsyncIterator[DeskUser]:
    app = Starlette(routes=list(desk_routes(runtime)))
    transport = httpx.ASGITransport(app=app)
    headers = {"accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as client:
        yield DeskUser(runtime, client)

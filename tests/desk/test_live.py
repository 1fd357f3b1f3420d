"""Pages hear what happens: in this process at once, in others within about a second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from starlette.requests import Request

from recado.conversations.messages import append_message
from recado.conversations.model import Message
from recado.desk.live import Stream
from recado.desk.visit import COOKIE
from recado.events import DeadLettered, TextMessageReceived, TurnEnded, TurnStarted
from recado.runtime import Runtime
from recado.security.model import UserSession
from recado.security.sessions import open_session
from recado.security.users import ensure_admin
from recado.store import Store, Tx, now, open_store
from tests.desk.conftest import DeskUser
from tests.support.waiting import PATIENCE_SECONDS


class Frames:
    """A browser's end of the stream, without the heartbeats."""

    def __init__(self, frames: AsyncIterator[str]) -> None:
        self._frames = frames

    async def next(self) -> tuple[str, dict[str, Any]]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                text = await anext(self._frames)
                lines = dict(line.split(": ", 1) for line in text.strip().splitlines())
                if "event" in lines:
                    return lines["event"], json.loads(lines["data"])

    async def until(self, event: str, conversation: str) -> None:
        while True:
            name, data = await self.next()
            if name == event and conversation in data.get("conversations", [conversation]):
                return


async def opened(runtime: Runtime, conversation: str = "") -> Frames:
    user_id = await ensure_admin(runtime.store)
    token = await runtime.store.write(lambda tx: open_session(tx, user_id))
    headers = [(b"cookie", f"{COOKIE}={token}".encode())]
    request = Request({"type": "http", "headers": headers})
    frames = Frames(Stream(runtime, request, conversation).frames())
    assert (await frames.next())[0] == "hello"
    return frames


@pytest.fixture
async def elsewhere(runtime: Runtime, tmp_path: Path) -> AsyncIterator[Store]:
    """The same database, as another process has it open."""
    store = open_store(runtime.settings.store_url, sync="off")
    yield store
    await store.close()


class Failing:
    """A store that reads no more from some moment on: it fails, or never answers."""

    def __init__(self, store: Store, how: str) -> None:
        self._store, self._how = store, how
        self.is_broken = False

    async def read(self, work: Any) -> Any:
        if self.is_broken and self._how == "hangs":
            await asyncio.Event().wait()
        if self.is_broken:
            raise RuntimeError("the driver is confused")
        return await self._store.read(work)


class WithStore:
    """The runtime as a stream uses it."""

    def __init__(self, runtime: Runtime, store: Failing) -> None:
        self.bus, self.store = runtime.bus, store


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_a_stream_in_which_something_fails_ends_so_that_the_page_opens_another(
    runtime: Runtime, how: str
) -> None:
    """Else it would stay open and tell nothing."""
    user_id = await ensure_admin(runtime.store)
    token = await runtime.store.write(lambda tx: open_session(tx, user_id))
    request = Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={token}".encode())]})
    store = Failing(runtime.store, how)
    double: Any = WithStore(runtime, store)
    stream = Stream(double, request, "", hung_seconds=1.5)
    frames = stream.frames()
    assert "hello" in await anext(frames)
    store.is_broken = True
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert [text async for text in frames] == []


async def test_a_message_is_told_at_once_and_a_turn_shows_typing(runtime: Runtime) -> None:
    frames = await opened(runtime)
    message: dict[str, Any] = {"user_id": "u", "message_id": "m", "message_content": "hola"}
    runtime.bus.publish(TextMessageReceived(conversation_id="c1", **message))
    runtime.bus.publish(TurnStarted(conversation_id="c1"))
    assert await frames.next() == ("changed", {"conversations": ["c1"]})
    assert await frames.next() == ("typing", {"conversation": "c1", "on": True})
    runtime.bus.publish(TurnEnded(conversation_id="c1", outcome="replied"))
    runtime.bus.publish(DeadLettered(queue="turn", cause="x"))
    assert await frames.next() == ("changed", {"conversations": ["", "c1"]})
    assert await frames.next() == ("typing", {"conversation": "c1", "on": False})


async def test_what_another_process_does_is_seen(admin: DeskUser, elsewhere: Store) -> None:
    id = await admin.add_conversation(last_activity_at=now() - 60)
    frames = await opened(admin.runtime)

    def work(tx: Tx) -> None:
        append_message(tx, id, direction="inbound", author="contact", type="text", text="hola")

    await elsewhere.write(work)
    await frames.until("changed", id)


async def test_a_tick_that_another_process_sets_is_seen_where_it_is_watched(
    admin: DeskUser, elsewhere: Store
) -> None:
    id = await admin.add_conversation()
    message_id = await admin.add_message(id, "hola", inbound=False, status="sent")
    frames = await opened(admin.runtime, id)

    def work(tx: Tx) -> None:
        tx.execute(update(Message).where(Message.id == message_id).values(status="read"))

    await elsewhere.write(work)
    await frames.until("changed", id)


async def test_who_is_signed_out_hears_nothing_more(runtime: Runtime) -> None:
    user_id = await ensure_admin(runtime.store)
    token = await runtime.store.write(lambda tx: open_session(tx, user_id))
    request = Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={token}".encode())]})
    stream = Stream(runtime, request, "", session_seconds=0.0)
    frames = stream.frames()
    assert "hello" in await anext(frames)

    def sign_out(tx: Tx) -> None:
        tx.execute(delete(UserSession))

    await runtime.store.write(sign_out)
    runtime.bus.publish(TurnStarted(conversation_id="c"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        rest = [frame async for frame in frames]
    assert len(rest) <= 1


async def test_only_who_is_signed_in_may_listen(visitor: DeskUser) -> None:
    response = await visitor.get("/desk/stream", accept="text/event-stream")
    assert response.status_code == 401

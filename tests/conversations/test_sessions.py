"""A conversation falls into sessions, and each tells who answered, how soon, and how it went."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from recado.assistant.model import Turn
from recado.conversations.messages import append_message
from recado.conversations.model import Message
from recado.conversations.sessions import SessionView, list_sessions
from recado.escalation.model import Escalation
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from recado.store.paging import Page
from tests.support.conversations import add_conversation, add_line, columns
from tests.support.runtime import make_runtime_on

MINUTE = 60.0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path) as runtime:
        yield runtime


def say(tx: Tx, conversation: str, minutes_ago: float, author: str = "contact") -> int:
    direction = "inbound" if author == "contact" else "outbound"
    about = {"direction": direction, "author": author, "type": "text", "text": "…"}
    row = append_message(tx, conversation, **about)
    at = {"created_at": now() - minutes_ago * MINUTE}
    tx.execute(update(Message).where(Message.id == row["id"]).values(at))
    return int(row["position"])


def answer(tx: Tx, conversation: str, position: int, minutes_ago: float, **about: str) -> None:
    span = {"from_position": position, "to_position": position}
    at = {"started_at": now() - minutes_ago * MINUTE}
    row = columns(Turn, id=new_id(), conversation_id=conversation, **span, **at, **about)
    tx.execute(insert(Turn), row)


def two_sessions(tx: Tx) -> str:
    id = add_conversation(tx, add_line(tx))
    first = say(tx, id, 200)
    answer(tx, id, first, 199, intent="question", sentiment="NEUTRAL")
    say(tx, id, 198, "assistant")
    second = say(tx, id, 180)
    answer(tx, id, second, 180, intent="complaint", sentiment="NEGATIVE")
    handed = {"id": new_id(), "conversation_id": id, "created_at": now() - 180 * MINUTE}
    tx.execute(insert(Escalation), columns(Escalation, **handed))
    say(tx, id, 180, "system")
    say(tx, id, 170, "agent")
    say(tx, id, 5)
    return id


async def read(runtime: Runtime, id: str, **about: int | str | None) -> Page[SessionView]:
    return await runtime.store.read(lambda tx: list_sessions(tx, id, **about))  # type: ignore[arg-type]


async def test_each_tells_who_answered_how_soon_and_how_it_went(runtime: Runtime) -> None:
    id = await runtime.store.write(two_sessions)
    newest, oldest = (await read(runtime, id)).items
    assert (newest.state, newest.messages, newest.answered_by) == ("active", 1, {})
    assert newest.first_answer_seconds is None
    assert not newest.handed_over
    assert (oldest.state, oldest.from_position, oldest.to_position) == ("ended", 1, 5)
    assert (oldest.messages, oldest.received) == (5, 2)
    assert oldest.answered_by == {"assistant": 1, "system": 1, "agent": 1}
    assert oldest.first_answer_seconds == pytest.approx(2 * MINUTE, abs=5)
    assert oldest.handed_over
    assert oldest.intents == ("question", "complaint")
    assert oldest.sentiments == ("NEUTRAL", "NEGATIVE")


async def test_pages_go_on_where_the_last_one_ended(runtime: Runtime) -> None:
    id = await runtime.store.write(two_sessions)
    first = await read(runtime, id, limit=1)
    assert [it.from_position for it in first.items] == [6]
    second = await read(runtime, id, limit=1, cursor=first.next)
    assert [it.from_position for it in second.items] == [1]
    assert second.next is None


async def test_a_session_ends_with_its_messages(runtime: Runtime) -> None:
    """Nothing of it is kept beside them: it is forgotten as they are."""
    id = await runtime.store.write(two_sessions)
    await runtime.store.write(lambda tx: tx.execute(delete(Message).where(Message.position < 6)))
    assert [it.from_position for it in (await read(runtime, id)).items] == [6]
    await runtime.store.write(lambda tx: tx.execute(delete(Message)))
    assert (await read(runtime, id)).items == []

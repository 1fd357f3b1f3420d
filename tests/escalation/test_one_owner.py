"""Whatever happens in whatever order, on two replicas: one owner, never two speakers, and the
assistant never silent where it has the word and something is unanswered.

A contact, two of the team, the phone app, a bot turn and timers act at random, some at the same
moment on two runtimes of one database. 60 acts by default; INTERLEAVINGS=2000 for more.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, text, update

from recado.conversations.guards import may_speak
from recado.conversations.messages import append_inbound, append_message, unanswered
from recado.conversations.model import Conversation, Message
from recado.conversations.ownership import (
    hand_back,
    reopen,
    require_conversation,
    resolve,
    snooze,
    take_over,
    turn_job,
)
from recado.errors import Conflict, RequestError
from recado.escalation.departments.availability import set_availability
from recado.escalation.departments.registry import add_department, set_member
from recado.escalation.handover import Grounds, hand_over
from recado.escalation.model import Escalation
from recado.escalation.routing.limit import give_up
from recado.escalation.routing.requests import assign, escalate, requeue, wake_up
from recado.escalation.waiting import tell_waiting
from recado.runtime import Runtime
from recado.security.users import add_user
from recado.sending.speak import say
from recado.store import Tx, new_id, now
from tests.support.conversations import add_conversation
from tests.support.engines import postgresql_url
from tests.support.runtime import make_runtime

ACTS = int(os.environ.get("INTERLEAVINGS", "60"))


class World:
    """One conversation, who acts in it, and on which replica."""

    def __init__(self, replicas: list[Runtime], seed: int) -> None:
        self.replicas = replicas
        self.chance = random.Random(seed)
        self.id = ""
        self.people: list[str] = []

    async def write(self, work: Callable[[Tx], Any]) -> Any:
        return await self.chance.choice(self.replicas).store.write(work)

    async def begin(self) -> None:
        line = await self.replicas[0].lines.at("web", "simulator")
        assert line is not None

        def work(tx: Tx) -> None:
            add_department(tx, {"key": "sales", "if_nobody": "assistant"}, actor="api")
            for name in ("ana", "bob"):
                user = add_user(tx, email=f"{name}@cafe.mx", name=name, role="agent")
                set_member(tx, "sales", user, actor="api", capacity=1)
                set_availability(tx, user, "online")
                self.people.append(user)
            self.id = add_conversation(tx, line.id, name="Lucía")

        await self.replicas[0].store.write(work)

    async def act(self) -> None:
        """One of them does something, allowed or not."""
        acts: list[Callable[[], Awaitable[Any]]] = [
            self.contact, self.contact, self.contact, self.bot, self.bot, self.person,
            self.person, self.phone, self.timer, self.moves,
        ]  # fmt: skip
        try:
            await self.chance.choice(acts)()
        except (Conflict, RequestError):
            return  # refused in words: nothing has changed

    async def contact(self) -> None:
        """As intake does it (inbound/intake.py, `_ask`)."""

        def work(tx: Tx) -> None:
            row = require_conversation(tx, self.id, to_change=True)
            message, _ = append_inbound(tx, self.id, **words())
            if row.state == "resolved":
                reopen(tx, self.id, actor="contact")
            elif row.state == "snoozed":
                wake_up(tx, self.id, actor="contact")
            elif row.state == "waiting":
                assert message is not None
                tell_waiting(tx, row, message, language="es")
            if row.state in ("bot", "resolved"):
                tx.publish(turn_job(self.id))

        await self.write(work)

    async def bot(self) -> None:
        """It begins to answer, is slow, and ends: it may speak only if it still has the word."""
        began = await self.write(lambda tx: require_conversation(tx, self.id))
        if not may_speak(began.state):
            return
        await asyncio.sleep(self.chance.random() * 0.004)
        hands_over = self.chance.random() < 0.5

        def work(tx: Tx) -> None:
            row = require_conversation(tx, self.id, to_change=True)
            if not may_speak(row.state) or row.ownership != began.ownership:
                return
            upto = {"answered_to": row.message_count}
            tx.execute(update(Conversation).where(Conversation.id == self.id).values(**upto))
            if hands_over:
                hand_over(tx, row, Grounds(80, [], "normal", "sales", "", "es"))
            else:
                spoken(tx, self.id, "assistant")

        await self.write(work)

    async def person(self) -> None:
        user = self.chance.choice(self.people)
        actor, until = f"user:{user}", now() + 60
        runtime = self.chance.choice(self.replicas)
        other = self.chance.choice(self.people)
        does: list[Callable[[Tx], Any]] = [
            lambda tx: take_over(tx, self.id, actor=actor, user_id=user),
            lambda tx: say(tx, runtime, self.id, text="Hola", actor=actor, user_id=user),
            lambda tx: hand_back(tx, self.id, actor=actor),
            lambda tx: resolve(tx, self.id, actor=actor),
            lambda tx: snooze(tx, self.id, actor=actor, until=until),
            lambda tx: assign(tx, self.id, actor=actor, user_id=other),
            lambda tx: assign(tx, self.id, actor=actor, department="sales"),
            lambda tx: requeue(tx, self.id, actor=actor, but=user),
            lambda tx: escalate(tx, self.id, actor=actor),
        ]
        await runtime.store.write(self.chance.choice(does))

    async def phone(self) -> None:
        """As an echo does it (inbound/echoes.py)."""

        def work(tx: Tx) -> None:
            row = require_conversation(tx, self.id, to_change=True)
            if row.state == "snoozed":
                wake_up(tx, self.id, actor="phone")
            elif row.state != "human":
                take_over(tx, self.id, actor="phone")
            position = spoken(tx, self.id, "agent")["position"]
            upto = {"answered_to": position}
            tx.execute(update(Conversation).where(Conversation.id == self.id).values(**upto))

        await self.write(work)

    async def timer(self) -> None:
        def work(tx: Tx) -> None:
            row = require_conversation(tx, self.id, to_change=True)
            waits = select(Escalation.waiting_since).where(
                Escalation.conversation_id == self.id, Escalation.state == "open"
            )
            if row.state == "snoozed":
                wake_up(tx, self.id, actor="timer")
            elif (since := tx.scalar(waits)) is not None:
                give_up(tx, self.id, since)

        await self.write(work)

    async def moves(self) -> None:
        user, state = self.chance.choice(self.people), self.chance.choice(["online", "away"])
        await self.write(lambda tx: set_availability(tx, user, state))

    async def check(self) -> None:
        """What holds between any two acts."""
        row, messages, tickets, waits, turns = await self.replicas[0].store.read(self.look)
        assert row.state in {"bot", "waiting", "human", "snoozed", "resolved"}
        if row.state in ("bot", "resolved"):
            assert row.assignee_id is None, "nobody of the team has what is the assistant's"
        assert (row.snoozed_until is not None) == (row.state == "snoozed")
        assert (tickets == 1) == (row.state == "waiting"), f"{tickets} open, {row.state}"
        assert [it.position for it in messages] == list(range(1, row.message_count + 1))
        if row.state == "human":
            assert not [it for it in messages if it.author == "assistant" and it.status == "queued"]
        if row.state == "bot" and waits:
            assert turns, "it has the word, something is unanswered, and nothing is going to answer"

    def look(self, tx: Tx) -> tuple[Row[Any], Any, int, bool, int]:
        row = require_conversation(tx, self.id)
        of_it = Message.conversation_id == self.id
        columns = select(Message.position, Message.author, Message.status)
        messages = tx.all(columns.where(of_it).order_by(Message.position))
        tickets = text("SELECT count(*) FROM escalation WHERE state = 'open'")
        jobs = text("SELECT count(*) FROM job WHERE queue = 'turn'")
        waits = bool(unanswered(tx, self.id, row.answered_to))
        return row, messages, tx.scalar(tickets), waits, tx.scalar(jobs)


def words() -> dict[str, Any]:
    return {
        "type": "text",
        "text": "¿Sigue ahí?",
        "content": {},
        "provider_message_id": f"in-{new_id()}",
        "reply_to": None,
        "sent_at": now(),
        "raw": None,
    }


def spoken(tx: Tx, id: str, author: str) -> dict[str, Any]:
    status = "queued" if author == "assistant" else "sent"
    return append_message(
        tx, id, direction="outbound", author=author, type="text", text="Hola", status=status
    )


@pytest.fixture(params=["sqlite", "postgresql"])
async def replicas(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[Runtime]]:
    async with AsyncExitStack() as stack:
        given = {}
        if request.param == "postgresql":
            given["DATABASE_URL"] = await stack.enter_async_context(postgresql_url())
        first = await stack.enter_async_context(make_runtime(tmp_path / "data", **given))
        if request.param == "sqlite":  # the database of one process
            yield [first]
            return
        second = await stack.enter_async_context(make_runtime(tmp_path / "other", **given))
        yield [first, second]


@pytest.mark.parametrize("seed", [1, 2])
async def test_there_is_one_owner_and_nobody_is_left_unanswered(
    replicas: list[Runtime], seed: int
) -> None:
    world = World(replicas, seed)
    await world.begin()
    for _ in range(ACTS // 3):
        await asyncio.gather(world.act(), world.act(), world.act())
        await world.check()

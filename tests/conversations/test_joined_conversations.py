"""Two conversations of one person become one: in the order of time, and with the right speaker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from recado.assistant.model import Turn
from recado.assistant.writing.summaries import extend_summary
from recado.conversations.guards import HELD
from recado.conversations.joining import join
from recado.conversations.messages import append_message, queue_message
from recado.conversations.model import STATES, Conversation, ConversationEvent, Message
from recado.conversations.ownership import log_event
from recado.conversations.summaries.keeping import keep_summary, next_piece
from recado.conversations.transcript import list_messages
from recado.escalation.model import Escalation
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from recado.subscriptions.model import EventDelivery
from recado.turns.burst import read_turn
from tests.support.conversations import add_conversation, add_line, columns
from tests.support.runtime import make_runtime_on

BEGAN = 1_700_000_000.0
ANA, BEA = "a" * 32, "b" * 32


@pytest.fixture(params=["sqlite", "postgresql"])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path) as runtime:
        yield runtime


class Pair:
    """An older and a younger conversation on one line."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.line = tx, add_line(tx)
        self.older, self.younger = (add_conversation(tx, self.line) for _ in range(2))

    def of(self, conversation_id: str) -> Any:
        query = select(Conversation.__table__).where(Conversation.id == conversation_id)
        return self.tx.first(query)

    def set(self, conversation_id: str, **values: Any) -> None:
        own = update(Conversation).where(Conversation.id == conversation_id)
        self.tx.execute(own.values(**values))

    def says(self, conversation_id: str, text: str, minute: float, **values: Any) -> str:
        at = BEGAN + 60 * minute
        about = {"direction": "inbound", "author": "contact", "type": "text", **values}
        row = append_message(self.tx, conversation_id, text=text, sent_at=at, **about)
        return str(row["id"])

    def join(self) -> Sequence[str]:
        contacts = self.of(self.older).contact_id, self.of(self.younger).contact_id
        return join(self.tx, *contacts)

    def texts(self) -> list[str]:
        return [it.text for it in list_messages(self.tx, self.older)]


#: Older and younger, and what they are together: who is answering goes on, else who was promised a
#: person waits for one, else the assistant has the word where anything goes on.
TOGETHER = {
    ("bot", "bot"): ("bot", None),
    ("bot", "waiting"): ("waiting", None),
    ("bot", "human"): ("human", BEA),
    ("bot", "resolved"): ("bot", None),
    ("waiting", "bot"): ("waiting", None),
    ("waiting", "waiting"): ("waiting", None),
    ("waiting", "human"): ("human", BEA),
    ("waiting", "resolved"): ("waiting", None),
    ("human", "bot"): ("human", ANA),
    ("human", "waiting"): ("human", ANA),
    ("human", "human"): ("human", ANA),
    ("human", "resolved"): ("human", ANA),
    ("resolved", "bot"): ("bot", None),
    ("resolved", "waiting"): ("waiting", None),
    ("resolved", "human"): ("human", BEA),
    ("resolved", "resolved"): ("resolved", None),
    # What rests is taken up by whoever let it rest.
    ("snoozed", "snoozed"): ("human", ANA),
    ("snoozed", "human"): ("human", BEA),
    ("human", "snoozed"): ("human", ANA),
    **{("snoozed", other): ("human", ANA) for other in ("bot", "waiting", "resolved")},
    **{(one, "snoozed"): ("human", BEA) for one in ("bot", "waiting", "resolved")},
}


def test_the_table_names_every_pair_of_states() -> None:
    assert set(TOGETHER) == {(one, other) for one in STATES for other in STATES}


@pytest.mark.parametrize("states", TOGETHER)
async def test_who_has_the_word_in_either_has_it(runtime: Runtime, states: tuple[str, str]) -> None:
    """And nobody is left waiting, nor spoken over, whom a person answers."""

    def work(tx: Tx) -> tuple[Any, ...]:
        pair = Pair(tx)
        for id, state, person in zip((pair.older, pair.younger), states, (ANA, BEA), strict=True):
            pair.set(id, state=state, assignee_id=person if state in HELD else None)
            if state == "waiting":
                asked = {"id": new_id(), "conversation_id": id, "state": "open"}
                tx.execute(insert(Escalation), columns(Escalation, **asked))
            queue_message(tx, id, author="assistant", type="text", text="en un momento")
        before = pair.of(pair.older).ownership
        pair.join()
        kept = pair.of(pair.older)
        escalations = {row.state for row in tx.all(select(Escalation.state))}
        replies = {row.status for row in tx.all(select(Message.status))}
        return kept.state, kept.assignee_id, kept.ownership - before, escalations, replies

    state, person, changes, escalations, replies = await runtime.store.write(work)
    assert (state, person) == TOGETHER[states]
    assert bool(changes) == (state != states[0])
    answered = state == "human"
    assert escalations <= ({"taken"} if answered else {"open"})
    assert replies == ({"failed"} if answered else {"queued"})


async def test_what_was_said_stands_in_the_order_of_time(runtime: Runtime) -> None:
    def work(tx: Tx) -> tuple[Any, ...]:
        pair = Pair(tx)
        first = [pair.says(pair.older, f"o{minute}", minute) for minute in (0, 2, 4, 8)]
        second = [pair.says(pair.younger, f"y{minute}", minute) for minute in (1, 3, 5, 6)]
        span = {"conversation_id": pair.younger, "from_position": 2, "to_position": 3}
        tx.execute(insert(Turn), columns(Turn, id=new_id(), **span))
        for id, after in ((pair.older, 3), (pair.younger, 0), (pair.younger, 4)):
            log_event(tx, id, f"after {after}", actor="x", after=after, detail={})
        pair.join()
        rows = tx.all(select(Message.id, Message.position, Message.contact_id))
        turn = tx.first(select(Turn.conversation_id, Turn.from_position, Turn.to_position))
        told = tx.all(select(ConversationEvent.name, ConversationEvent.after_position))
        contact = pair.of(pair.older).contact_id
        pages = [
            [it.text for it in list_messages(tx, pair.older, after=4, limit=2)],
            [it.text for it in list_messages(tx, pair.older, before=5, limit=3)],
        ]
        return pair.texts(), rows, {*first, *second}, turn, dict(map(tuple, told)), contact, pages

    texts, rows, ids, turn, told, contact, pages = await runtime.store.write(work)
    assert texts == ["o0", "y1", "o2", "y3", "o4", "y5", "y6", "o8"]
    assert {row.id for row in rows} == ids
    assert sorted(row.position for row in rows) == list(range(1, 9))
    assert {row.contact_id for row in rows} == {contact}
    assert tuple(turn)[1:] == (4, 6)
    assert (told["after 3"], told["after 0"], told["after 4"]) == (5, 1, 7)
    assert pages == [["o4", "y5"], ["y1", "o2", "y3"]]


async def test_what_came_late_keeps_its_place_among_its_own(runtime: Runtime) -> None:
    """The order of effect: an answer stays after what it answers, whatever clocks say."""

    def work(tx: Tx) -> list[str]:
        pair = Pair(tx)
        for text, minute in (("o1", 1.0), ("o9", 9.0), ("late", 0.0), ("o10", 10.0)):
            pair.says(pair.older, text, minute)
        ahead = (now() - BEGAN) / 60 + 5000
        for text, minute in (("y5", 5.0), ("fast clock", ahead), ("y end", 0.0)):
            pair.says(pair.younger, text, minute)
        pair.join()
        return pair.texts()

    texts = await runtime.store.write(work)
    assert texts[:5] == ["o1", "y5", "o9", "late", "o10"]
    assert texts[5:] == ["fast clock", "y end"]


async def test_what_waits_is_answered_once_wherever_it_stands(runtime: Runtime) -> None:
    def work(tx: Tx) -> tuple[Any, ...]:
        pair = Pair(tx)
        for minute in (0, 2, 4):
            pair.says(pair.older, f"o{minute}", minute)
        for minute in (1, 3, 5):
            pair.says(pair.younger, f"y{minute}", minute)
        pair.set(pair.older, answered_to=1)
        pair.set(pair.younger, answered_to=2)
        waiting = pair.join()
        _, burst = read_turn(tx, pair.older)
        return waiting, pair.older, burst.text

    waiting, conversation, asked = await runtime.store.write(work)
    assert waiting == [conversation]
    assert asked == "o2\no4\ny5"


async def test_what_was_forgotten_leaves_no_trouble(runtime: Runtime) -> None:
    """Retention has removed the older conversation's first messages."""

    def work(tx: Tx) -> tuple[Any, ...]:
        pair = Pair(tx)
        for minute in range(6):
            pair.says(pair.older, f"o{minute}", minute)
        pair.says(pair.younger, "y", 4.5)
        gone = (Message.conversation_id == pair.older, Message.position <= 3)
        tx.execute(Message.__table__.delete().where(*gone))  # type: ignore[attr-defined]
        pair.set(pair.older, answered_to=6)
        pair.set(pair.younger, answered_to=1)
        pair.join()
        kept = pair.of(pair.older)
        last = append_message(
            tx, pair.older, direction="inbound", author="contact", type="text", text="next"
        )
        return pair.texts(), kept.answered_to, last["position"]

    texts, answered_to, last = await runtime.store.write(work)
    assert texts == ["o3", "o4", "y", "o5", "next"]
    assert (answered_to, last) == (7, 8)


async def test_the_summary_is_made_anew_of_what_both_have_said(runtime: Runtime) -> None:
    """Neither of the two tells of what stands between its messages now."""

    def work(tx: Tx) -> str:
        pair = Pair(tx)
        pair.says(pair.older, "quiero una tarta", 1)
        pair.says(pair.younger, "para el sábado", 2)
        for id in (pair.older, pair.younger):
            piece = next_piece(tx, id, None, to=1, most=9)
            assert keep_summary(tx, None, piece, "…", language="es", model="m")
        pair.join()
        return pair.older

    conversation = await runtime.store.write(work)
    summary = await extend_summary(runtime, conversation)
    assert summary is not None
    assert summary.covers_to == 2
    assert "tarta" in summary.text
    assert "sábado" in summary.text


async def test_what_subscribers_were_told_goes_along(runtime: Runtime) -> None:
    def work(tx: Tx) -> tuple[str, str | None]:
        pair = Pair(tx)
        pair.says(pair.older, "uno", 1)
        pair.says(pair.younger, "dos", 2)
        told = {"id": new_id(), "conversation_id": pair.younger, "body": "{}"}
        tx.execute(insert(EventDelivery), columns(EventDelivery, **told))
        pair.join()
        return pair.older, tx.scalar(select(EventDelivery.conversation_id))

    older, told_of = await runtime.store.write(work)
    assert told_of == older

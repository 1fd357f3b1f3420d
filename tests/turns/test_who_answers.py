"""Whoever answers a turn: what they decide is written, and how they came to it is their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from recado.assistant.model import Turn as TurnRow
from recado.conversations.messages import Part
from recado.conversations.ownership import take_over
from recado.escalation.handover import Grounds
from recado.escalation.model import Escalation
from recado.inbound.intake import Intake
from recado.jobs import INBOUND, SEND, TURN
from recado.turns.answerer import Decision, DecisionFacts, HandOver, Turn
from recado.turns.turn import ASSISTANT, Turns
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message

PICTURE = Part("Our menu", "image", {"image": {"link": "https://example.com/menu.jpg"}})
CHOICE = Part("Which one?", "interactive", {"interactive": {"type": "button"}})
GROUNDS = Grounds(
    score=0,
    reasons=[{"code": "chosen", "weight": 0, "text": "Chosen in the menu"}],
    priority="low",
    department="sales",
    summary="Wants to buy",
    language="en",
)


class Decided:
    """An answerer whose decision is the test's."""

    def __init__(self, flow: Flow, decision: Decision, *, taken_over: bool = False) -> None:
        self._flow = flow
        self._decision = decision
        self._taken_over = taken_over

    async def answer(self, turn: Turn) -> Decision:
        if self._taken_over:
            id = turn.conversation.id
            await self._flow.write(lambda tx: take_over(tx, id, actor="user:1"))
        return self._decision


async def turned(flow: Flow, decision: Decision, **about: Any) -> Sequence[Row[Any]]:
    """A question that is answered so; the messages that were written."""
    runtime = flow.runtime
    await flow.receive(text_message("hola"))
    turns = Turns(runtime, {ASSISTANT: Decided(flow, decision, **about)})
    for spec, handle in ((INBOUND.spec, Intake(runtime).handle), (TURN.spec, turns.handle)):
        (job,) = await runtime.queue.receive(spec, 1, 5)
        await handle(job)
    return await flow.messages(direction="outbound")


async def kept(flow: Flow) -> Row[Any]:
    row = await flow.runtime.store.read(lambda tx: tx.first(select(TurnRow.__table__)))
    assert row is not None
    return row


async def test_an_answer_may_be_messages_of_any_type_sent_in_order(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        decision = Decision((PICTURE, Part("Hello"), CHOICE), DecisionFacts("en", cost=0.5))
        rows = await turned(flow, decision)
        assert [(row.type, row.text, row.content) for row in rows] == [
            (part.type, part.text, part.content) for part in (PICTURE, Part("Hello"), CHOICE)
        ]
        assert [row.position for row in rows] == [2, 3, 4]
        assert [row.cost for row in rows] == [0.5, None, None]
        conversation = await flow.conversation()
        assert conversation.last_preview == "Which one?"
        assert conversation.answered_to == 1
        jobs = await flow.runtime.queue.receive(SEND.spec, 5, 1)
        assert [SEND.body(job).message_id for job in jobs] == [rows[0].id]
        assert (await kept(flow)).outcome == "replied"


async def test_a_picture_without_words_is_shown_as_one_in_the_list(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        (row,) = await turned(
            flow, Decision((Part("", "image", PICTURE.content),), DecisionFacts("en"))
        )
        assert (row.type, row.content) == ("image", PICTURE.content)
        assert (await flow.conversation()).last_preview == "[image]"


async def test_an_answer_may_say_something_and_call_a_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        decision = Decision(
            (Part("Somebody will help."),), DecisionFacts("en"), (HandOver(GROUNDS),)
        )
        rows = await turned(flow, decision)
        assert [row.author for row in rows] == ["assistant", "system"]
        assert (await flow.conversation()).state == "waiting"
        turn = await kept(flow)
        assert (turn.outcome, turn.reasons) == ("escalated", list(GROUNDS.reasons))
        row = await flow.runtime.store.read(lambda tx: tx.first(select(Escalation.__table__)))
        assert row is not None
        assert (row.department, row.turn_id) == ("sales", turn.id)


async def test_nothing_of_a_decision_happens_once_a_person_has_the_word(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        decision = Decision((PICTURE, CHOICE), DecisionFacts("en"), (HandOver(GROUNDS),), draft="…")
        assert await turned(flow, decision, taken_over=True) == []
        assert (await flow.conversation()).state == "human"
        assert (await kept(flow)).outcome == "dropped"
        assert await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.id))) == []

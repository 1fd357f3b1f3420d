"""What models have cost, as the team sees it: on a reply, and added up."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from recado.assistant.characters import default_character
from recado.assistant.model import Turn
from recado.assistant.models.calls import ModelCall, Why
from recado.assistant.models.ledger import Caller, TurnCalls, day_of, keep_calls
from recado.conversations.model import Conversation
from recado.store import Tx, new_id
from tests.desk.conftest import DeskUser
from tests.support.conversations import columns

CALLS = [
    ModelCall(model="openai:big", outcome="model-unavailable", milliseconds=900.0),
    ModelCall(
        model="openai:small",
        outcome="answered",
        milliseconds=1200.0,
        tokens_in=1500,
        tokens_out=40,
        tokens_cached=1000,
        cost=1_230_000,
        why=Why("fallback", {"model": "openai:big"}),
    ),
    ModelCall(
        model="openai:own",
        outcome="answered",
        milliseconds=5.0,
        tokens_in=7,
        estimated=True,
        purpose="summary",
    ),
]


@pytest.fixture
async def reply(admin: DeskUser) -> str:
    """The id of a reply whose turn has asked models."""
    conversation_id, turn_id = await admin.add_conversation(), new_id()

    def work(tx: Tx) -> None:
        line_id = tx.scalar(select(Conversation.line_id).where(Conversation.id == conversation_id))
        caller = Caller(
            conversation_id=conversation_id,
            turn_id=turn_id,
            line_id=line_id,
            character_id=default_character(tx).id,
        )
        turn = {"id": turn_id, "conversation_id": conversation_id, "outcome": "replied"}
        tx.execute(insert(Turn), columns(Turn, **turn))
        keep_calls(tx, TurnCalls(list(CALLS), caller))

    await admin.runtime.store.write(work)
    return await admin.add_message(conversation_id, "Sí.", inbound=False, turn_id=turn_id)


async def test_a_reply_shows_which_models_were_asked_why_and_for_how_much(
    admin: DeskUser, reply: str
) -> None:
    page = await admin.page(f"/messages/{reply}/turn", htmx=True)
    assert page.index("openai:big") < page.index("openai:small") < page.index("openai:own")
    for shown in (
        "US$ 1.23",
        "openai:big gave no answer",
        "1500 → 40",
        "1000 cached",
        "no answer",
        "summary",
        "estimated",
        "1.2 s",
    ):
        assert shown in page


async def test_the_costs_page_adds_up_by_day_line_and_model(admin: DeskUser, reply: str) -> None:
    page = await admin.page("/costs")
    assert day_of("") in page
    assert "US$ 1.23" in page
    for model in ("openai:big", "openai:small", "openai:own"):
        assert model in page
    assert "1 without a price" in page
    assert "1 calls went to models of which nobody knows the price" in page


async def test_without_a_call_the_costs_page_says_so(admin: DeskUser) -> None:
    assert "Nothing was spent" in await admin.page("/costs?days=7")

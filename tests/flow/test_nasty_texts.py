"""One stranger's text, however nasty, costs nobody else an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from recado.assistant.model import Turn
from tests.support.flow import Flow, running_flow
from tests.support.nasty import HALF_PAIR, UNITS, text_of
from tests.support.payloads import (
    Json,
    button_reply,
    contact_of,
    location,
    media_message,
    text_message,
    webhook,
)
from tests.support.waiting import until

NEIGHBOUR = "16505550000"
#: For a loop that never comes back; a turn takes a fraction of a second.
pytestmark = pytest.mark.timeout(300)


def messages_of(words: str) -> list[Json]:
    """What somebody wrote themselves, in every place where people write."""
    by = iter(str(16505551000 + number) for number in range(10))
    card = {"name": {"formatted_name": words}, "phones": [{"phone": words}]}
    return [
        text_message(words, sender=next(by)),
        button_reply(words, words, sender=next(by)),
        location(1.0, 2.0, words, sender=next(by)),
        media_message("document", "9", filename=words, caption=words, sender=next(by)),
        {**text_message("", sender=next(by)), "type": "contacts", "contacts": [card]},
        {**text_message("", sender=next(by)), "type": "unheard_of", "unheard_of": {"a": words}},
    ]


async def receive(flow: Flow, message: Json, name: str) -> None:
    body = webhook([message], contacts=[contact_of(message, name)])
    response = await flow.post(body.replace(HALF_PAIR.encode(), b"\\ud800"))
    assert response.status_code == 200


async def are_answered(flow: Flow, conversations: int) -> bool:
    turns = await flow.runtime.store.read(lambda tx: tx.all(select(Turn.conversation_id)))
    return len({turn.conversation_id for turn in turns}) >= conversations


@pytest.mark.parametrize("shape", UNITS)
async def test_whatever_somebody_writes_the_next_one_is_answered(
    shape: str, tmp_path: Path
) -> None:
    words = text_of(UNITS[shape])
    async with running_flow(tmp_path) as flow:
        for message in messages_of(words):
            await receive(flow, message, words)
        await flow.receive(text_message("hola, ¿a qué hora abren?", sender=NEIGHBOUR))
        await until(lambda: are_answered(flow, 7))
        await until(lambda: any("7" in sent for sent in flow.sent))
        stored = await flow.messages(direction="inbound", type="text")
        whole = words.replace("\x00", "\ufffd").replace(HALF_PAIR, "\ufffd")
        assert whole in {message.text for message in stored}


async def test_many_long_messages_are_thought_about_together(tmp_path: Path) -> None:
    async with running_flow(
        tmp_path, RECADO_QUIET_SECONDS="60", RECADO_QUIET_MAX_SECONDS="60"
    ) as flow:
        for unit in list(UNITS.values())[:40]:
            await receive(flow, text_message(text_of(unit)), "Ana")
        await flow.receive(text_message("hola, ¿a qué hora abren?", sender=NEIGHBOUR))
        await flow.taken_in()
        await flow.pause()
        await until(lambda: are_answered(flow, 2))
        await until(lambda: any("7" in sent for sent in flow.sent))

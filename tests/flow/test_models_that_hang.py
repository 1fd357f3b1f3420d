"""A model that hangs delays only its own conversations, however many they are."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from recado.assistant.characters import default_character, update_character
from recado.assistant.models.provider import ProviderModel
from recado.queue.model import DeadLetterRow
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message

TECHNICAL = "the wifi router firmware crashes with a timeout error"


class Hanging:
    """A provider that answers nobody until it goes on."""

    def __init__(self) -> None:
        self.asked = 0
        self.goes_on = asyncio.Event()

    async def respond(self, _messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
        self.asked += 1
        await self.goes_on.wait()
        return ModelResponse(parts=[TextPart("Please restart it.")])

    async def until_asked(self, count: int) -> None:
        async with asyncio.timeout(60):
            while self.asked < count:
                await asyncio.sleep(0.01)


async def ask_it_what_is_technical(flow: Flow, hanging: Hanging, *, places: int) -> None:
    """Technical questions go to the model that hangs, all others to the embedded one."""
    model = ProviderModel(
        "slow",
        flow.runtime.knowledge,
        api=FunctionModel(hanging.respond),
        places=places,
        timeout_seconds=600,
    )
    flow.runtime.models.use("slow", model)
    rules = [{"domain": "technical", "model": "slow"}]
    await flow.write(
        lambda tx: update_character(tx, default_character(tx).id, {"model_rules": rules})
    )
    flow.runtime.characters.forget()


async def all_ask(flow: Flow, contacts: range) -> None:
    await flow.receive(*(text_message(TECHNICAL, sender=f"1650{n:07}") for n in contacts))


async def is_answered(flow: Flow, contact: int) -> None:
    """By the time its quiet and its turn take."""
    sender = f"1650{contact:07}"
    await flow.receive(text_message("hola, ¿a qué hora abren?", sender=sender))
    async with asyncio.timeout(60):
        while sender not in {item.to.lstrip("+") for item in flow.graph.received}:
            await asyncio.sleep(0.01)


async def test_hundreds_of_conversations_that_hang_delay_no_other(tmp_path: Path) -> None:
    hanging = Hanging()
    async with running_flow(tmp_path) as flow:
        await ask_it_what_is_technical(flow, hanging, places=500)
        await all_ask(flow, range(300))
        await hanging.until_asked(300)
        await is_answered(flow, 300)
        hanging.goes_on.set()
        await flow.until_sent(301)


async def test_what_a_hanging_model_has_no_place_for_waits_and_is_answered_in_the_end(
    tmp_path: Path,
) -> None:
    hanging = Hanging()
    async with running_flow(tmp_path) as flow:
        await ask_it_what_is_technical(flow, hanging, places=20)
        await all_ask(flow, range(100))
        await hanging.until_asked(20)
        await is_answered(flow, 100)
        assert hanging.asked == 20
        hanging.goes_on.set()
        await flow.until_sent(101)
        await flow.quiet()
        letters = await flow.runtime.store.read(lambda tx: tx.all(DeadLetterRow.__table__.select()))
        assert letters == []

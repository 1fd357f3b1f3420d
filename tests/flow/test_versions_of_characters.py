"""What is published answers from the next turn on; a turn that has begun ends as it began."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from recado.assistant.characters import (
    Characters,
    NewCharacter,
    create_character,
    default_character,
    persona_of,
    update_character,
)
from recado.assistant.model import Turn
from recado.assistant.port import Answer, Question
from recado.assistant.tools import registry
from recado.assistant.versions import publish, save_draft
from recado.conversations.transcript import get_turn
from recado.errors import ModelUnavailable, Unprocessable
from recado.escalation.model import Escalation
from recado.turns.trial import try_question
from tests.flow.test_tools import asked, calls, shopping
from tests.flow.test_tools_of_models import LOOK, final, talking
from tests.support.flow import Flow, running_flow
from tests.support.model_server import saying
from tests.support.payloads import text_message


class Slow:
    """A model that says its instructions, when it is let."""

    name = "slow"

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def answer(self, question: Question) -> Answer:
        self.asked.set()
        await self.goes_on.wait()
        return Answer(text=question.persona.prompt, confidence=0.9, model=self.name)

    async def summarise(self, messages: Any, language: str) -> str:
        return ""

    async def close(self) -> None:
        pass


class Away(Slow):
    async def answer(self, question: Question) -> Answer:
        raise ModelUnavailable("It is away.")


async def change(flow: Flow, **changes: Any) -> None:
    def work(tx: Any) -> None:
        update_character(tx, default_character(tx).id, changes)

    await flow.write(work)
    flow.runtime.characters.forget()


async def turns(flow: Flow) -> list[Any]:
    wanted = select(Turn.id, Turn.character_id, Turn.character_version, Turn.outcome, Turn.model)
    return list(await flow.runtime.store.read(lambda tx: tx.all(wanted.order_by(Turn.started_at))))


async def test_a_turn_that_has_begun_keeps_the_version_it_read(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        slow = Slow()
        flow.runtime.models.use("slow", slow)
        await change(flow, model="slow", prompt="Digo lo de antes.")
        character = await flow.runtime.characters.default()
        await flow.receive(text_message("¿qué dices tú de todo esto?"))
        async with asyncio.timeout(60):
            await slow.asked.wait()

        def work(tx: Any) -> None:
            save_draft(tx, character.id, {"prompt": "Digo lo de ahora."}, author="api")
            publish(tx, character.id, author="api")

        await flow.write(work)
        flow.runtime.characters.forget()
        slow.goes_on.set()
        assert (await flow.until_sent(1))[0] == "Digo lo de antes."
        await flow.quiet()
        await flow.receive(text_message("¿y qué dices ahora de aquello?"))
        assert (await flow.until_sent(2))[1] == "Digo lo de ahora."
        await flow.quiet()
        assert [(it.character_id, it.character_version) for it in await turns(flow)] == [
            (character.id, 2),
            (character.id, 3),
        ]
        (first, _) = await turns(flow)
        view = await flow.runtime.store.read(lambda tx: get_turn(tx, first.id))
        assert (view.character_name, view.character_version) == (character.name, 2)


async def test_another_process_answers_with_what_was_published_within_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_flow(tmp_path) as flow:
        other = Characters(flow.runtime.store)
        before = await other.default()
        await change(flow, prompt="Nuevo.")
        moment = time.monotonic()
        monkeypatch.setattr("recado.assistant.characters.time.monotonic", lambda: moment + 1.0)
        assert (await other.default()).prompt == "Nuevo."
        assert (await other.default()).version == before.version + 1


async def test_what_is_read_while_somebody_publishes_is_not_kept(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        characters = flow.runtime.characters
        characters.forget()
        reading = asyncio.create_task(characters.default())
        await asyncio.sleep(0)
        await change(flow, prompt="Nuevo.")
        await reading
        assert (await characters.default()).prompt == "Nuevo."


async def test_the_character_of_a_line_answers_there(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        new = NewCharacter(name="Sol", prompt="Eres Sol.", greeting="¡Hola! Soy Sol, de la tienda.")
        sol = await flow.runtime.store.write(lambda tx: create_character(tx, new))
        line = next(it for it in await flow.runtime.lines.all() if it.channel == "whatsapp")
        await flow.runtime.lines.use_character(line.id, sol.id)
        await flow.receive(text_message("hola"))
        assert (await flow.until_sent(1))[0] == "¡Hola! Soy Sol, de la tienda."
        await flow.quiet()
        assert [it.character_id for it in await turns(flow)] == [sol.id]
        await flow.runtime.lines.use_character(line.id, None)
        await flow.receive(text_message("hola", sender="16505550077"))
        assert "Sol" not in (await flow.until_sent(2))[1]


async def test_a_character_s_own_rules_call_a_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        rules = {"trigger_words": ["maridaje"], "matters": ["location"], "department": "billing"}
        await change(flow, handover=rules)
        await flow.receive(text_message("¿hacen maridaje de cafés?"))
        await flow.receive(text_message("¿dónde están ubicados?", sender="16505550077"))
        await flow.until_sent(2)
        await flow.quiet()
        assert [it.outcome for it in await turns(flow)] == ["escalated", "escalated"]
        wanted = select(Escalation.department, Escalation.reasons)
        found = await flow.runtime.store.read(lambda tx: tx.all(wanted))
        assert {it.department for it in found} == {"billing"}
        codes = {it.reasons[0]["code"] for it in found}
        assert codes == {"character_words", "character_matters"}


async def test_the_next_model_answers_where_the_first_gives_none(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.runtime.models.use("away", Away())
        await change(flow, model="away", model_policy={"fallbacks": ["embedded"]})
        await flow.receive(text_message("¿a qué hora abren?"))
        assert "7:30" in (await flow.until_sent(1))[0]
        await flow.quiet()
        assert [it.model for it in await turns(flow)] == ["embedded"]


QUESTIONS = (
    "hola",
    "¿a qué hora abren?",
    "Do you have gluten-free cake?",
    "quiero hablar con una persona",
    "¿arreglan bicicletas eléctricas?",
    "es una vergüenza, quiero que me devuelvan el dinero",
)


@pytest.mark.parametrize("words", QUESTIONS)
async def test_a_trial_says_what_a_customer_would_hear(tmp_path: Path, words: str) -> None:
    async with running_flow(tmp_path) as flow:
        persona = await flow.runtime.characters.default()
        tried = await try_question(flow.runtime, persona, words)
        assert await turns(flow) == []
        await flow.receive(text_message(words))
        (sent,) = await flow.until_sent(1)
        await flow.quiet()
        (row,) = await turns(flow)
        turn = await flow.runtime.store.read(lambda tx: get_turn(tx, row.id))
        assert tried.hands_over == (turn.outcome == "escalated")
        assert (tried.confidence or 0.0, tried.language) == (turn.confidence, turn.language)
        assert (tried.model, tried.score) == (turn.model, turn.score)
        assert [it.code for it in tried.reasons] == [it["code"] for it in turn.reasons]
        assert [it.quote for it in tried.sources] == [it["quote"] for it in turn.sources]
        if tried.sources:  # other words differ by the customer's name
            assert tried.text == sent


async def test_a_draft_is_tried_without_being_published(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        character = await flow.runtime.store.read(default_character)
        changes = {"greeting": "¡Qué alegría verte por aquí!"}
        view = await flow.runtime.store.write(
            lambda tx: save_draft(tx, character.id, changes, author="api")
        )
        assert view.draft
        draft = persona_of(character.id, view.draft.content)
        assert (await try_question(flow.runtime, draft, "hola")).text == changes["greeting"]
        published = await flow.runtime.characters.default()
        assert (await try_question(flow.runtime, published, "hola")).text != changes["greeting"]


async def test_a_trial_tells_of_a_model_that_gives_no_answer(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.runtime.models.use("away", Away())
        await change(flow, model="away")
        tried = await try_question(
            flow.runtime, await flow.runtime.characters.default(), "¿a qué hora abren?"
        )
        assert (tried.text, tried.problem) == ("", "It is away.")


async def test_a_version_has_the_tools_that_it_names(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await change(flow, tools=["cancel_order"])
        said = await asked(flow, text_message("¿dónde está mi pedido 1182?"))
        assert "en camino" not in " ".join(said)
        assert shop.requests == []
        await change(flow, tools=["order_status"])
        said = await asked(flow, text_message("¿dónde está mi pedido 1182?"))
        assert "en camino" in " ".join(said)


async def test_a_character_is_given_no_tool_that_there_is_not(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, _):
        character = await flow.runtime.store.read(default_character)

        async def write(**changes: Any) -> None:
            await flow.write(lambda tx: save_draft(tx, character.id, changes, author="api"))
            await flow.write(lambda tx: publish(tx, character.id, author="api"))

        with pytest.raises(Unprocessable, match="no tool 'order_sttus'"):
            await write(tools=["order_sttus"])
        await write(tools=["order_status"])
        await flow.write(lambda tx: registry.remove_tool(tx, "order_status"))
        await write(greeting="¡Hola!")  # what names it still may be changed
        view = await flow.runtime.store.read(default_character)
        assert (view.tools, view.greeting) == (("order_status",), "¡Hola!")


@pytest.mark.parametrize(
    ("words", "asks", "tool", "state", "said"),
    [
        ("¿dónde está mi pedido 1182?", False, "order_status", "not_called", ""),
        ("¿dónde está mi pedido 1182?", True, "order_status", "done", "en camino"),
        ("¿dónde está mi pedido 999?", True, "order_status", "failed", ""),
        ("quiero cancelar el pedido 1182", True, "cancel_order", "confirms", "1182"),
        ("quiero cancelar mi pedido", True, "cancel_order", "asks", "pedido"),
    ],
)
async def test_a_trial_tells_which_tool_it_would_call_and_changes_nothing(
    tmp_path: Path, words: str, asks: bool, tool: str, state: str, said: str
) -> None:
    async with shopping(tmp_path) as (flow, shop):
        persona = await flow.runtime.characters.default()
        tried = await try_question(flow.runtime, persona, words, asks_tools=asks)
        assert [(it.tool, it.state) for it in tried.calls] == [(tool, state)]
        assert said in tried.text
        assert shop.effects == []
        assert bool(shop.requests) == (state in ("done", "failed"))
        assert await calls(flow) == []
        none = msgspec.structs.replace(persona, tools=())
        assert (await try_question(flow.runtime, none, words, asks_tools=True)).calls == ()


@pytest.mark.parametrize("asks", [True, False])
async def test_a_trial_shows_what_a_model_calls(tmp_path: Path, asks: bool) -> None:
    answer = "Tu pedido 1182 está en camino y llega el martes."
    async with talking(tmp_path, saying(None, LOOK), final(answer)) as (flow, shop, model):
        persona = await flow.runtime.characters.default()
        tried = await try_question(flow.runtime, persona, "¿y lo mío?", asks_tools=asks)
        assert tried.text == (answer if asks else "")
        assert [(it.tool, it.arguments) for it in tried.calls] == [LOOKED]
        assert len(shop.requests) == int(asks)
        assert len(model.asked) == 1 + asks


LOOKED = ("order_status", {"number": "1182"})

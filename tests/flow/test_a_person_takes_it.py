"""What is handed to a person because only a person can go on, with what they need to know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from recado.assistant.port import Answer, Question
from recado.conversations.model import Conversation
from recado.conversations.ownership import resolve
from recado.escalation.model import Escalation
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import media_message, text_message


async def say(flow: Flow, words: str) -> None:
    await flow.receive(text_message(words))
    await flow.quiet()


async def state(flow: Flow) -> str:
    return str((await flow.conversation()).state)


async def handed_over(flow: Flow) -> Row[Any]:
    """The only hand-over there is."""
    rows = await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.__table__)))
    assert len(rows) == 1
    return rows[0]


def codes(escalation: Row[Any]) -> set[str]:
    return {reason["code"] for reason in escalation.reasons}


class SureModel(ScriptedModel):
    """Answers whatever is asked with the same words."""

    def __init__(self, text: str = "Nuestro equipo cuida cada detalle de tu visita.") -> None:
        super().__init__()
        self.text = text
        self.known = True

    async def answer(self, question: Question) -> Answer:
        self.questions.append(question)
        return Answer(text=self.text, confidence=self.confidence, model=self.name, known=self.known)


REQUESTS = [
    ("quiero cancelar mi pedido", "cancellation"),
    ("cancelem meu pedido 123", "cancellation"),
    ("please refund my order", "refund"),
    ("quiero reservar para 4 mañana a las 8", "reservation"),
    ("preciso de 100 salgados para sabado", "big_order"),
]


@pytest.mark.parametrize(("words", "code"), REQUESTS)
@pytest.mark.parametrize("model", ["embedded", "provider"])
async def test_what_only_a_person_can_do_goes_to_a_person(
    tmp_path: Path, words: str, code: str, model: str
) -> None:
    async with running_flow(tmp_path) as flow:
        sure = SureModel()
        if model == "provider":
            flow.runtime.models.use("embedded", sure)
        await say(flow, words)
        escalation = await handed_over(flow)
        assert code in codes(escalation)
        assert words in escalation.summary
        assert sure.questions == []
        assert len(flow.graph.received) == 1


@pytest.mark.parametrize(
    "words",
    [
        "¿cómo puedo cancelar mi pedido?",
        "¿cuánto tarda el reembolso?",
        "¿cómo reservo una mesa?",
        "quiero saber cuánto cuesta una torta para 20 personas",
    ],
)
async def test_a_question_about_the_rules_is_answered(tmp_path: Path, words: str) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, words)
        assert await state(flow) == "bot"


@pytest.mark.parametrize(
    "words", ["mañana a las 8, 4 personas, a nombre de Ana", "el sábado, somos seis"]
)
async def test_the_details_that_were_asked_for_reach_a_person(tmp_path: Path, words: str) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "¿cómo reservo una mesa?")
        assert await state(flow) == "bot"
        await say(flow, words)
        escalation = await handed_over(flow)
        # Who says what a reservation is made of is understood by that alone, too.
        assert codes(escalation) & {"details_sent", "reservation"}
        assert words in escalation.summary


async def test_another_question_after_an_invitation_is_answered(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "¿cómo reservo una mesa?")
        await say(flow, "¿y abren los domingos?")
        assert await state(flow) == "bot"


async def test_the_picture_that_was_asked_for_reaches_a_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "¿qué hago si algo llegó roto?")
        assert "foto" in flow.sent[0]
        assert await state(flow) == "bot"
        await flow.receive(media_message("image", "1234"))
        await flow.quiet(hurried=True)
        assert "con archivo" in (await handed_over(flow)).summary


async def test_a_second_complaint_is_not_answered_with_the_same_text(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "llegó todo roto")
        if await state(flow) == "bot":
            await say(flow, "el pan también vino mal, es una vergüenza")
        escalation = await handed_over(flow)
        assert "llegó todo roto" in escalation.summary
        assert len(set(flow.sent)) == len(flow.sent)


async def test_nobody_hears_twice_that_the_assistant_does_not_know(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "¿venden neumáticos de camión?")
        await say(flow, "gracias")
        assert await state(flow) == "bot"
        await say(flow, "¿y reparan relojes antiguos?")
        escalation = await handed_over(flow)
        assert "unknown_again" in codes(escalation)
        assert "neumáticos" in escalation.summary


async def test_an_answered_question_ends_the_matter(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "¿venden neumáticos de camión?")
        await say(flow, "¿a qué hora abren los domingos?")
        await say(flow, "¿reparan relojes antiguos?")
        assert await state(flow) == "bot"


async def test_a_settled_conversation_is_another_matter(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "¿venden neumáticos de camión?")
        conversation = await flow.conversation()
        await flow.write(lambda tx: resolve(tx, conversation.id, actor="user:1"))
        await say(flow, "¿reparan relojes antiguos?")
        assert await state(flow) == "bot"


async def test_a_model_that_does_not_know_twice_calls_a_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        model = SureModel("No lo sé, lo siento mucho.")
        model.known, model.confidence = False, 0.3
        flow.runtime.models.use("embedded", model)
        await say(flow, "¿venden neumáticos?")
        await say(flow, "¿reparan relojes?")
        assert "unknown_again" in codes(await handed_over(flow))


@pytest.mark.parametrize("model", ["embedded", "provider"])
async def test_the_same_answer_is_not_given_twice_in_a_row(tmp_path: Path, model: str) -> None:
    async with running_flow(tmp_path) as flow:
        if model == "provider":
            flow.runtime.models.use("embedded", SureModel())
        for _ in range(2):
            await say(flow, "¿dónde están ubicados?")
        first, second = flow.sent
        assert first != second
        assert "acabo de escribir" in second
        await say(flow, "¿dónde están ubicados?")
        assert "unknown_again" in codes(await handed_over(flow))


async def test_yes_to_the_offered_person_brings_one(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        for _ in range(2):
            await say(flow, "¿dónde están ubicados?")
        await say(flow, "sí")
        assert await state(flow) == "waiting"


async def test_a_long_talk_about_what_it_knows_stays_with_the_assistant(tmp_path: Path) -> None:
    questions = """hola
        ¿a qué hora abren?
        ¿y los domingos?
        ¿dónde están?
        ¿tienen wifi?
        gracias
        ¿tienen opciones veganas?
        ¿cómo puedo cancelar mi pedido?
        ¿cuánto cuesta el envío?
        ¿aceptan tarjeta?
        ¿se puede ir con perros?
        ok, gracias"""
    async with running_flow(tmp_path) as flow:
        for question in questions.splitlines():
            await say(flow, question.strip())
        states = await flow.runtime.store.read(lambda tx: tx.all(select(Conversation.state)))
        assert [row.state for row in states] == ["bot"]
        assert all(new != old for new, old in zip(flow.sent[1:], flow.sent, strict=False))


CAKES = """# Pastelería

## Tortas por encargo
Las tortas se encargan con dos días. Cuéntanos la fecha, el sabor y para cuántas personas es.

## Si algo salió mal
Si tu torta llegó dañada, envíanos una foto por este chat.

## Cancelaciones
Puedes cancelar hasta 24 horas antes y te devolvemos el anticipo.
"""

TALKS = [
    ("[image]miren lo que me dieron", "own_affair"),
    ("[image]this is what I got", "unknown_again"),
    ("me cortaste a orelha|[image]", "own_affair"),
    ("[audio]|¿tienen estacionamiento?", "unknown_again"),
    ("[image]|la torta llegó así, toda torcida", "details_sent"),
    ("ponme tres alfajores el viernes, 4pm, nombre Ana", "reservation"),
    ("ya no quiero la torta, cancelen porfa", "cancellation"),
    ("ya no me hace falta el pedido, cancelo", "cancellation"),
    ("quero desmarcar meu horario de amanha", "cancellation"),
    ("I want my deposit back", "refund"),
    ("mi perro volvió raro de la peluquería|[image]", "own_affair"),
    ("I'd like to rent 12 bikes on Saturday at 10", "reservation"),
    ("da pra marcar amanha 15h?", "reservation"),
    ("we're a group of 20 and want bikes for sunday", "reservation"),
]


@pytest.mark.parametrize(("talk", "code"), TALKS)
async def test_what_it_cannot_take_itself_reaches_a_person(
    tmp_path: Path, talk: str, code: str
) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("tortas.md", CAKES.encode())
        for said in talk.split("|"):
            kind, _, words = said.removeprefix("[").rpartition("]")
            file = media_message(kind or "image", "1234")
            if words:
                file[kind or "image"]["caption"] = words
            message = file if kind else text_message(words)
            await flow.receive(message)
            await flow.quiet(hurried=True)
        assert code in codes(await handed_over(flow))


async def test_a_question_about_a_day_is_no_reservation(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("tortas.md", CAKES.encode())
        await say(flow, "quiero saber si abren el lunes a las 8")
        assert await state(flow) == "bot"

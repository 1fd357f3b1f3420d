"""What the assistant did not know is kept, taught by a person, and known from the next message."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.assistant.unanswered import questions
from recado.assistant.unanswered.answering import answer_group
from recado.assistant.unanswered.grouping import group_new
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.maintenance.personal_data import erase, export_contact, find_contact
from recado.store import Tx
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import CUSTOMER, text_message

FACTS = b"# Horario\n\nAbrimos de martes a domingo de 9 a 18.\n"


async def kept(flow: Flow) -> Sequence[str]:
    rows = await flow.runtime.store.read(
        lambda tx: tx.all(select(UnansweredQuestion.text).order_by(UnansweredQuestion.id))
    )
    return [row.text for row in rows]


async def test_a_question_is_asked_in_vain_answered_by_a_person_and_known_from_then_on(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        runtime = flow.runtime
        await runtime.knowledge.add("info.md", FACTS)
        await flow.receive(text_message("Hola! ¿Aceptan bitcoin?"))
        await flow.quiet()
        assert await kept(flow) == ["¿Aceptan bitcoin?"]
        await group_new(runtime.store)
        (group,) = await runtime.store.read(questions.list_groups)
        assert group.asked[0].conversation_id == (await flow.conversation()).id
        text = "Todavía no. Puedes pagar en efectivo o con tarjeta."
        await answer_group(runtime.store, runtime.knowledge, group.id, text)
        await flow.receive(text_message("aceptan bitcoin"))
        await flow.quiet()
        assert "efectivo o con tarjeta" in flow.sent[-1]
        assert await kept(flow) == ["¿Aceptan bitcoin?"]


@pytest.mark.parametrize(
    "said",
    ["hola", "¿a qué hora abren?", "quiero hablar con una persona", "mi pedido llegó roto, fatal"],
)
async def test_what_was_answered_or_is_no_question_is_not_kept(tmp_path: Path, said: str) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("info.md", FACTS)
        await flow.receive(text_message(said))
        await flow.quiet()
        assert await kept(flow) == []


async def test_of_two_questions_the_one_that_has_no_answer_is_kept(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("info.md", FACTS)
        await flow.receive(text_message("¿a qué hora abren? ¿aceptan bitcoin?"))
        await flow.quiet()
        assert "9 a 18" in flow.sent[-1]
        assert await kept(flow) == ["¿aceptan bitcoin?"]


async def test_a_question_that_a_language_model_does_not_know_is_kept_and_called_again_too(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path, RECADO_MODEL="scripted") as flow:
        model = ScriptedModel()
        model.confidence = 0.1
        flow.runtime.models.use("scripted", model)
        for text in ("¿hacen tatuajes?", "¿y piercings en la nariz?"):
            await flow.receive(text_message(text, id=f"wamid.{text}"))
            await flow.quiet()
        assert (await flow.conversation()).state == "waiting"  # the second time, a person
        assert await kept(flow) == ["¿hacen tatuajes?", "¿y piercings en la nariz?"]


async def test_what_a_person_asked_goes_with_the_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("info.md", FACTS)
        await flow.receive(text_message("¿aceptan bitcoin?"))
        await flow.quiet()

        def exported(tx: Tx) -> list[str]:
            document = export_contact(tx, find_contact(tx, CUSTOMER))
            return [row["text"] for row in document["unanswered_questions"]]

        assert await flow.runtime.store.read(exported) == ["¿aceptan bitcoin?"]
        removed = await erase(flow.runtime, CUSTOMER, actor="cli")
        assert removed["unanswered questions"] == 1
        assert await kept(flow) == []

"""A question with its answer is found by every wording, and the wordings are one answer."""

from __future__ import annotations

import pytest

from recado.assistant.knowledge import ANSWERS, KnowledgeBase
from recado.errors import BadRequest, Conflict, NotFound
from recado.store import Store

WORDINGS = ("¿Hacen tatuajes?", "aquí hacen tatuajes", "¿dibujan en el brazo?")
ANSWER = "Solo de henna, los sábados de 10 a 14."


@pytest.mark.parametrize("asked", [*WORDINGS, "hola, hacen tatuajes?"])
async def test_several_wordings_do_not_stand_in_each_others_way(store: Store, asked: str) -> None:
    knowledge = KnowledgeBase(store)
    await knowledge.add("info.md", b"# Horario\n\nAbrimos de 9 a 18.\n")
    await knowledge.add_answer(WORDINGS, ANSWER)
    best, *_ = await knowledge.search(asked, "es")
    assert best.text == ANSWER
    assert best.score >= ANSWERS


async def test_a_wording_that_is_added_is_found_from_then_on(store: Store) -> None:
    knowledge = KnowledgeBase(store)
    view = await knowledge.add_answer(WORDINGS[:1], ANSWER)
    assert await knowledge.search("¿dibujan brazos?", "es") == []
    await knowledge.change_answer(view.id, WORDINGS, ANSWER)
    best, *_ = await knowledge.search("¿dibujan brazos?", "es")
    assert best.text == ANSWER


async def test_an_answer_keeps_what_was_written_and_its_language(store: Store) -> None:
    knowledge = KnowledgeBase(store)
    text = "Sí.\n\n- lunes\n- martes"
    view = await knowledge.add_answer(
        ["  ¿Abren   hoy? ", "¿abren hoy?", "abren?"], f" {text} ", language="es"
    )
    assert view.answer is not None
    assert (view.answer.questions, view.answer.text) == (("¿Abren hoy?", "abren?"), text)
    assert (view.name, view.kind, view.language) == ("¿Abren hoy?", "answer", "es")


async def test_an_answer_is_changed_with_its_name_and_keeps_its_place(store: Store) -> None:
    knowledge = KnowledgeBase(store)
    first = await knowledge.add_answer(["¿Hay wifi?", "clave"], "Sí.")
    other = await knowledge.add_answer(["¿Hay terraza?"], "Sí.")
    changed = await knowledge.change_answer(first.id, ["¿Tienen wifi?", "clave"], "Sí.")
    assert (changed.id, changed.name) == (first.id, "¿Tienen wifi?")
    assert changed.changes is not None
    assert (changed.changes.added, changed.changes.removed, changed.changes.same) == (1, 1, 0)
    with pytest.raises(Conflict):
        await knowledge.change_answer(first.id, ["¿Hay terraza?"], "Sí.")
    file = await knowledge.add("a.md", b"# A\n\nText.")
    for id in (file.id, "nothing"):
        with pytest.raises(NotFound):
            await knowledge.change_answer(id, ["¿Hay wifi?"], "Sí.")
    assert {it.id for it in await knowledge.list()} == {first.id, other.id, file.id}


@pytest.mark.parametrize(
    ("questions", "text"),
    [([], "Sí."), ([" "], "Sí."), (["¿Hay?"], " "), (["x" * 201], "Sí."), (["x"], "y" * 4001),
     ([f"x{n}" for n in range(21)], "Sí.")],
)  # fmt: skip
async def test_what_is_no_question_with_an_answer_is_refused(
    store: Store, questions: list[str], text: str
) -> None:
    with pytest.raises(BadRequest):
        await KnowledgeBase(store).add_answer(questions, text)


async def test_a_file_that_comes_again_keeps_the_passages_that_are_the_same(store: Store) -> None:
    knowledge = KnowledgeBase(store)
    text = "# Horario\n\nAbrimos de 9 a 18.\n\n# Envíos\n\nEl envío cuesta 90 pesos.\n"
    await knowledge.add("info.md", text.encode())
    (before,) = await knowledge.search("horario", "es", limit=1)
    added = "# Nuevo\n\nHay terraza.\n\n" + text.replace("90", "95")
    view = await knowledge.add("info.md", added.encode())
    assert view.changes is not None
    assert (view.changes.added, view.changes.removed, view.changes.same) == (2, 1, 1)
    (after,) = await knowledge.search("horario", "es", limit=1)
    assert after.passage_id == before.passage_id

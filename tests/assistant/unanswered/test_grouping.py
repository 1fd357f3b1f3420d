"""Questions that ask the same stand together, whoever asked them and however they typed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.assistant.unanswered import questions
from recado.assistant.unanswered.answering import answer_group
from recado.assistant.unanswered.grouping import (
    BATCH,
    first_of_groups,
    group_new,
    new_questions,
    places_of,
    put_places,
)
from recado.assistant.unanswered.keeping import keep_questions
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.assistant.unanswered.questions import QuestionGroup
from recado.errors import BadRequest, Conflict, NotFound
from recado.runtime import Runtime
from recado.store import Tx, new_id
from tests.support.conversations import add_conversation, add_line
from tests.support.runtime import make_runtime_on


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path) as runtime:
        yield runtime


async def ask(runtime: Runtime, *texts: str, language: str = "es") -> str:
    """Somebody new asks these; their conversation's id."""

    def work(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        for text in texts:
            about = {"conversation_id": conversation, "turn_id": new_id()}
            keep_questions(tx, [text], language=language, **about)
        return conversation

    return await runtime.store.write(work)


async def groups(runtime: Runtime, **wanted: str) -> Sequence[QuestionGroup]:
    await group_new(runtime.store)
    return await runtime.store.read(lambda tx: questions.list_groups(tx, **wanted))  # type: ignore[arg-type]


async def test_the_same_question_of_several_people_is_one_and_what_differs_is_not(
    runtime: Runtime,
) -> None:
    first = await ask(runtime, "¿Tienen estacionamiento?")
    await ask(runtime, "venden velas aromáticas?")
    second = await ask(runtime, "hay estacionamiento cerca", "tienen estacionamiento")
    parking, candles = await groups(runtime)
    assert (parking.text, parking.times, parking.contacts) == ("¿Tienen estacionamiento?", 3, 2)
    assert [it.conversation_id for it in parking.asked] == [second, second, first]
    assert parking.wordings == ("¿Tienen estacionamiento?", "hay estacionamiento cerca")
    assert (candles.text, candles.times) == ("venden velas aromáticas?", 1)


async def test_a_question_that_comes_later_joins_those_that_are_there(runtime: Runtime) -> None:
    await ask(runtime, "¿Tienen estacionamiento?")
    await groups(runtime)
    await ask(runtime, "hay estacionamiento cerca?")
    (group,) = await groups(runtime)
    assert group.times == 2


async def test_two_languages_are_two_questions_for_an_answer_is_in_one(runtime: Runtime) -> None:
    await ask(runtime, "wifi?")
    await ask(runtime, "wifi?", language="en")
    assert len(await groups(runtime)) == 2


async def test_what_was_asked_often_comes_first_or_what_was_asked_last(runtime: Runtime) -> None:
    await ask(runtime, "tienen wifi?", "tienen wifi")
    await ask(runtime, "venden velas aromáticas?")
    assert [it.times for it in await groups(runtime)] == [2, 1]
    assert [it.times for it in await groups(runtime, order="newest")] == [1, 2]


async def test_a_wording_that_gives_somebody_away_is_not_offered(runtime: Runtime) -> None:
    await ask(runtime, "me llamo Lucía Pérez y mi correo es lucia@example.com, hay wifi?")
    (group,) = await groups(runtime)
    assert group.wordings == ()


async def test_answered_they_are_known_and_gone_from_the_list(runtime: Runtime) -> None:
    await ask(runtime, "¿Tienen estacionamiento?")
    await ask(runtime, "hay estacionamiento cerca")
    (group,) = await groups(runtime)
    text = "Sí, hay un estacionamiento gratis detrás del local."
    source = await answer_group(runtime.store, runtime.knowledge, group.id, text)
    for asked in group.wordings:
        best, *_ = await runtime.knowledge.search(asked, "es")
        assert (best.text, best.source_id) == (text, source.id)
        assert best.score >= 0.6
    assert await groups(runtime) == []
    (answered,) = await groups(runtime, state="answered")
    assert answered.source_id == source.id
    with pytest.raises(NotFound):
        await answer_group(runtime.store, runtime.knowledge, group.id, "No.")


async def test_when_the_answer_is_removed_the_question_waits_again(runtime: Runtime) -> None:
    await ask(runtime, "¿Tienen estacionamiento?")
    (group,) = await groups(runtime)
    source = await answer_group(runtime.store, runtime.knowledge, group.id, "Sí, gratis.")
    await runtime.knowledge.remove(source.id)
    (again,) = await groups(runtime)
    assert (again.id, again.source_id) == (group.id, None)


async def test_of_two_who_answer_at_once_the_second_is_told_and_teaches_nothing(
    runtime: Runtime,
) -> None:
    await ask(runtime, "¿Tienen estacionamiento?")
    (group,) = await groups(runtime)

    def both(tx: Tx) -> None:
        questions.mark_answered(tx, group.id, "one")
        questions.mark_answered(tx, group.id, "other")

    with pytest.raises(Conflict):
        await runtime.store.write(both)
    assert len(await groups(runtime)) == 1


async def test_what_was_dismissed_stays_so_when_it_is_asked_again(runtime: Runtime) -> None:
    await ask(runtime, "¿me prestan dinero?")
    (group,) = await groups(runtime)
    await runtime.store.write(lambda tx: questions.dismiss_group(tx, group.id))
    await ask(runtime, "me prestan dinero")
    assert await groups(runtime) == []
    await runtime.store.write(lambda tx: questions.reopen_group(tx, group.id))
    (again,) = await groups(runtime)
    assert again.times == 2


async def test_a_question_does_not_join_a_group_that_was_answered_meanwhile(
    runtime: Runtime,
) -> None:
    await ask(runtime, "¿Tienen estacionamiento?")
    (group,) = await groups(runtime)
    await ask(runtime, "tienen estacionamiento")
    store = runtime.store
    new, firsts = await store.read(new_questions), await store.read(first_of_groups)
    places = places_of(new, firsts)
    assert [it.group_id for it in places] == [group.id]
    await answer_group(store, runtime.knowledge, group.id, "Sí, gratis.")
    assert await store.write(lambda tx: put_places(tx, places)) == 0
    (alone,) = await groups(runtime)
    assert alone.times == 1
    assert alone.id != group.id


async def test_people_put_together_what_only_they_see_is_the_same(runtime: Runtime) -> None:
    await ask(runtime, "¿admiten mascotas?", "venden velas aromáticas?")
    one, other = await groups(runtime)
    await runtime.store.write(lambda tx: questions.merge_groups(tx, one.id, other.id))
    (merged,) = await groups(runtime)
    assert (merged.id, merged.times) == (one.id, 2)
    with pytest.raises(BadRequest):
        await runtime.store.write(lambda tx: questions.merge_groups(tx, one.id, one.id))


async def test_people_take_apart_what_is_not_the_same(runtime: Runtime) -> None:
    await ask(runtime, "¿Tienen estacionamiento?")
    await ask(runtime, "hay estacionamiento cerca")
    (group,) = await groups(runtime)
    # The one that gave the group its name: the rest stays together.
    (first,) = [it for it in group.asked if it.id == group.id]
    await runtime.store.write(lambda tx: questions.split_question(tx, first.id))
    assert {it.text for it in await groups(runtime)} == {
        "¿Tienen estacionamiento?",
        "hay estacionamiento cerca",
    }
    with pytest.raises(BadRequest):
        await runtime.store.write(lambda tx: questions.split_question(tx, first.id))


async def test_however_many_come_at_once_each_finds_its_place(runtime: Runtime) -> None:
    await ask(runtime, *(f"tienen el modelo xk{n % 3}?" for n in range(BATCH + 3)))
    assert await group_new(runtime.store) == BATCH + 3
    found = await groups(runtime)
    assert sum(it.times for it in found) == BATCH + 3
    left = select(UnansweredQuestion.id).where(UnansweredQuestion.group_id.is_(None))
    assert await runtime.store.read(lambda tx: tx.first(left)) is None

"""The pages on which a business writes guided talks, tries them and sees what was filled."""

from __future__ import annotations

from typing import Any

from recado.assistant.characters import default_character
from recado.assistant.versions import CharacterView, describe_character
from tests.desk.conftest import DeskUser

GOOD: dict[str, Any] = {
    "name": "book",
    "slots": "2",
    "title_es": "Cita",
    "examples_es": "quiero una cita\r\nquiero {service}",
    "slot0_name": "service",
    "slot0_kind": "choice",
    "slot0_required": "1",
    "slot0_title_es": "Servicio",
    "slot0_question_es": "¿Qué te hacemos?",
    "slot0_choices": "Corte = cortar, corte de pelo\r\nTinte",
    "slot1_name": "day",
    "slot1_kind": "date",
    "slot1_required": "1",
    "slot1_question_es": "¿Qué día?",
    "slot1_days_ahead": "90",
    "confirms": "1",
    "confirmation_es": "{{ service }} el {{ day }}. ¿Lo reservo?",
    "answer_es": "Te esperamos.",
    "minutes": "20",
}


async def character(user: DeskUser) -> CharacterView:
    def read(tx: Any) -> CharacterView:
        return describe_character(tx, default_character(tx).id)

    return await user.runtime.store.read(read)


async def written(user: DeskUser, name: str = "new", **changes: Any) -> Any:
    view = await character(user)
    given = {**GOOD, "revision": str(view.revision), **changes}
    return await user.post(f"/characters/{view.id}/intents/{name}", htmx=False, **given)


async def test_a_guided_talk_is_written_into_the_draft(admin: DeskUser) -> None:
    assert (await written(admin)).status_code == 303
    view = await character(admin)
    assert view.intents == ()  # customers hear nothing of it yet
    assert view.draft is not None
    (intent,) = view.draft.content.intents
    assert [(it.name, it.kind) for it in intent.slots] == [("service", "choice"), ("day", "date")]
    assert intent.slots[0].choices[0].words == ("cortar", "corte de pelo")
    assert (intent.minutes, intent.slots[1].days_ahead) == (20, 90)
    page = await admin.get(f"/characters/{view.id}/intents/book")
    assert "Corte = cortar, corte de pelo" in page.text
    assert "quiero {service}" in page.text
    changes = await admin.get(f"/characters/{view.id}/changes")
    assert "¿Qué te hacemos?" in changes.text


async def test_what_the_form_shows_is_what_it_saves(admin: DeskUser) -> None:
    await written(admin)
    first = (await character(admin)).draft
    await written(admin, "book")
    second = (await character(admin)).draft
    assert first is not None
    assert second is not None
    assert first.content.intents == second.content.intents


async def test_what_is_wrong_is_said_beside_what_was_typed(admin: DeskUser) -> None:
    response = await written(admin, answer_es="Hola {{ nobody }}", slot0_question_es="¿QUÉ?")
    assert response.status_code == 422
    assert "nobody" in response.text
    assert "¿QUÉ?" in response.text
    assert (await character(admin)).draft is None


async def test_it_is_tried_before_customers_do(admin: DeskUser) -> None:
    await written(admin)
    view = await character(admin)
    path = f"/characters/{view.id}/intents/try"
    said = "quiero una cita\n<b>corte</b>\n¿a qué hora abren?\nmañana\nsí"
    page = await admin.post(path, htmx=False, said=said)
    assert "¿Qué te hacemos?" in page.text
    assert "¿Lo reservo?" in page.text
    assert "Te esperamos." in page.text
    assert "<b>corte</b>" not in page.text


async def test_it_is_taken_away(admin: DeskUser) -> None:
    await written(admin)
    view = await character(admin)
    revision = str(view.revision)
    await admin.post(f"/characters/{view.id}/intents/book/remove", htmx=False, revision=revision)
    assert (await character(admin)).draft is None


async def test_an_agent_reads_and_changes_nothing(visitor: DeskUser) -> None:
    await visitor.sign_in("agent")
    view = await character(visitor)
    assert (await visitor.get(f"/characters/{view.id}/intents")).status_code == 200
    assert (await written(visitor)).status_code == 403


async def test_a_count_of_slots_that_no_form_has_is_refused(admin: DeskUser) -> None:
    for count in ("9" * 5000, "41", "many"):
        response = await written(admin, name="new", slots=count, minutes="no number")
        assert response.status_code == 400, count
    assert (await character(admin)).draft is None

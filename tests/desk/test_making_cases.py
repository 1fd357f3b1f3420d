"""One click on an answer, and it is a case of an evaluation."""

from __future__ import annotations

from sqlalchemy import select

from recado.assistant.evaluations.case_files import read_sets
from recado.assistant.evaluations.results import Runs
from recado.assistant.model import Turn
from recado.conversations.model import Message
from recado.turns.rehearsal import Rehearsal
from tests.desk.conftest import DeskUser


async def talk(desk: DeskUser, *texts: str) -> str:
    rehearsal = await Rehearsal.begin(desk.runtime, name="Lucía")
    for text in texts:
        await rehearsal.say(text)
    found = select(Message.conversation_id)
    return str(await desk.runtime.store.read(lambda tx: tx.scalar(found)))


async def test_the_last_answer_is_downloaded_as_a_case_and_stored_for_the_next_run(
    admin: DeskUser,
) -> None:
    conversation = await talk(admin, "soy Lucía", "tienen wifi?")
    page = await admin.page(f"/conversations/{conversation}")
    assert f'action="/conversations/{conversation}/case"' in page
    response = await admin.post(f"/conversations/{conversation}/case", htmx=False)
    assert response.status_code == 200
    disposition = response.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    (found,) = read_sets([Runs(admin.runtime.settings.data).cases])
    (case,) = found.cases
    assert case.turns == ("soy Alex", "tienen wifi?")
    assert f'"{case.id}.yaml"' in disposition
    assert "soy Alex" in response.text


async def test_an_earlier_answer_is_made_a_case_from_beside_it(admin: DeskUser) -> None:
    conversation = await talk(admin, "venden autos usados?", "tienen wifi?")
    turns = select(Turn.id).order_by(Turn.started_at)
    messages = select(Message.id).where(Message.turn_id.is_not(None)).order_by(Message.position)
    turn = await admin.runtime.store.read(lambda tx: tx.scalar(turns))
    answer = await admin.runtime.store.read(lambda tx: tx.scalar(messages))
    panel = await admin.page(f"/messages/{answer}/turn", htmx=True)
    assert f'name="turn" value="{turn}"' in panel
    response = await admin.post(f"/conversations/{conversation}/case", htmx=False, turn=str(turn))
    assert "venden autos" in response.text
    assert "wifi" not in response.text


async def test_without_an_answer_there_is_no_case_and_it_is_said(admin: DeskUser) -> None:
    conversation = await admin.add_conversation()
    response = await admin.post(f"/conversations/{conversation}/case", htmx=False)
    assert response.status_code == 404
    assert "answered nothing" in response.text

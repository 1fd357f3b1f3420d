"""The team sees what the assistant did not know, and teaches it."""

from __future__ import annotations

import re

from recado.assistant.unanswered.keeping import keep_questions
from recado.store import new_id
from tests.desk.conftest import DeskUser

PATH = "/knowledge/unanswered"


async def asked(user: DeskUser, *texts: str) -> str:
    conversation = await user.add_conversation()

    def work(tx: object) -> None:
        about = {"conversation_id": conversation, "turn_id": new_id()}
        keep_questions(tx, texts, language="es", **about)  # type: ignore[arg-type]

    await user.runtime.store.write(work)
    return conversation


def action(page: str, ending: str) -> str:
    found = re.search(rf'action="({PATH}/\w+/{ending})"', page)
    assert found, page
    return found[1]


async def test_a_question_leads_to_who_asked_it_and_is_answered(admin: DeskUser) -> None:
    conversation = await asked(admin, "¿Aceptan bitcoin?")
    page = await admin.page(PATH)
    assert "¿Aceptan bitcoin?" in page
    assert f'href="/conversations/{conversation}"' in page
    assert "asked 1 time" in page
    assert '<a href="/knowledge/unanswered">Unanswered<b>1</b>' in await admin.page("/knowledge")
    text = "Todavía no aceptamos bitcoin."
    wording = "¿Aceptan bitcoin?"
    response = await admin.post(action(page, "answer"), htmx=False, questions=wording, text=text)
    assert response.status_code == 303, response.text
    page = await admin.page(PATH)
    assert "The assistant answers from it now." in page
    assert wording not in page
    assert text in await admin.page("/knowledge/try?q=puedo pagar con bitcoin", htmx=True)
    assert wording in await admin.page(f"{PATH}?state=answered")


async def test_an_answer_needs_a_question_and_words(admin: DeskUser) -> None:
    await asked(admin, "¿Aceptan bitcoin?")
    path = action(await admin.page(PATH), "answer")
    assert (await admin.post(path, text="No.")).status_code == 400
    assert (await admin.post(path, questions="¿Aceptan bitcoin?", text=" ")).status_code == 400


async def test_a_question_is_dismissed_and_opened_again(admin: DeskUser) -> None:
    await asked(admin, "me prestan dinero?")
    await admin.post(action(await admin.page(PATH), "dismiss"), htmx=False)
    assert "me prestan dinero?" not in await admin.page(PATH)
    await admin.post(action(await admin.page(f"{PATH}?state=dismissed"), "reopen"), htmx=False)
    assert "me prestan dinero?" in await admin.page(PATH)


async def test_two_that_ask_the_same_are_put_together_and_taken_apart(admin: DeskUser) -> None:
    await asked(admin, "¿admiten perros?", "venden velas aromáticas?")
    page = await admin.page(PATH)
    ticked = re.findall(r'name="group" value="(\w+)"', page)
    assert len(ticked) == 2
    assert (await admin.post(f"{PATH}/merge", group=ticked[0])).status_code == 400
    await admin.post(f"{PATH}/merge", htmx=False, group=ticked)
    page = await admin.page(PATH)
    assert "asked 2 times" in page
    await admin.post(action(page, "split"), htmx=False)
    assert "asked 2 times" not in await admin.page(PATH)


async def test_an_agent_reads_them_and_a_supervisor_decides(visitor: DeskUser) -> None:
    await visitor.sign_in("agent")
    await asked(visitor, "¿Aceptan bitcoin?")
    page = await visitor.page(PATH)
    assert "¿Aceptan bitcoin?" in page
    assert "/answer" not in page
    group = re.search(r'id="q-(\w+)"', page)
    assert group
    response = await visitor.post(f"{PATH}/{group[1]}/dismiss")
    assert response.status_code == 403

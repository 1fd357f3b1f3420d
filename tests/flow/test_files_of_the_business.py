"""Who asks for the menu, the price list or the catalogue itself gets the file of the business's:
on both databases, and only what the business has marked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from recado.assistant.model import Character
from recado.assistant.port import Answer, Question
from recado.errors import NotFound
from recado.maintenance.personal_data import erase
from recado.media.model import Media
from recado.media.storage.port import key_of
from recado.media.sweep import UNUSED_DAYS, sweep_files
from recado.store import now
from tests.support.engines import postgresql_url
from tests.support.files import picture
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.papers import pdf_of
from tests.support.payloads import text_message

MENU = pdf_of(["Carta", "Milanesa con papas 9.500", "Ravioles de ricota 8.200"])


@pytest.fixture(params=["sqlite", "postgresql"])
async def flow(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Flow]:
    if request.param == "postgresql":
        async with postgresql_url() as url, running_flow(tmp_path, DATABASE_URL=url) as flow:
            yield flow
    else:
        async with running_flow(tmp_path) as flow:
            yield flow


async def teach(flow: Flow, name: str, data: bytes = MENU, *, sendable: bool = True) -> str:
    learnt = await flow.runtime.knowledge.try_adding(name, data, sendable=sendable)
    assert learnt.source is not None, learnt.problem
    return learnt.source.id


async def ask(flow: Flow, text: str) -> list[dict[str, Any]]:
    """What is sent in answer, as the Cloud API gets it."""
    before = len(flow.graph.received)
    await flow.receive(text_message(text, id=f"wamid.{before}.{text}"))
    await flow.quiet()
    return [it.body for it in flow.graph.received[before:]]


def kinds(sent: list[dict[str, Any]]) -> list[str]:
    return [it["type"] for it in sent]


@pytest.mark.parametrize(
    "asked", ["el menú", "¿Me mandás la carta en pdf?", "Hola, tem cardápio?", "menu please"]
)
async def test_who_asks_for_the_menu_gets_it_with_a_word(flow: Flow, asked: str) -> None:
    await teach(flow, "Carta.pdf")

    (sent,) = await ask(flow, asked)

    assert sent["type"] == "document"
    assert sent["document"]["filename"] == "Carta.pdf"
    assert "Carta" in sent["document"]["caption"]
    assert [flow.graph.media[it] for it in flow.graph.uploads] == [("application/pdf", MENU)]


async def test_a_file_is_uploaded_once_and_sent_to_all_who_ask(flow: Flow) -> None:
    await teach(flow, "Carta.pdf")

    first, second = await ask(flow, "la carta"), await ask(flow, "mandame otra vez la carta")

    assert kinds(first) == kinds(second) == ["document"]
    assert len(flow.graph.uploads) == 1


async def test_nothing_that_is_not_marked_is_sent(flow: Flow) -> None:
    source = await teach(flow, "Carta.pdf", sendable=False)

    assert "document" not in kinds(await ask(flow, "¿me mandás la carta?"))

    await flow.runtime.knowledge.offer(source, sendable=True)
    assert kinds(await ask(flow, "¿me mandás la carta?")) == ["document"]
    await flow.runtime.knowledge.offer(source, sendable=False)
    assert "document" not in kinds(await ask(flow, "la carta"))


async def test_a_file_of_another_characters_knowledge_is_not_sent(flow: Flow) -> None:
    own = await teach(flow, "Horarios.md", b"# Horarios\nAbrimos de 9 a 18.", sendable=False)
    await teach(flow, "Carta.pdf")
    character = await flow.runtime.characters.default()
    await restrict(flow, character.id, own)

    assert "document" not in kinds(await ask(flow, "¿me mandás la carta?"))


async def restrict(flow: Flow, character_id: str, source_id: str) -> None:
    these = update(Character).where(Character.id == character_id)
    await flow.write(lambda tx: tx.execute(these.values(sources=[source_id])))
    flow.runtime.characters.forget()


async def test_a_question_about_the_menu_is_answered_in_words(flow: Flow) -> None:
    await teach(flow, "Carta.pdf")

    assert kinds(await ask(flow, "¿cuánto cuesta la milanesa con papas?")) == ["text"]


async def test_what_else_is_asked_is_answered_too(flow: Flow) -> None:
    await teach(flow, "Carta.pdf")
    await teach(flow, "Horarios.md", b"## \xc2\xbfA qu\xc3\xa9 hora abren?\nAbrimos a las 9:30.")

    (sent,) = await ask(flow, "¿A qué hora abren? ¿Y me mandás la carta?")

    assert "9:30" in sent["document"]["caption"]


async def test_a_picture_goes_as_a_photo_that_the_phone_shows(flow: Flow) -> None:
    await teach(flow, "Lista de precios.webp", picture("WEBP"))

    (sent,) = await ask(flow, "¿me pasás la lista de precios?")

    assert sent["type"] == "image"
    assert [flow.graph.media[it][0] for it in flow.graph.uploads] == ["image/jpeg"]


async def test_the_title_that_the_business_gives_is_what_is_asked_for(flow: Flow) -> None:
    source = await teach(flow, "scan_0042.pdf")
    await flow.runtime.knowledge.offer(source, title="Catálogo de otoño")

    (sent,) = await ask(flow, "tem catálogo?")

    assert "Catálogo de otoño" in sent["document"]["caption"]


async def test_a_model_sends_what_it_is_offered_and_nothing_else(flow: Flow) -> None:
    await teach(flow, "Carta.pdf")
    await teach(flow, "Manual interno.pdf", pdf_of(["Manual", "Claves"]), sendable=False)
    model = SendingModel()
    flow.runtime.models.use(flow.runtime.settings.model, model)

    sent = await ask(flow, "¿qué me recomendás?")

    assert [it.title for it in model.questions[0].files] == ["Carta"]
    assert sent[0]["document"]["caption"] == "Answer to: ¿qué me recomendás?"


class SendingModel(ScriptedModel):
    """Sends all that it may."""

    async def answer(self, question: Question) -> Answer:
        return replace(await super().answer(question), files=question.files)


async def test_a_file_goes_with_its_source_and_with_nothing_else(flow: Flow) -> None:
    source = await teach(flow, "Carta.pdf")
    view = await flow.runtime.knowledge.get(source)
    assert view.file_id is not None
    await ask(flow, "la carta")
    conversation = await flow.conversation()

    await erase(flow.runtime, conversation.contact_id, actor="test")
    await make_old(flow)
    await sweep_files(flow.runtime)
    assert await flow.runtime.blobs.get(key_of(view.file_id)) == MENU

    await flow.runtime.knowledge.remove(source)
    with pytest.raises(NotFound):
        await flow.runtime.blobs.get(key_of(view.file_id))


async def make_old(flow: Flow) -> None:
    long_ago = now() - (UNUSED_DAYS + 1) * 86_400
    await flow.write(lambda tx: tx.execute(update(Media).values(created_at=long_ago)))

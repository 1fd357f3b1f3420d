"""What somebody sent becomes knowledge by one click, and takes no other file's place."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import insert, update

from recado.assistant.characters import NewCharacter, create_character
from recado.conversations.model import Message
from recado.media.model import Media
from recado.media.rows import media_row
from recado.media.storage.port import key_of
from recado.store import Tx
from tests.desk.conftest import DeskUser, browser

MENU = "# Menú del día\n\nSopa de tortilla: 85 pesos.\n".encode()


async def send_file(admin: DeskUser, data: bytes, filename: str, **values: Any) -> tuple[str, str]:
    """A customer sends it; the conversation, the message."""
    conversation = await admin.add_conversation()
    kind = values.pop("type", "document")
    message = await admin.add_message(conversation, type=kind, content={"media": {}})
    line = await admin.runtime.lines.at("web", "simulator")
    assert line is not None
    row = {
        **media_row(line.id, direction="inbound", message_id=message),
        "state": "stored",
        "filename": filename,
        "mime_type": "text/plain",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        **values,
    }
    row["blob_key"] = key_of(row["id"])
    await admin.runtime.blobs.put(row["blob_key"], data)

    def work(tx: Tx) -> None:
        tx.execute(insert(Media), row)
        tx.execute(update(Message).where(Message.id == message).values(media_id=row["id"]))

    await admin.runtime.store.write(work)
    return conversation, message


async def names(admin: DeskUser) -> set[str]:
    return {it.name for it in await admin.runtime.knowledge.list()}


async def test_a_document_that_came_is_learnt_and_answered_from(admin: DeskUser) -> None:
    conversation, message = await send_file(admin, MENU, "menu.md")
    path = f"/messages/{message}/file/learn"
    assert path in await admin.page(f"/conversations/{conversation}")
    answer = await admin.post(path)
    assert answer.status_code == 200, answer.text
    assert "learnt" in answer.text
    hits = await admin.runtime.knowledge.search("¿cuánto cuesta la sopa de tortilla?", "es")
    assert "85 pesos" in hits[0].text
    again = await admin.post(path)
    assert "not changed" in again.text


async def test_it_does_not_take_the_place_of_the_business_s_file_of_that_name(
    admin: DeskUser,
) -> None:
    await admin.runtime.knowledge.add("menu.md", b"# Menu\n\nSopa: 70 pesos.\n")
    before = await names(admin)
    _, message = await send_file(admin, MENU, "menu.md")
    await admin.post(f"/messages/{message}/file/learn")
    assert before < await names(admin)
    assert len(await names(admin)) == len(before) + 1


async def test_of_a_photo_the_words_that_were_read_are_learnt(admin: DeskUser) -> None:
    read = "Lista de precios\nFlete a Mérida: 1,250 pesos"
    _, message = await send_file(
        admin, b"\xff\xd8", "foto.jpg", mime_type="image/jpeg", type="image", text=read
    )
    answer = await admin.post(f"/messages/{message}/file/learn")
    assert "foto" in answer.text
    hits = await admin.runtime.knowledge.search("¿cuánto es el flete a Mérida?", "es")
    assert "1,250 pesos" in hits[0].text


async def test_what_has_no_words_is_told_and_not_offered(admin: DeskUser) -> None:
    conversation, message = await send_file(
        admin, b"\xff\xd8", "foto.jpg", mime_type="image/jpeg", type="image"
    )
    path = f"/messages/{message}/file/learn"
    assert path not in await admin.page(f"/conversations/{conversation}")
    assert "Nothing was read in this file" in (await admin.post(path)).text


async def test_a_file_that_is_none_of_its_name_is_told(admin: DeskUser) -> None:
    _, message = await send_file(admin, b"%PDF-1.4 no", "precios.pdf", mime_type="application/pdf")
    answer = await admin.post(f"/messages/{message}/file/learn")
    assert "not learnt" in answer.text


async def test_who_may_not_change_knowledge_has_no_button_and_is_refused(admin: DeskUser) -> None:
    conversation, message = await send_file(admin, MENU, "menu.md")
    async with browser(admin.runtime) as agent:
        await agent.sign_in("agent")
        path = f"/messages/{message}/file/learn"
        assert path not in await agent.page(f"/conversations/{conversation}")
        assert (await agent.post(path)).status_code == 403


async def test_agents_teach_where_the_business_lets_them(admin: DeskUser) -> None:
    conversation, message = await send_file(admin, MENU, "menu.md")
    settings = admin.runtime.settings
    admin.runtime.settings = settings.model_copy(update={"agents_teach": True})
    async with browser(admin.runtime) as agent:
        await agent.sign_in("agent")
        path = f"/messages/{message}/file/learn"
        assert path in await agent.page(f"/conversations/{conversation}")
        assert "learnt" in (await agent.post(path)).text


async def test_a_character_with_sources_of_its_own_answers_from_it_after_a_click(
    admin: DeskUser,
) -> None:
    hours = await admin.runtime.knowledge.add("hours.md", b"# Hours\n\n9 to 6.")
    new = NewCharacter(name="Luz", prompt="You are Luz.", sources=(hours.id,))
    luz = await admin.runtime.store.write(lambda tx: create_character(tx, new))
    _, message = await send_file(admin, MENU, "menu.md")

    told = (await admin.post(f"/messages/{message}/file/learn")).text

    assert "Luz answers from it, too" in told
    source = next(it for it in await admin.runtime.knowledge.list() if it.name.startswith("menu ("))
    assert not source.sendable
    assert source.file_id is not None
    path = f"/knowledge/sources/{source.id}/characters"
    answered = await admin.post(path, character=luz.id)
    assert "Luz" in answered.text
    assert "Luz answers from it, too" not in answered.text
    assert (await admin.runtime.characters.get(luz.id)).sources == (hours.id, source.id)


async def test_a_source_is_marked_as_one_that_customers_get(admin: DeskUser) -> None:
    await admin.post("/knowledge/files", files=[("file", ("menu.md", MENU, "text/plain"))])
    (source,) = [it for it in await admin.runtime.knowledge.list() if it.name == "menu.md"]
    assert not source.sendable
    path = f"/knowledge/sources/{source.id}"
    assert f"/media/{source.file_id}" in await admin.page(path)
    await admin.post(f"{path}/file", sendable="yes", title="El menú")
    (file,) = await admin.runtime.knowledge.sendable(None)
    assert (file.title, file.filename) == ("El menú", "menu.md")
    assert "sent to customers" in await admin.page("/knowledge")
    await admin.post(f"{path}/file", title="El menú")
    assert await admin.runtime.knowledge.sendable(None) == ()

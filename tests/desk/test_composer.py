"""The team sends files, answers one message, and reacts."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from recado.conversations.ownership import hand_back, take_over
from recado.conversations.queries import get_message, list_messages
from recado.conversations.views import MessageView
from recado.store import Tx
from tests.desk.conftest import DeskUser


def picture(size: tuple[int, int] = (40, 30), form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#b98d63").save(out, form)
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead\x01\x01" + bytes(40)


@pytest.fixture
async def conversation(admin: DeskUser) -> str:
    return await admin.add_conversation()


async def said(admin: DeskUser, conversation: str) -> list[MessageView]:
    return await admin.runtime.store.read(
        lambda tx: [m for m in list_messages(tx, conversation) if m.direction == "outbound"]
    )


@pytest.mark.parametrize(
    ("name", "mime_type", "data", "type"),
    [
        ("torta.jpg", "image/jpeg", picture(), "image"),
        ("precios.pdf", "application/pdf", PDF, "document"),
    ],
)
async def test_a_file_goes_as_what_whatsapp_shows_with_its_caption(
    admin: DeskUser, conversation: str, name: str, mime_type: str, data: bytes, type: str
) -> None:
    response = await admin.post(
        f"/conversations/{conversation}/messages",
        files={"file": (name, data, mime_type)},
        kind="reply",
        text="La de hoy",
    )
    assert response.status_code == 200
    (message,) = await said(admin, conversation)
    assert (message.type, message.text) == (type, "La de hoy")
    shown = await admin.get(f"/media/{message.content['media']['media_id']}")
    assert shown.content == data


async def test_a_picture_that_whatsapp_does_not_show_goes_as_a_photo(
    admin: DeskUser, conversation: str
) -> None:
    await admin.post(
        f"/conversations/{conversation}/messages",
        files={"file": ("torta.webp", picture(form="WEBP"), "image/webp")},
        kind="reply",
        text="La de hoy",
    )
    (message,) = await said(admin, conversation)
    assert (message.type, message.text) == ("image", "La de hoy")
    assert message.content["media"]["filename"] == "torta.jpg"
    shown = await admin.get(f"/media/{message.content['media']['media_id']}")
    assert shown.headers["content-type"] == "image/jpeg"


async def test_a_recording_takes_no_caption_so_the_words_follow_it(
    admin: DeskUser, conversation: str
) -> None:
    await admin.post(
        f"/conversations/{conversation}/messages",
        files={"file": ("nota.ogg", OGG, "audio/ogg")},
        kind="reply",
        text="escucha",
    )
    assert [(m.type, m.text) for m in await said(admin, conversation)] == [
        ("audio", ""),
        ("text", "escucha"),
    ]


async def test_a_file_that_is_not_what_it_says_is_refused_with_the_reason(
    admin: DeskUser, conversation: str
) -> None:
    response = await admin.post(
        f"/conversations/{conversation}/messages",
        files={"file": ("foto.jpg", b"<html><script>1</script></html>", "image/jpeg")},
        kind="reply",
        text="mira",
    )
    assert response.status_code == 422
    assert "image/jpeg" in response.headers["hx-trigger"]
    assert await said(admin, conversation) == []


async def test_a_note_never_takes_a_file_to_the_customer(
    admin: DeskUser, conversation: str
) -> None:
    await admin.post(
        f"/conversations/{conversation}/messages",
        files={"file": ("torta.jpg", picture(), "image/jpeg")},
        kind="note",
        text="para el equipo",
    )
    assert await said(admin, conversation) == []


async def test_a_reply_quotes_the_message_that_it_answers(
    admin: DeskUser, conversation: str
) -> None:
    asked = await admin.add_message(conversation, "¿abren?", provider_message_id="wamid.1")
    page = await admin.page(f"/conversations/{conversation}")
    assert f'data-tools="{asked}"' in page
    await admin.post(
        f"/conversations/{conversation}/messages", kind="reply", text="sí", answers=asked
    )
    (message,) = await said(admin, conversation)
    assert message.reply_to == "wamid.1"


async def test_what_is_of_another_conversation_cannot_be_quoted(
    admin: DeskUser, conversation: str
) -> None:
    other = await admin.add_conversation(name="João")
    asked = await admin.add_message(other, "oi", provider_message_id="wamid.2")
    response = await admin.post(
        f"/conversations/{conversation}/messages", kind="reply", text="sí", answers=asked
    )
    assert response.status_code == 404
    assert await said(admin, conversation) == []


async def test_a_reaction_is_put_on_and_the_same_one_again_taken_off(
    admin: DeskUser, conversation: str
) -> None:
    id = await admin.add_message(conversation, "gracias", provider_message_id="wamid.3")
    for given in ("❤️", ""):
        await admin.post(f"/messages/{id}/reaction", emoji="❤️")
        target = await admin.runtime.store.read(lambda tx: get_message(tx, id))
        assert (target.reactions or {}).get("business", "") == given
    sent = await said(admin, conversation)
    assert [m.content["reaction"]["emoji"] for m in sent] == ["❤️", ""]


async def test_what_was_deleted_or_is_unknown_outside_takes_no_reaction(
    admin: DeskUser, conversation: str
) -> None:
    gone = await admin.add_message(
        conversation, "uy", provider_message_id="wamid.4", revoked_at=1.0
    )
    unsent = await admin.add_message(conversation, "hola", inbound=False, status="queued")
    for id in (gone, unsent):
        assert (await admin.post(f"/messages/{id}/reaction", emoji="👍")).status_code == 409
    assert (await admin.post(f"/messages/{gone}/reaction", emoji="")).status_code == 400


async def test_who_took_over_from_outside_of_recado_is_named(
    admin: DeskUser, conversation: str
) -> None:

    def work(tx: Tx) -> None:
        take_over(tx, conversation, actor="phone")
        hand_back(tx, conversation, actor="other app")

    await admin.runtime.store.write(work)
    page = await admin.page(f"/conversations/{conversation}")
    assert "Someone on the business&#39;s phone took over" in page
    assert "Another app handed back to the assistant" in page

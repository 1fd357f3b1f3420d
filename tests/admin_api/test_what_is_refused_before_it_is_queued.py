"""What WhatsApp would never take is told to whoever says it, with the limit's name; nothing is
queued, and the conversation is as it was."""

from __future__ import annotations

import io
from random import Random
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select

from recado.conversations.model import Conversation, Message
from recado.media.uploads import keep_upload
from recado.runtime import Runtime
from tests.support.conversations import add_conversation, add_line, add_message
from tests.support.files import MP4, PDF, picture

VORBIS = b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis" + bytes(200)
OPUS = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead" + bytes(200)
LINK = {"link": "https://example.com/f"}
QUICKTIME = b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + bytes(64)
HEVC = MP4 + b"stsd" + bytes(7) + b"\x01\x00\x00\x00\x50hvc1" + bytes(64)


def painted(kind: str, mode: str, *, size: int = 16, frames: int = 1) -> bytes:
    """A picture of noise, that no format makes small."""
    first, *others = (
        Image.frombytes(mode, (size, size), Random(seed).randbytes(size * size * depth))
        for seed in range(frames)
        for depth in ({"CMYK": 4, "I;16": 2}.get(mode, 3),)
    )
    data = io.BytesIO()
    moving = {"save_all": True, "append_images": others} if others else {}
    first.save(data, kind, **moving, **({"lossless": True} if kind == "WEBP" else {}))
    return data.getvalue()


@pytest.fixture
async def conversation_id(runtime: Runtime) -> str:
    found = await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx)))
    await runtime.lines.refresh()
    return found


def tapped(**given: Any) -> dict[str, Any]:
    return {"type": "interactive", "text": "x", "content": {"interactive": given}}


def rows(count: int) -> list[dict[str, str]]:
    return [{"id": str(number), "title": f"r{number}"} for number in range(count)]


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "caption": (
        {"type": "image", "text": "x" * 1025, "content": {"media": LINK}},
        "The caption has 1025 characters; WhatsApp allows 1024 (text)",
    ),
    "button title": (
        tapped(type="button", buttons=[{"id": "0", "title": "b" * 21}]),
        "allows 20 (interactive.buttons[].title)",
    ),
    "eleven rows": (
        tapped(type="list", button="Go", sections=[{"rows": rows(11)}]),
        "(interactive.sections[].rows)",
    ),
    "audio with a text": (
        {"type": "audio", "text": "x", "content": {"media": LINK}},
        "no caption with audio",
    ),
    "sticker with a text": (
        {"type": "sticker", "text": "x", "content": {"media": LINK}},
        "no caption with sticker",
    ),
    "header": (
        tapped(type="button", buttons=[{"id": "0", "title": "b"}], header={"text": "h" * 61}),
        "(interactive.header.text)",
    ),
    "footer": (
        tapped(type="button", buttons=[{"id": "0", "title": "b"}], footer="f" * 61),
        "(interactive.footer)",
    ),
    "list button": (tapped(type="list", button="g" * 21, sections=[]), "WhatsApp"),
    "products without header": (
        tapped(type="product_list", catalog_id="c", sections=[{"product_ids": ["p"]}]),
        "needs a header",
    ),
    "long body": (
        tapped(type="button", buttons=[{"id": "0", "title": "b"}]) | {"text": "x" * 1025},
        "WhatsApp allows 1024 (text)",
    ),
    "no such kind": (tapped(type="hologram"), "hologram"),
    "a place off the globe": (
        {"type": "location", "content": {"location": {"latitude": 91, "longitude": 0}}},
        "latitude",
    ),
}
BUTTON = [{"id": "0", "title": "b"}]
CARD = {"image": LINK, "label": "Go", "url": "https://example.com"}
NAME = {"formatted_name": "Ana", "first_name": "Ana"}


def file(**media: Any) -> dict[str, Any]:
    return {"type": "image", "content": {"media": media}}


def contact(**card: Any) -> dict[str, Any]:
    return {"type": "contacts", "content": {"contacts": [{"name": NAME, **card}]}}


PLACE = {"type": "location", "content": {"location": {"latitude": 1, "longitude": 1}}}
SECTIONS = [{"rows": rows(1)}]
BROKEN_ROW = [{"rows": [{"id": "0", "title": "a\nb"}]}]


def reaction(emoji: str) -> dict[str, Any]:
    details = {"message_id": "wamid.1", "emoji": emoji}
    return {"type": "reaction", "content": {"reaction": details}}


MIXED: dict[str, tuple[dict[str, Any], str]] = {
    "link with a space": (file(link="https://exa mple.com/f"), "has a space or a line break"),
    "link to nobody": (tapped(type="cta_url", label="a", url="https://"), "(interactive.url)"),
    "button's link with a space": (
        tapped(type="cta_url", label="a", url="https://a.b/ c"),
        "(interactive.url)",
    ),
    "header by FTP": (
        tapped(type="button", buttons=BUTTON, header={"image": {"link": "ftp://a.b/c"}}),
        "(interactive.header)",
    ),
    "two headers": (
        tapped(type="button", buttons=BUTTON, header={"text": "x", "image": LINK}),
        "(interactive.header)",
    ),
    "header of another type": (
        tapped(type="button", buttons=BUTTON, header={"type": "image", "text": "x"}),
        "(interactive.header)",
    ),
    "flow by id and name": (
        tapped(type="flow", label="Go", flow_id="1", flow_name="n"),
        "interactive.flow_id",
    ),
    "data without its screen": (
        tapped(type="flow", label="Go", flow_id="1", data={"a": 1}),
        "interactive.screen",
    ),
    "section without products": (
        tapped(
            type="product_list",
            catalog_id="c",
            header={"text": "h"},
            sections=[{"title": "a", "product_ids": ["p"]}, {"title": "b", "product_ids": []}],
        ),
        "product_ids",
    ),
    "card with link and buttons": (
        tapped(type="carousel", cards=[{**CARD, "buttons": BUTTON}] * 2),
        "interactive.cards[]",
    ),
    "card with picture and video": (
        tapped(type="carousel", cards=[{**CARD, "video": LINK}] * 2),
        "one text or one file",
    ),
    "words as a reaction": (
        {"type": "reaction", "content": {"reaction": {"message_id": "wamid.1", "emoji": "hola"}}},
        "reaction.emoji",
    ),
}
TO_PAY: dict[str, Any] = {
    "type": "order_details",
    "reference_id": "r1",
    "currency": "BRL",
    "total": 1000,
    "payment_settings": [{"type": "payment_link", "payment_link": {"uri": "https://a.b"}}],
}
ITEM = {"name": "a", "amount": 1000, "quantity": 1}
MIXED |= {
    "payment setting without its own": (
        tapped(**TO_PAY | {"payment_settings": [{"type": "pix_dynamic_code"}]}),
        "interactive.payment_settings",
    ),
    "payment setting without a type": (
        tapped(**TO_PAY | {"payment_settings": [{"pix": {}}]}),
        "interactive.payment_settings",
    ),
    "payment setting as a text": (
        tapped(**TO_PAY | {"payment_settings": ["x"]}),
        "`interactive.payment_settings[0]`",
    ),
    "payment type as an object": (
        tapped(**TO_PAY | {"payment_type": {"a": 1}}),
        "`interactive.payment_type`",
    ),
    "item's id as an object": (
        tapped(**TO_PAY | {"order": {"items": [ITEM | {"id": {"a": 1}}]}}),
        "`interactive.order.items[0].id`",
    ),
    "dearer on sale": (
        tapped(**TO_PAY | {"total": 2000, "order": {"items": [ITEM | {"sale_amount": 2000}]}}),
        "sale_amount is more",
    ),
    "state's words too long": (
        tapped(type="order_status", reference_id="r", status="shipped", description="x" * 121),
        "(interactive.description)",
    ),
    "two emojis": (reaction("👍👍"), "reaction.emoji"),
    "emoji and a word": (reaction("👍 ok"), "reaction.emoji"),
    "text beside a reaction": (reaction("👍") | {"text": "gracias"}, "(text)"),
    "reaction to nothing here": (reaction("👍"), "`reaction.message_id`"),
    "answer to nothing here": ({"text": "x", "reply_to": "wamid.none"}, "`reply_to`"),
    "text beside a place": (PLACE | {"text": "here"}, "(text)"),
    "text beside a card": (contact() | {"text": "here"}, "(text)"),
    "birthday": (contact(birthday="31/12/1990"), "contacts[].birthday"),
    "birthday that is no day": (contact(birthday="1990-02-30"), "contacts[].birthday"),
    "two captions": (
        {"type": "image", "text": "a", "content": {"media": LINK | {"caption": "b"}}},
        "`media.caption`",
    ),
    "id and link": (file(id="1", link="https://a.b/c"), "`media.id` and `media.link`"),
    "header's id and link": (
        tapped(type="button", buttons=BUTTON, header={"image": LINK | {"id": "1"}}),
        "`interactive.header.image.id`",
    ),
    "card's id and link": (
        tapped(type="carousel", cards=[{**CARD, "image": LINK | {"id": "1"}}] * 2),
        "`interactive.cards[0].image.id`",
    ),
    "template without language": (
        {"type": "template", "content": {"template": {"name": "hola"}}},
        "template.language",
    ),
    **{
        f"line break in {name}": (tapped(**given), says)
        for name, given, says in (
            ("a button", {"type": "button", "buttons": [{"id": "0", "title": "a\nb"}]}, "buttons"),
            (
                "a list's button",
                {"type": "list", "button": "a\nb", "sections": SECTIONS},
                ".button",
            ),
            ("a row", {"type": "list", "button": "a", "sections": BROKEN_ROW}, "rows[].title"),
            ("a label", {"type": "cta_url", "label": "a\nb", "url": "https://a.b"}, ".label"),
            (
                "a header",
                {"type": "button", "buttons": BUTTON, "header": {"text": "a\nb"}},
                "header",
            ),
        )
    },
}
MIXED |= {
    "lines of a card's text": (
        tapped(type="carousel", cards=[{**CARD, "text": "a\n\n\nb"}] * 2),
        "interactive.cards[].text",
    ),
    "address elsewhere": (tapped(type="address", country="MX"), "interactive.country"),
    "flow's label with an emoji": (
        tapped(type="flow", label="Reservar 📅", flow_id="1"),
        "takes no emoji (interactive.label)",
    ),
    "words of a discount": (
        tapped(
            **TO_PAY
            | {"order": {"items": [ITEM], "discount": {"value": 0, "description": "x" * 61}}}
        ),
        "has 61 characters",
    ),
    "a program of a tax": (
        tapped(
            **TO_PAY
            | {"order": {"items": [ITEM], "tax": {"value": 0, "discount_program_name": "x"}}}
        ),
        "interactive.order.tax",
    ),
    "words of a subtotal": (
        tapped(**TO_PAY | {"order": {"items": [ITEM], "subtotal": {"value": 1000}}}),
        "interactive.order.subtotal",
    ),
    "expiration in milliseconds": (
        tapped(**TO_PAY | {"order": {"items": [ITEM], "expiration": {"timestamp": 1893456000000}}}),
        "interactive.order.expiration.timestamp",
    ),
    "Direct Send of no category": (
        {"text": "x", "content": {"direct_send": {}}},
        "direct_send.category",
    ),
    "expiration as a date": (
        tapped(**TO_PAY | {"order": {"items": [ITEM], "expiration": {"timestamp": "2027-01-01"}}}),
        "interactive.order.expiration.timestamp",
    ),
    "reference as a number": (
        tapped(**TO_PAY | {"reference_id": 4711}),
        "must be a text (interactive.reference_id)",
    ),
}
OF_ANOTHER_KIND: dict[str, tuple[dict[str, Any], str]] = {
    "id as an object": (file(id={"a": 1}), "`media.id` must be a text or a number"),
    "voice as a word": (
        {"type": "audio", "content": {"media": {**LINK, "voice": "no"}}},
        "`media.voice` must be true or false",
    ),
    "preview as a word": (
        {"text": "x", "content": {"preview_url": "no"}},
        "`preview_url` must be true or false",
    ),
    "title as a number": (
        tapped(type="button", buttons=[{"id": "0", "title": 5}]),
        "`interactive.buttons[0].title` must be a text",
    ),
    "data as a text": (
        tapped(type="flow", label="Go", flow_id="1", screen="S", data="x"),
        "`interactive.data` must be an object",
    ),
    "minutes as true": (
        tapped(type="voice_call", ttl_minutes=True),
        "`interactive.ttl_minutes` must be a whole number",
    ),
    "place as true": (
        {"type": "location", "content": {"location": {"latitude": True, "longitude": 1}}},
        "`location.latitude` must be a number",
    ),
    "product as an object": (
        tapped(type="catalog", product_id={"a": 1}),
        "`interactive.product_id` must be a text",
    ),
    "phones as a text": (contact(phones="123"), "`contacts[0].phones` must be a list"),
    "a card's own key": (contact(telefono="123"), "`contacts[0].telefono`"),
    "file as a text": (
        {"type": "image", "content": {"media": "x"}},
        "`media` must be an object",
    ),
}
UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "of a type": ({"type": "image", "content": {"media": LINK, "caption": "x"}}, "`caption`"),
    "of a file": ({"type": "image", "content": {"media": {**LINK, "alt": "x"}}}, "`media.alt`"),
    "of a button": (
        tapped(type="button", buttons=[{"id": "0", "title": "b", "icon": "x"}]),
        "`interactive.buttons[0].icon`",
    ),
    "of a row": (
        tapped(type="list", button="Go", sections=[{"rows": [{**rows(1)[0], "price": 3}]}]),
        "`interactive.sections[0].rows[0].price`",
    ),
    "of another kind": (
        tapped(type="flow", label="Go", flow_id="1", flow_action="data_exchange"),
        "`interactive.flow_action`",
    ),
    "of a text": ({"text": "x", "content": {"preview": True}}, "`preview`"),
    "of a header's picture": (
        tapped(type="button", buttons=BUTTON, header={"image": {**LINK, "caption": "x"}}),
        "`interactive.header.image.caption`",
    ),
    "of a picture that is no sound": (file(**LINK, voice=True), "`media.voice`"),
    "of a template": (
        {"type": "template", "content": {"template": {"name": "x", "lang": "es"}}},
        "`template.lang`",
    ),
    "of a place": (
        {"type": "location",
         "content": {"location": {"latitude": 1, "longitude": 1, "zoom": 3}}},
        "`location.zoom`",
    ),
}  # fmt: skip


async def refused(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str, body: dict[str, Any]
) -> str:
    answer = await api.post(f"/api/v1/conversations/{conversation_id}/messages", json=body)
    assert answer.status_code == 422, answer.text
    kept = await runtime.store.read(lambda tx: tx.scalar(select(func.count(Message.id))))
    state = await runtime.store.read(lambda tx: tx.scalar(select(Conversation.state)))
    assert (kept, state) == (0, "bot")
    return str(answer.json()["detail"])


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_limit_is_422_with_its_name(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str, name: str
) -> None:
    body, says = BROKEN[name]
    assert says in await refused(runtime, api, conversation_id, body)


@pytest.mark.parametrize("name", MIXED)
async def test_what_does_not_go_together_is_422_with_its_field(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str, name: str
) -> None:
    body, says = MIXED[name]
    assert says in await refused(runtime, api, conversation_id, body)


@pytest.mark.parametrize("name", OF_ANOTHER_KIND)
async def test_a_value_of_another_kind_is_422_with_its_field(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str, name: str
) -> None:
    body, says = OF_ANOTHER_KIND[name]
    assert says in await refused(runtime, api, conversation_id, body)


@pytest.mark.parametrize(
    "body",
    [
        file(link="https://example.com/año.jpg?a=1#b", caption=None),
        contact(
            phones=[{"phone": "+1 650 555 0100", "wa_id": "16505550100", "type": "WORK"}],
            org={"company": "Aurora", "department": "Pan", "title": "Baker"},
            emails=[{"email": "ana@example.com", "type": "HOME"}],
            birthday="2012-08-18",
        ),
        tapped(type="button", buttons=BUTTON, header={"type": "image", "image": {"id": 123}}),
        {"type": "reaction", "content": {"reaction": {"message_id": "wamid.1", "emoji": "1️⃣"}}},
        {"type": "location", "content": {"location": {"latitude": "-34.6", "longitude": -58}}},
    ],
    ids=["link", "card", "header by number", "keycap", "degrees as text"],
)
async def test_what_the_schema_allows_is_taken(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str, body: dict[str, Any]
) -> None:
    await runtime.store.write(lambda tx: add_message(tx, conversation_id, "wamid.1"))
    answer = await api.post(f"/api/v1/conversations/{conversation_id}/messages", json=body)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("name", UNKNOWN)
async def test_a_key_that_nobody_reads_is_422_with_its_name(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str, name: str
) -> None:
    body, says = UNKNOWN[name]
    assert says in await refused(runtime, api, conversation_id, body)


@pytest.mark.parametrize(
    ("data", "type", "voice", "says"),
    [
        (picture("GIF"), "image", False, "image/gif as type image"),
        (picture("PNG"), "sticker", False, "image/png as type sticker"),
        (VORBIS, "audio", False, "audio/x-vorbis+ogg as type audio"),
        (VORBIS, "audio", True, "as a voice message"),
        (PDF, "video", False, "application/pdf as type video"),
        (QUICKTIME, "video", False, "video/quicktime as type video"),
        (HEVC, "video", False, "it plays H.264 with AAC only"),
        (painted("WEBP", "RGB", frames=3), "image", False, "it moves as a sticker only"),
        (painted("WEBP", "RGB", size=300), "sticker", False, "the 100 KB"),
    ],
)
async def test_a_file_that_whatsapp_does_not_take_as_that_type_is_refused(
    runtime: Runtime,
    api: httpx.AsyncClient,
    conversation_id: str,
    data: bytes,
    type: str,
    voice: bool,
    says: str,
) -> None:
    kept = await keep_upload(runtime, data, filename="f", line_id="", direction="outbound")
    media = {"media_id": kept.id, **({"voice": True} if voice else {})}
    body = {"type": type, "content": {"media": media}}
    assert says in await refused(runtime, api, conversation_id, body)
    as_document = {"type": "document", "content": {"media": {"media_id": kept.id}}}
    path = f"/api/v1/conversations/{conversation_id}/messages"
    assert (await api.post(path, json=as_document)).status_code == 201


@pytest.mark.parametrize("data", [picture("WEBP"), painted("JPEG", "CMYK"), painted("PNG", "I;16")])
async def test_a_picture_that_phones_do_not_show_goes_as_a_photo_that_they_do(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str, data: bytes
) -> None:
    kept = await keep_upload(runtime, data, filename="f", line_id="", direction="outbound")
    body = {"type": "image", "text": "Mira", "content": {"media": {"media_id": kept.id}}}
    path = f"/api/v1/conversations/{conversation_id}/messages"
    said = [await api.post(path, json=body, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert [it.status_code for it in said] == [201, 201], said[0].text
    assert said[0].json()["id"] == said[1].json()["id"]
    await api.post(path, json=body)
    rows = await runtime.store.read(
        lambda tx: tx.all(select(Message.content).where(Message.type == "image"))
    )
    first, second = (row.content["media"] for row in rows)
    assert first["media_id"] == second["media_id"] != kept.id
    assert first["mime_type"] == "image/jpeg"


async def test_a_file_is_looked_at_wherever_in_a_message_it_stands(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    moving = await keep_upload(
        runtime, picture("GIF"), filename="f", line_id="", direction="outbound"
    )
    named = {"media_id": moving.id}
    cards = [{**CARD, "image": named}] * 2
    header = {"type": "header", "parameters": [{"type": "image", "image": named}]}
    template = {"name": "foto", "language": "es", "components": [header]}
    for body in (
        tapped(type="carousel", cards=cards),
        {"type": "template", "content": {"template": template}},
    ):
        said = await refused(runtime, api, conversation_id, body)
        assert "image/gif as type image" in said


async def test_a_sticker_that_moves_may_have_more(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    moving = painted("WEBP", "RGB", size=150, frames=3)
    kept = await keep_upload(runtime, moving, filename="s", line_id="", direction="outbound")
    assert kept.size_bytes > 100 * 1024
    body = {"type": "sticker", "content": {"media": {"media_id": kept.id}}}
    answer = await api.post(f"/api/v1/conversations/{conversation_id}/messages", json=body)
    assert answer.status_code == 201, answer.text


async def test_a_voice_message_in_opus_is_taken(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    kept = await keep_upload(runtime, OPUS, filename="v.mp3", line_id="", direction="outbound")
    assert kept.filename == "v.ogg"
    body = {"type": "audio", "content": {"media": {"media_id": kept.id, "voice": True}}}
    answer = await api.post(f"/api/v1/conversations/{conversation_id}/messages", json=body)
    assert answer.status_code == 201, answer.text


async def test_a_file_that_is_not_stored_is_named_at_once(
    runtime: Runtime, api: httpx.AsyncClient, conversation_id: str
) -> None:
    body = {"type": "image", "content": {"media": {"media_id": "nothing"}}}
    assert "nothing is not stored here" in await refused(runtime, api, conversation_id, body)

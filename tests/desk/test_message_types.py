"""Every kind of message appears as what it is, to the team and on the simulator's phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from recado.conversations.model import Message
from recado.conversations.queries import get_message
from recado.desk.file_kinds import kind_of_file
from recado.desk.shown import offer_of, total
from recado.media.model import Media
from recado.media.uploads import media_row
from recado.sending.speak import say
from recado.store import Tx, now
from tests.desk.conftest import DeskUser


@pytest.fixture
async def conversation(admin: DeskUser) -> str:
    return await admin.add_conversation()


async def page_of(admin: DeskUser, conversation_id: str) -> str:
    return await admin.page(f"/conversations/{conversation_id}")


async def change(admin: DeskUser, message_id: str, **values: Any) -> None:
    await admin.runtime.store.write(
        lambda tx: tx.execute(update(Message).where(Message.id == message_id).values(**values))
    )


async def add_file(admin: DeskUser, message_id: str, **values: Any) -> str:
    line = await admin.runtime.lines.at("web", "simulator")
    assert line is not None
    row = {**media_row(line.id, direction="inbound"), "message_id": message_id, **values}

    def work(tx: Tx) -> None:
        tx.execute(insert(Media), row)
        tx.execute(update(Message).where(Message.id == message_id).values(media_id=row["id"]))

    await admin.runtime.store.write(work)
    return str(row["id"])


@pytest.mark.parametrize(
    ("type", "mime_type", "tag"),
    [
        ("image", "image/jpeg", '<img src="/media/{id}/small"'),
        ("sticker", "image/webp", '<img src="/media/{id}/small"'),
        ("video", "video/mp4", '<video class="clip" src="/media/{id}" controls'),
        ("audio", "audio/ogg", '<audio src="/media/{id}" controls'),
        ("document", "application/pdf", 'href="/media/{id}" target="_blank"'),
    ],
)
async def test_a_file_that_is_here_is_shown_or_played(
    admin: DeskUser, conversation: str, type: str, mime_type: str, tag: str
) -> None:
    message = await admin.add_message(conversation, type=type, content={"media": {}})
    id = await add_file(admin, message, state="stored", mime_type=mime_type, filename="factura.pdf")
    assert tag.format(id=id) in await page_of(admin, conversation)


async def test_a_file_on_its_way_says_so_and_one_that_failed_says_why(
    admin: DeskUser, conversation: str
) -> None:
    first = await admin.add_message(conversation, type="image", content={"media": {}})
    await add_file(admin, first)
    second = await admin.add_message(conversation, type="document", content={"media": {}})
    await add_file(admin, second, state="failed", error="The file has more than 100 MB.")
    page = await page_of(admin, conversation)
    assert "Loading…" in page
    assert "The file has more than 100 MB." in page
    assert "<img" not in page.split('id="thread"')[1]


BILL = {
    "language": "es",
    "readers": {"text": "ocr"},
    "confidence": 0.82,
    "pages": 2,
}


async def test_what_was_read_in_a_photo_stands_beside_it(
    admin: DeskUser, conversation: str
) -> None:
    message = await admin.add_message(conversation, type="image", content={"media": {}})
    await add_file(
        admin,
        message,
        state="stored",
        mime_type="image/jpeg",
        text="Café <b>del</b> Puerto\n| TOTAL | $ 5.203,00 |\n|---|---|",
        description="A bill on a table.",
        reading="done",
        analysis=BILL,
    )
    page = await page_of(admin, conversation)
    assert "Café &lt;b&gt;del&lt;/b&gt; Puerto\nTOTAL · $ 5.203,00" in page
    assert "A bill on a table." in page
    assert "ocr · Spanish · Pages: 2 · 82 % sure" in page


async def test_a_voice_note_shows_its_words_once_with_language_and_mood(
    admin: DeskUser, conversation: str
) -> None:
    said = "¡Llegó roto y nadie me responde!"
    message = await admin.add_message(
        conversation, type="audio", text=said, content={"media": {"voice": True}}
    )
    heard = {
        "language": "es",
        "readers": {"transcript": "whisper"},
        "sentiment": {"label": "NEGATIVE", "scores": {}},
    }
    about = {"text": said, "reading": "done", "analysis": heard}
    await add_file(admin, message, state="stored", mime_type="audio/ogg", **about)
    page = await page_of(admin, conversation)
    thread = page.split('id="thread"')[1]
    assert "What is said · whisper · Spanish · negative" in thread
    assert thread.count(f'<div class="text">{said}') == 1
    assert '<div class="read-words"' not in thread


async def test_a_voice_note_has_its_waveform_above_the_player(
    admin: DeskUser, conversation: str
) -> None:
    message = await admin.add_message(conversation, type="audio", content={"media": {}})
    loud = {"waveform": [0, 50, 100, "x", 900]}
    about = {"state": "stored", "mime_type": "audio/ogg", "reading": "done", "analysis": loud}
    await add_file(admin, message, **about)
    page = await page_of(admin, conversation)
    bars = re.search(r'<div class="wave"[^>]*>(.*?)</div>', page)
    assert bars is not None
    assert re.findall(r"bar-(\d+)", bars[1]) == ["1", "5", "10", "10"]


async def test_a_video_whose_words_are_the_message_shows_them_once_and_the_rest_beside(
    admin: DeskUser, conversation: str
) -> None:
    said = "¿A qué hora abren el sábado?"
    message = await admin.add_message(conversation, type="video", text=said, content={"media": {}})
    about = {"readers": {"transcript": "whisper", "description": "frames"}, "said": True}
    read = f"{said}\n\nABIERTO 9 A 13"
    stored = {"state": "stored", "mime_type": "video/mp4", "reading": "done"}
    await add_file(admin, message, **stored, text=read, analysis=about)
    thread = (await page_of(admin, conversation)).split('id="thread"')[1]
    assert thread.count(f'<div class="text">{said}') == 1
    assert re.search(r'<div class="read-words"[^>]*>ABIERTO 9 A 13</div>', thread)


async def test_a_file_that_is_read_says_so_and_one_that_was_not_says_why_and_may_be_tried_again(
    admin: DeskUser, conversation: str
) -> None:
    first = await admin.add_message(conversation, type="image", content={"media": {}})
    stored = {"state": "stored", "mime_type": "image/jpeg"}
    await add_file(admin, first, **stored, reading="pending")
    page = await page_of(admin, conversation)
    assert "Being read…" in page
    assert "/file/again" not in page
    second = await admin.add_message(conversation, type="image", content={"media": {}})
    failed = {"reading": "failed", "analysis": {"failed": {"text": "The service is away."}}}
    id = await add_file(admin, second, **stored, **failed)
    page = await page_of(admin, conversation)
    assert "It could not be read: The service is away." in page
    answer = await admin.post(f"/messages/{second}/file/again")
    assert answer.status_code == 200
    row = await admin.runtime.store.read(
        lambda tx: tx.first(select(Media.reading).where(Media.id == id))
    )
    assert row is not None
    assert row.reading == "pending"
    assert "reading-pictures" in await admin.runtime.queue.depth()


async def test_a_document_is_named_with_its_kind_and_size(
    admin: DeskUser, conversation: str
) -> None:
    message = await admin.add_message(conversation, type="document", content={"media": {}})
    await add_file(
        admin,
        message,
        state="stored",
        mime_type="application/pdf",
        filename="menú <1>.pdf",
        size_bytes=52_000,
    )
    page = await page_of(admin, conversation)
    assert "menú &lt;1&gt;.pdf" in page
    assert "PDF · 51 KB" in page


async def test_a_reaction_stands_on_its_message_and_not_as_one(
    admin: DeskUser, conversation: str
) -> None:
    target = await admin.add_message(
        conversation, "¡Listo!", inbound=False, status="read", provider_message_id="web.1"
    )
    reaction = await admin.add_message(
        conversation,
        "👍",
        type="reaction",
        content={"reaction": {"message_id": "web.1", "emoji": "👍"}},
        reply_to="web.1",
    )
    await change(admin, target, reactions={"contact": "👍"})
    page = await page_of(admin, conversation)
    assert f'id="m-{reaction}"' not in page
    assert re.search(r'class="reaction by-contact".*👍', page)


async def test_a_reaction_to_what_is_further_up_is_told_in_a_line(
    admin: DeskUser, conversation: str
) -> None:
    content = {"reaction": {"message_id": "web.old", "emoji": "❤️"}}
    await admin.add_message(conversation, "❤️", type="reaction", content=content, reply_to="web.old")
    assert "Reacted" in await page_of(admin, conversation)


async def test_the_business_reacts_and_the_message_shows_it(
    admin: DeskUser, conversation: str
) -> None:
    target = await admin.add_message(conversation, "gracias", provider_message_id="web.1")
    runtime = admin.runtime
    content = {"reaction": {"message_id": "web.1", "emoji": "❤️"}}

    def work(tx: Tx) -> None:
        say(
            tx,
            runtime,
            conversation,
            text="",
            actor="api:test",
            user_id=None,
            type="reaction",
            content=content,
        )

    await runtime.store.write(work)
    message = await runtime.store.read(lambda tx: get_message(tx, target))
    assert message.reactions == {"business": "❤️"}
    assert "by-business" in await page_of(admin, conversation)


async def test_an_edited_message_keeps_what_it_said_before(
    admin: DeskUser, conversation: str
) -> None:
    content = {"edited_from": [{"text": "a las 5", "until": 1.0}]}
    message = await admin.add_message(
        conversation, "a las 6", content=content, provider_message_id="web.1"
    )
    await change(admin, message, edited_at=now())
    edit = await admin.add_message(
        conversation, "a las 6", type="edit", content={"edited": {"message_id": "web.1"}}
    )
    page = await page_of(admin, conversation)
    assert "edited</span>" in page
    assert "a las 5" in page
    assert f'id="m-{edit}"' not in page


async def test_what_the_customer_deleted_is_not_shown_to_anybody(
    admin: DeskUser, conversation: str
) -> None:
    message = await admin.add_message(conversation, "mi clave es 1234", provider_message_id="web.1")
    await admin.add_message(conversation, "olvídelo", reply_to="web.1")
    await change(admin, message, revoked_at=now())
    page = (await page_of(admin, conversation)).split('id="thread"')[1]
    assert "Deleted by the customer" in page
    assert "1234" not in page.split("<form")[0]


async def test_a_quote_leads_to_what_it_quotes(admin: DeskUser, conversation: str) -> None:
    first = await admin.add_message(conversation, "¿de *chocolate*?", provider_message_id="web.1")
    for n in range(45):
        await admin.add_message(conversation, f"mensaje {n}")
    await admin.add_message(conversation, "esa", reply_to="web.1")
    page = await page_of(admin, conversation)
    assert f'class="quoted" href="#m-{first}"' in page
    assert "¿de chocolate?" in page


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (
            {"status": "queued", "held": "window", "route": {"as": "held", "why": "window_closed"}},
            ("Waits until the customer writes again", "More than 24 hours have passed"),
        ),
        (
            {
                "status": "sent",
                "type": "template",
                "route": {
                    "as": "template",
                    "why": "window_closed",
                    "template": {"name": "seguimos_aqui"},
                },
            },
            ("Sent as template seguimos_aqui", "More than 24 hours have passed"),
        ),
        (
            {
                "status": "delivered",
                "pricing": {
                    "billable": True,
                    "category": "marketing",
                    "model": "PMP",
                    "amount": 0.0436,
                    "currency": "USD",
                },
            },
            ("0.0436 USD", "marketing", "PMP"),
        ),
        ({"status": "read", "pricing": {"billable": False, "category": "service"}}, ("Free",)),
        (
            {
                "status": "failed",
                "error": {
                    "code": 131026,
                    "title": "Message undeliverable",
                    "advice": "The number has no WhatsApp.",
                },
            },
            ("Message undeliverable", "The number has no WhatsApp.", "131026"),
        ),
    ],
)
async def test_how_a_message_went_is_explained(
    admin: DeskUser, conversation: str, values: dict[str, Any], shown: tuple[str, ...]
) -> None:
    await admin.add_message(conversation, "hola", inbound=False, author="agent", **values)
    page = await page_of(admin, conversation)
    for words in shown:
        assert words in page.replace("&#39;", "'")


async def test_a_message_that_waits_can_be_taken_back(admin: DeskUser, conversation: str) -> None:
    waiting = await admin.add_message(
        conversation, "¿Sigue interesada?", inbound=False, author="agent", held="window"
    )
    assert f'hx-post="/messages/{waiting}/cancel"' in await page_of(admin, conversation)
    page = (await admin.post(f"/messages/{waiting}/cancel")).text
    assert "It was taken back before it was sent." in page
    assert "/cancel" not in page


CONTENTS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "an ad": (
        "text",
        {"referral": {"headline": "Tortas -20%", "source_url": "https://fb.me/x", "body": "Hoy"}},
        ("Came from an ad", "Tortas -20%", 'href="https://fb.me/x"'),
    ),
    "a script as an ad": (
        "text",
        {"referral": {"headline": "x", "source_url": "javascript:alert(1)"}},
        ("Came from an ad",),
    ),
    "a forward": ("text", {"context": {"forwarded": True}}, ("Forwarded",)),
    "a product": (
        "text",
        {"context": {"referred_product": {"product_retailer_id": "torta-3"}}},
        ("Asks about a product", "torta-3"),
    ),
    "a group": ("text", {"participant": {"name": "Tío Beto", "identities": []}}, ("Tío Beto",)),
    "a call": (
        "call",
        {"call": {"event": "terminate", "status": "completed", "duration_seconds": 75}},
        ("Call from the customer", "completed · 1:15"),
    ),
    "a form": (
        "interactive",
        {"flow": {"name": "cita", "response": {"day": "lunes", "flow_token": "secret"}}},
        ("cita", "lunes"),
    ),
    "an order": (
        "order",
        {
            "order": {
                "items": [
                    {
                        "product_retailer_id": "torta",
                        "quantity": 2,
                        "item_price": 120.5,
                        "currency": "MXN",
                    }
                ]
            }
        },
        ("2 ×", "torta", "241 MXN"),
    ),
    "a location": (
        "location",
        {"location": {"latitude": 19.4, "longitude": -99.1, "name": "Casa"}},
        ("Casa", "https://www.openstreetmap.org/?mlat=19.4&amp;mlon=-99.1"),
    ),
    "what WhatsApp keeps": (
        "unsupported",
        {"errors": [{"code": 131051, "title": "Message type unknown"}]},
        ("A message that WhatsApp does not pass on", "Message type unknown"),
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
async def test_what_came_is_shown_as_what_it_is(
    admin: DeskUser, conversation: str, name: str
) -> None:
    type, content, shown = CONTENTS[name]
    await admin.add_message(conversation, type=type, content=content)
    page = await page_of(admin, conversation)
    for words in shown:
        assert words in page
    assert "javascript:" not in page
    assert "secret" not in page


TEMPLATE = {
    "template": {"name": "pedido_listo", "language": "es_MX"},
    "preview": {
        "header": {"type": "text", "text": "Tu pedido"},
        "body": "Hola Ana, está listo.",
        "footer": "Café Recado",
        "buttons": [
            {"type": "reply", "text": "Ya voy", "id": "coming"},
            {"type": "url", "text": "Ver mapa", "url": "https://example.com/m"},
            {"type": "copy_code", "text": "Copy code", "code": "TORTA20"},
            {"type": "phone", "text": "Llamar", "phone": "+525512345678"},
        ],
    },
}


async def test_a_template_looks_on_the_phone_as_it_will(admin: DeskUser) -> None:
    await admin.post("/simulator/messages", text="hola", person="sim-0a1b2c", name="Ana")
    conversation = await admin.add_conversation(identities=(("provider", "sim-0a1b2c"),))
    message = await admin.add_message(
        conversation,
        type="template",
        content=TEMPLATE,
        inbound=False,
        status="sent",
        provider_message_id="web.7",
    )
    view = await admin.runtime.store.read(lambda tx: get_message(tx, message))
    offer = offer_of(view)
    assert offer is not None
    assert [(option.kind, option.title) for option in offer.options] == [
        ("button", "Ya voy"),
        ("url", "Ver mapa"),
        ("copy", "Copy code"),
        ("phone", "Llamar"),
    ]
    page = await page_of(admin, conversation)
    for words in ("Tu pedido", "Hola Ana, está listo.", "Café Recado", "Ya voy", "pedido_listo"):
        assert words in page


@pytest.mark.parametrize(
    ("mime_type", "name"),
    [
        ("application/pdf", "PDF"),
        ("image/svg+xml", "SVG"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX"),
        ("audio/ogg; codecs=opus", "OGG"),
        ("", ""),
    ],
)
def test_kinds_of_files_have_short_names(mime_type: str, name: str) -> None:
    assert kind_of_file(mime_type) == name


def test_an_order_without_prices_or_in_two_currencies_has_no_total() -> None:
    item = {"quantity": 1, "item_price": 10, "currency": "MXN"}
    assert total([item, item]) == "20 MXN"
    assert total([item, {**item, "currency": "USD"}]) == ""
    assert total([{"quantity": 1}]) == ""
    assert total([]) == ""

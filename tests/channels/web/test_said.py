"""The simulator's phone says what a phone can say, and the web line sends what WhatsApp takes."""

from __future__ import annotations

from typing import Any

import pytest

from recado.channels.messages import MESSAGE_TYPES, Identity, OutboundMessage, Recipient
from recado.channels.port import Line
from recado.channels.web import WebChannel
from recado.channels.web.said import READERS, say
from recado.errors import SendRejected, Unprocessable

LINE = Line("1", "web", "simulator", "Simulator")
PERSON = Recipient((Identity("provider", "sim-1"),))
MEDIA = {"media_id": "m1", "mime_type": "image/jpeg"}

SAID: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "text": ("hola", {}, "text", {}),
    "image": ("mira", {"media": MEDIA}, "image", {"media": {**MEDIA, "caption": "mira"}}),
    "video": ("", {"media": MEDIA}, "video", {"media": MEDIA}),
    "audio": (
        "",
        {"media": {**MEDIA, "voice": True}},
        "audio",
        {"media": {**MEDIA, "voice": True}},
    ),
    "document": ("", {"media": MEDIA}, "document", {"media": MEDIA}),
    "sticker": ("", {"media": MEDIA}, "sticker", {"media": MEDIA}),
    "location": (
        "",
        {"latitude": "19.4", "longitude": -99.1, "name": "Casa"},
        "location",
        {"location": {"latitude": 19.4, "longitude": -99.1, "name": "Casa"}},
    ),
    "contacts": (
        "",
        {"contacts": [{"name": "Rosa Díaz", "phone": "+52 55 1234 5678"}]},
        "contacts",
        {
            "contacts": [
                {
                    "name": {"formatted_name": "Rosa Díaz", "first_name": "Rosa"},
                    "phones": [{"phone": "+525512345678", "wa_id": "525512345678", "type": "CELL"}],
                }
            ]
        },
    ),
    "tap": (
        "",
        {"id": "g", "title": "Grande", "description": "20 personas"},
        "interactive",
        {"reply": {"id": "g", "title": "Grande", "description": "20 personas"}},
    ),
    "button": ("", {"id": "y", "title": "Sí"}, "button", {"reply": {"id": "y", "title": "Sí"}}),
    "flow": (
        "",
        {"name": "cita", "response": {"day": "lunes"}},
        "interactive",
        {"flow": {"name": "cita", "body": "Sent", "response": {"day": "lunes"}}},
    ),
    "permit": (
        "",
        {"response": "accept"},
        "interactive",
        {"call_permission": {"response": "accept", "response_source": "user_action"}},
    ),
    "order": (
        "para hoy",
        {"catalog_id": "c", "items": [{"product_retailer_id": "p", "item_price": 9.5}]},
        "order",
        {
            "order": {
                "catalog_id": "c",
                "text": "para hoy",
                "items": [
                    {
                        "product_retailer_id": "p",
                        "quantity": 1,
                        "item_price": 9.5,
                        "currency": "USD",
                    }
                ],
            }
        },
    ),
    "reaction": (
        "",
        {"emoji": "👍🏽"},
        "reaction",
        {"reaction": {"message_id": "web.1", "emoji": "👍🏽"}},
    ),
    "edit": ("a las 6", {}, "edit", {"edited": {"message_id": "web.1", "type": "text"}}),
    "revoke": ("", {}, "revoke", {"revoked": {"message_id": "web.1"}}),
}


@pytest.mark.parametrize("kind", READERS)
def test_every_kind_has_the_form_that_channels_give(kind: str) -> None:
    text, details, type, content = SAID[kind]
    said = say(kind, text, details, "web.1")
    assert (said.type, said.content, said.reply_to) == (type, content, "web.1")
    assert said.type in WebChannel.capabilities.receives
    assert said.type in MESSAGE_TYPES


def test_everything_that_the_channel_promises_to_receive_can_be_said() -> None:
    assert WebChannel.capabilities.receives == {type for _, _, type, _ in SAID.values()}


@pytest.mark.parametrize(
    ("kind", "text", "details", "reply_to"),
    [
        ("hologram", "x", {}, None),
        ("text", "x" * 4097, {}, None),
        ("image", "", {}, None),
        ("image", "x" * 1025, {"media": MEDIA}, None),
        ("sticker", "a caption", {"media": MEDIA}, None),
        ("location", "", {"latitude": 91, "longitude": 0}, None),
        ("location", "", {"latitude": "north", "longitude": 0}, None),
        ("location", "", {"latitude": "nan", "longitude": 0}, None),
        ("contacts", "", {"contacts": []}, None),
        ("contacts", "", {"contacts": [{"name": "Ana", "phone": "12"}]}, None),
        ("tap", "", {"title": "Sí"}, "web.1"),
        ("flow", "", {"response": ["a list"]}, None),
        ("order", "", {"items": [{"product_retailer_id": "p", "quantity": 0}]}, None),
        ("order", "", {"items": [{"product_retailer_id": "p", "item_price": "nan"}]}, None),
        ("reaction", "", {"emoji": "nice"}, "web.1"),
        ("reaction", "", {"emoji": "👍"}, None),
        ("edit", "  ", {}, "web.1"),
        ("revoke", "", {}, None),
    ],
)
def test_what_no_phone_can_send_is_refused_with_a_reason(
    kind: str, text: str, details: dict[str, Any], reply_to: str | None
) -> None:
    with pytest.raises(Unprocessable) as refused:
        say(kind, text, details, reply_to)
    assert len(refused.value.detail) > 10


FILE = {"media": {"media_id": "m1"}}
SENT: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("hola", {}),
    "image": ("mira", FILE),
    "video": ("", FILE),
    "audio": ("", FILE),
    "document": ("", FILE),
    "sticker": ("", FILE),
    "location": ("", {"location": {"latitude": 1, "longitude": 2}}),
    "contacts": ("", {"contacts": [{"name": {"formatted_name": "Ana"}}]}),
    "reaction": ("", {"reaction": {"message_id": "web.1", "emoji": "❤️"}}),
    "template": ("Hola", {"template": {"name": "saludo", "language": "es"}}),
    "interactive.button": ("¿Sí?", {"buttons": [{"id": "y", "title": "Sí"}]}),
    "interactive.list": (
        "Elige",
        {"button": "Ver", "sections": [{"rows": [{"id": "1", "title": "Uno"}]}]},
    ),
    "interactive.cta_url": ("Paga", {"label": "Pagar", "url": "https://example.com"}),
    "interactive.flow": ("Cita", {"label": "Pedir", "flow_name": "cita"}),
    "interactive.product": ("Mira", {"catalog_id": "c", "product_id": "p"}),
    "interactive.product_list": (
        "Elige",
        {
            "catalog_id": "c",
            "header": {"text": "Tortas"},
            "sections": [{"title": "T", "product_ids": ["p"]}],
        },
    ),
    "interactive.catalog": ("Todo", {}),
    "interactive.location_request": ("¿Dónde?", {}),
    "interactive.voice_call": ("Llámanos", {"label": "Llamar"}),
    "interactive.address": ("¿Dónde?", {"country": "IN"}),
    "interactive.call_permission_request": ("¿Llamamos?", {}),
    "interactive.request_contact_info": ("¿Nos das tu número?", {}),
    "interactive.order_details": (
        "Tu pedido",
        {
            "reference_id": "7",
            "currency": "BRL",
            "total": 1000,
            "payment_settings": [
                {"type": "payment_link", "payment_link": {"uri": "https://example.com/pay"}}
            ],
        },
    ),
    "interactive.order_status": ("Ya salió", {"reference_id": "7", "status": "shipped"}),
    "interactive.carousel": (
        "Mira",
        {
            "cards": [
                {"image": {"media_id": "m1"}, "text": "Una", "label": "Ver", "url": "https://a.mx"},
                {"image": {"media_id": "m2"}, "text": "Dos", "label": "Ver", "url": "https://b.mx"},
            ]
        },
    ),
}


def outbound(kind: str, text: str, content: dict[str, Any]) -> OutboundMessage:
    type, _, sort = kind.partition(".")
    if sort:
        content = {"interactive": {"type": sort, **content}}
    return OutboundMessage("1", PERSON, type, text, content)


@pytest.mark.parametrize("kind", sorted(WebChannel.capabilities.sends))
async def test_whatever_the_channel_promises_to_send_is_sent(kind: str) -> None:
    receipt = await WebChannel().send(LINE, outbound(kind, *SENT[kind]))
    assert receipt.provider_message_id == "web.1"


async def test_a_header_may_be_a_stored_file() -> None:
    content = {**SENT["interactive.button"][1], "header": {"image": {"media_id": "m1"}}}
    receipt = await WebChannel().send(LINE, outbound("interactive.button", "¿Sí?", content))
    assert receipt.provider_message_id == "web.1"


@pytest.mark.parametrize(
    ("kind", "text", "content"),
    [
        (
            "interactive.button",
            "¿?",
            {"buttons": [{"id": str(n), "title": f"B{n}"} for n in "1234"]},
        ),
        ("interactive.button", "¿?", {"buttons": [{"id": "1", "title": "x" * 21}]}),
        ("text", "x" * 4097, {}),
        ("hologram", "x", {}),
        ("image", "x", {"media": {}}),
    ],
)
async def test_what_whatsapp_would_refuse_is_refused_here_too(
    kind: str, text: str, content: dict[str, Any]
) -> None:
    with pytest.raises(SendRejected):
        await WebChannel().send(LINE, outbound(kind, text, content))

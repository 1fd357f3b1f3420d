"""What we send is what Meta's API describes, and what WhatsApp would refuse never leaves."""

from __future__ import annotations

from typing import Any

import pytest

from recado.channels.messages import Identity, OutboundMessage, Recipient
from recado.channels.whatsapp.send import build
from recado.errors import SendRejected
from tests.channels.whatsapp.meta_schema import problems

PHONE = Identity("phone", "16505551234")
BSUID = Identity("bsuid", "US.13491208655302741918")

Content = dict[str, Any]


def outbound(
    type: str,
    text: str = "",
    content: Content | None = None,
    *,
    to: tuple[Identity, ...] = (PHONE,),
    reply_to: str | None = None,
    id: str = "0197a3c2-8f1e-7d3a-9c55-2b8f0c6f4e11",
) -> OutboundMessage:
    return OutboundMessage(id, Recipient(to), type, text, content or {}, reply_to)


def tap(type: str, text: str = "Choose", **details: Any) -> OutboundMessage:
    return outbound("interactive", text, {"interactive": {"type": type, **details}})


def rows(count: int, start: int = 0) -> list[Content]:
    return [
        {"id": f"r{n}", "title": f"Row {n}", "description": "x"}
        for n in range(start, start + count)
    ]


PAYMENT = [{"type": "payment_link", "payment_link": {"uri": "https://example.com/pay"}}]
BUTTONS = [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]
URL = "https://example.com/shop"
LINK = {"link": "https://example.com/file"}
CARD = {"name": {"formatted_name": "Ann Lee", "first_name": "Ann"}, "phones": [{"phone": "+1 555"}]}

GOOD: dict[str, tuple[OutboundMessage, Content]] = {
    "text": (outbound("text", "hola"), {"body": "hola", "preview_url": False}),
    "text with a link": (
        outbound("text", "see https://example.com"),
        {"body": "see https://example.com", "preview_url": True},
    ),
    "text without its preview": (
        outbound("text", "see https://example.com", {"preview_url": False}),
        {"body": "see https://example.com", "preview_url": False},
    ),
    "longest text": (outbound("text", "ñ" * 4096), {"body": "ñ" * 4096, "preview_url": False}),
    "image by id": (
        outbound("image", "Blue", {"media": {"id": "77"}}),
        {"id": "77", "caption": "Blue"},
    ),
    "image by link": (outbound("image", "", {"media": LINK}), LINK),
    "image received before": (
        outbound("image", "", {"media": {"url": "https://example.com/file"}}),
        LINK,
    ),
    "video": (outbound("video", "Look", {"media": LINK}), {**LINK, "caption": "Look"}),
    "audio": (outbound("audio", "", {"media": {"id": "77"}}), {"id": "77"}),
    "voice": (
        outbound("audio", "", {"media": {"id": "77", "voice": True}}),
        {"id": "77", "voice": True},
    ),
    "document by its link": (
        outbound("document", "d", {"media": {"link": "https://example.com/a/report%20v2.pdf?x=1"}}),
        {
            "link": "https://example.com/a/report%20v2.pdf?x=1",
            "caption": "d",
            "filename": "report v2.pdf",
        },
    ),
    "document whose link has no name": (
        outbound("document", "", {"media": {"link": "https://example.com/download?id=7"}}),
        {"link": "https://example.com/download?id=7"},
    ),
    "document": (
        outbound("document", "Ours", {"media": {"id": "77", "filename": "contract.pdf"}}),
        {"id": "77", "caption": "Ours", "filename": "contract.pdf"},
    ),
    "sticker": (outbound("sticker", "", {"media": {"id": "77"}}), {"id": "77"}),
    "location": (
        outbound("location", "", {"location": {"latitude": -33.4, "longitude": 0, "name": "Shop"}}),
        {"latitude": "-33.4", "longitude": "0", "name": "Shop"},
    ),
    "contacts": (outbound("contacts", "", {"contacts": [CARD]}), [CARD]),  # type: ignore[dict-item]
    "reaction": (
        outbound("reaction", "", {"reaction": {"message_id": "wamid.1", "emoji": "👍"}}),
        {"message_id": "wamid.1", "emoji": "👍"},
    ),
    "reaction taken back": (
        outbound("reaction", "", {"reaction": {"emoji": ""}}, reply_to="wamid.1"),
        {"message_id": "wamid.1", "emoji": ""},
    ),
    "buttons": (
        tap("button", buttons=BUTTONS, header={"text": "Order"}, footer="Thanks"),
        {
            "type": "button",
            "header": {"type": "text", "text": "Order"},
            "body": {"text": "Choose"},
            "footer": {"text": "Thanks"},
            "action": {"buttons": [{"type": "reply", "reply": button} for button in BUTTONS]},
        },
    ),
    "buttons under a picture": (
        tap("button", buttons=BUTTONS[:1], header={"image": LINK}),
        {
            "type": "button",
            "header": {"type": "image", "image": LINK},
            "body": {"text": "Choose"},
            "action": {"buttons": [{"type": "reply", "reply": BUTTONS[0]}]},
        },
    ),
    "list": (
        tap("list", button="Options", sections=[{"rows": rows(10)}]),
        {
            "type": "list",
            "body": {"text": "Choose"},
            "action": {"button": "Options", "sections": [{"rows": rows(10)}]},
        },
    ),
    "list of two parts": (
        tap(
            "list",
            button="Options",
            sections=[{"title": "A", "rows": rows(5)}, {"title": "B", "rows": rows(5, 5)}],
        ),
        {
            "type": "list",
            "body": {"text": "Choose"},
            "action": {
                "button": "Options",
                "sections": [{"title": "A", "rows": rows(5)}, {"title": "B", "rows": rows(5, 5)}],
            },
        },
    ),
    "link button": (
        tap("cta_url", label="Open", url="https://example.com"),
        {
            "type": "cta_url",
            "body": {"text": "Choose"},
            "action": {
                "name": "cta_url",
                "parameters": {"display_text": "Open", "url": "https://example.com"},
            },
        },
    ),
    "flow": (
        tap("flow", label="Book", flow_id="9", token="t", screen="FIRST", data={"a": 1}),
        {
            "type": "flow",
            "body": {"text": "Choose"},
            "action": {
                "name": "flow",
                "parameters": {
                    "flow_message_version": "3",
                    "flow_cta": "Book",
                    "flow_id": "9",
                    "flow_token": "t",
                    "flow_action": "navigate",
                    "flow_action_payload": {"screen": "FIRST", "data": {"a": 1}},
                },
            },
        },
    ),
    "flow that asks the endpoint": (
        tap("flow", label="Book", flow_id="9", token="t", action="data_exchange"),
        {
            "type": "flow",
            "body": {"text": "Choose"},
            "action": {
                "name": "flow",
                "parameters": {
                    "flow_message_version": "3",
                    "flow_cta": "Book",
                    "flow_id": "9",
                    "flow_token": "t",
                    "flow_action": "data_exchange",
                },
            },
        },
    ),
    "asking for the number": (
        tap("request_contact_info", "May we call you back?"),
        {
            "type": "request_contact_info",
            "body": {"text": "May we call you back?"},
            "action": {"name": "request_contact_info"},
        },
    ),
    "order to pay": (
        tap(
            "order_details",
            "Your order",
            reference_id="order-7",
            currency="BRL",
            total=2150,
            payment_type="br",
            payment_settings=PAYMENT,
            order={
                "items": [{"id": "p1", "name": "Cake", "amount": 1000, "quantity": 2}],
                "shipping": 150,
            },
        ),
        {
            "type": "order_details",
            "body": {"text": "Your order"},
            "action": {
                "name": "review_and_pay",
                "parameters": {
                    "reference_id": "order-7",
                    "type": "digital-goods",
                    "currency": "BRL",
                    "total_amount": {"value": 2150, "offset": 100},
                    "payment_type": "br",
                    "payment_settings": PAYMENT,
                    "order": {
                        "status": "pending",
                        "items": [
                            {
                                "name": "Cake",
                                "amount": {"value": 1000, "offset": 100},
                                "quantity": 2,
                                "retailer_id": "p1",
                            }
                        ],
                        "shipping": {"value": 150, "offset": 100},
                        "subtotal": {"value": 2000, "offset": 100},
                        "tax": {"value": 0, "offset": 100},
                    },
                },
            },
        },
    ),
    "order of goods with all that Meta's own example has": (
        tap(
            "order_details",
            "Your order",
            reference_id="order-8",
            currency="INR",
            total=1100,
            goods="physical-goods",
            payment_configuration="ours",
            beneficiaries=[{"name": "Ana", "city": "Pune", "country": "India"}],
            order={
                "items": [{"id": "p1", "name": "Cake", "amount": 1000, "importer_name": "I"}],
                "tax": {"value": 100, "description": "GST"},
                "shipping": {"value": 100, "description": "By road"},
                "discount": {"value": 100, "discount_program_name": "Summer"},
                "expiration": {"timestamp": "1893456000", "description": "Until 2030"},
            },
        ),
        {
            "type": "order_details",
            "body": {"text": "Your order"},
            "action": {
                "name": "review_and_pay",
                "parameters": {
                    "reference_id": "order-8",
                    "type": "physical-goods",
                    "currency": "INR",
                    "total_amount": {"value": 1100, "offset": 100},
                    "payment_configuration": "ours",
                    "beneficiaries": [{"name": "Ana", "city": "Pune", "country": "India"}],
                    "order": {
                        "status": "pending",
                        "items": [
                            {
                                "name": "Cake",
                                "amount": {"value": 1000, "offset": 100},
                                "quantity": 1,
                                "retailer_id": "p1",
                                "importer_name": "I",
                            }
                        ],
                        "subtotal": {"value": 1000, "offset": 100},
                        "tax": {"value": 100, "offset": 100, "description": "GST"},
                        "shipping": {"value": 100, "offset": 100, "description": "By road"},
                        "discount": {
                            "value": 100,
                            "offset": 100,
                            "discount_program_name": "Summer",
                        },
                        "expiration": {"timestamp": "1893456000", "description": "Until 2030"},
                    },
                },
            },
        },
    ),
    "how an order goes on": (
        tap("order_status", "On its way", reference_id="order-7", status="shipped"),
        {
            "type": "order_status",
            "body": {"text": "On its way"},
            "action": {
                "name": "review_order",
                "parameters": {"reference_id": "order-7", "order": {"status": "shipped"}},
            },
        },
    ),
    "product": (
        tap("product", "", catalog_id="c", product_id="p"),
        {"type": "product", "action": {"catalog_id": "c", "product_retailer_id": "p"}},
    ),
    "products": (
        tap(
            "product_list",
            catalog_id="c",
            header={"text": "Ours"},
            sections=[{"title": "New", "product_ids": ["p", "q"]}],
        ),
        {
            "type": "product_list",
            "header": {"type": "text", "text": "Ours"},
            "body": {"text": "Choose"},
            "action": {
                "catalog_id": "c",
                "sections": [
                    {
                        "title": "New",
                        "product_items": [
                            {"product_retailer_id": "p"},
                            {"product_retailer_id": "q"},
                        ],
                    }
                ],
            },
        },
    ),
    "catalogue": (
        tap("catalog", product_id="p"),
        {
            "type": "catalog_message",
            "body": {"text": "Choose"},
            "action": {
                "name": "catalog_message",
                "parameters": {"thumbnail_product_retailer_id": "p"},
            },
        },
    ),
    "asking for the location": (
        tap("location_request", "Where are you?"),
        {
            "type": "location_request_message",
            "body": {"text": "Where are you?"},
            "action": {"name": "send_location"},
        },
    ),
    "call button": (
        tap("voice_call", label="Call us", ttl_minutes=60, payload="support"),
        {
            "type": "voice_call",
            "body": {"text": "Choose"},
            "action": {
                "name": "voice_call",
                "parameters": {
                    "display_text": "Call us",
                    "ttl_minutes": 60,
                    "payload": "support",
                },
            },
        },
    ),
    "asking to call": (
        tap("call_permission_request", "May we call you?"),
        {
            "type": "call_permission_request",
            "body": {"text": "May we call you?"},
            "action": {"name": "call_permission_request"},
        },
    ),
    "address": (
        tap("address", country="IN", values={"name": "Ana"}),
        {
            "type": "address_message",
            "body": {"text": "Choose"},
            "action": {
                "name": "address_message",
                "parameters": {"country": "IN", "values": {"name": "Ana"}},
            },
        },
    ),
    "carousel of links": (
        tap("carousel", cards=[{"image": LINK, "text": "One", "label": "Buy", "url": URL}] * 2),
        {
            "type": "carousel",
            "body": {"text": "Choose"},
            "action": {
                "cards": [
                    {
                        "card_index": index,
                        "type": "cta_url",
                        "header": {"type": "image", "image": LINK},
                        "body": {"text": "One"},
                        "action": {
                            "name": "cta_url",
                            "parameters": {"display_text": "Buy", "url": URL},
                        },
                    }
                    for index in range(2)
                ]
            },
        },
    ),
    "carousel of buttons": (
        tap("carousel", cards=[{"video": LINK, "buttons": BUTTONS}] * 2),
        {
            "type": "carousel",
            "body": {"text": "Choose"},
            "action": {
                "cards": [
                    {
                        "card_index": index,
                        "type": "quick_reply",
                        "header": {"type": "video", "video": LINK},
                        "action": {
                            "buttons": [
                                {"type": "quick_reply", "quick_reply": button} for button in BUTTONS
                            ]
                        },
                    }
                    for index in range(2)
                ]
            },
        },
    ),
    "template": (
        outbound(
            "template",
            "",
            {
                "template": {
                    "name": "order_ready",
                    "language": "es_MX",
                    "components": [
                        {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},
                        {
                            "type": "button",
                            "sub_type": "quick_reply",
                            "index": "0",
                            "parameters": [{"type": "payload", "payload": "ok"}],
                        },
                    ],
                }
            },
        ),
        {
            "name": "order_ready",
            "language": {"policy": "deterministic", "code": "es_MX"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "0",
                    "parameters": [{"type": "payload", "payload": "ok"}],
                },
            ],
        },
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_message_is_written_as_meta_describes_it(name: str) -> None:
    message, expected = GOOD[name]
    body = build(message)
    assert problems(body) == []
    assert body[message.type] == expected
    assert body["type"] == message.type
    assert body["to"] == "16505551234"
    assert body["recipient_type"] == "individual"
    assert body["biz_opaque_callback_data"] == message.id


@pytest.mark.parametrize("name", [name for name in GOOD if "reaction" not in name])
def test_an_answer_quotes_the_message_that_it_answers(name: str) -> None:
    message, _ = GOOD[name]
    quoting = outbound(message.type, message.text, message.content, reply_to="wamid.1")
    body = build(quoting)
    assert body["context"] == {"message_id": "wamid.1"}
    assert problems(body) == []


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ((PHONE,), {"recipient_type": "individual", "to": "16505551234"}),
        # Meta goes on showing the number of those whom one writes to by number.
        ((BSUID, PHONE), {"recipient_type": "individual", "to": "16505551234"}),
        (
            (BSUID, Identity("username", "ann")),
            {"recipient_type": "individual", "recipient": "US.13491208655302741918"},
        ),
        ((Identity("provider", "Y2FwaQ=="),), {"recipient_type": "group", "to": "Y2FwaQ=="}),
    ],
)
def test_a_person_is_reached_by_number_or_else_by_user_id(
    to: tuple[Identity, ...], expected: Content
) -> None:
    body = build(outbound("text", "hola", to=to))
    assert {key: body[key] for key in ("recipient_type", "to", "recipient") if key in body} == (
        expected
    )
    assert problems(body) == []


def test_a_text_opens_a_conversation_by_direct_send() -> None:
    given = {"category": "utility", "ttl_seconds": 600, "template_name": "order_sent"}
    body = build(outbound("text", "Your order is on its way", {"direct_send": given}))
    assert (body["category"], body["ttl_seconds"]) == ("utility", 600)
    assert body["direct_send_config"] == {"template_name": "order_sent"}
    assert problems(body) == []


BAD: dict[str, tuple[OutboundMessage, str]] = {
    "no way to reach": (outbound("text", "x", to=(Identity("username", "ann"),)), "phone number"),
    "a type of ours": (outbound("note", "x"), "type note"),
    "no text": (outbound("text", "  "), "The text is empty"),
    "long text": (outbound("text", "x" * 4097), "4097 characters; WhatsApp allows 4096"),
    "long id": (outbound("text", "x", id="i" * 513), "WhatsApp allows 512"),
    "no media": (outbound("image", "x"), "`media`"),
    "empty media": (outbound("image", "x", {"media": {}}), "an id of the media API or a link"),
    "odd link": (outbound("image", "", {"media": {"link": "ftp://x"}}), "http://"),
    "long caption": (outbound("image", "x" * 1025, {"media": LINK}), "allows 1024"),
    "audio with a caption": (outbound("audio", "x", {"media": LINK}), "no caption"),
    "nowhere": (outbound("location", "", {"location": {"latitude": 91, "longitude": 0}}), "±90"),
    "half a place": (outbound("location", "", {"location": {"latitude": 1}}), "longitude"),
    "not a place": (
        outbound("location", "", {"location": {"latitude": "nan", "longitude": 1}}),
        "latitude",
    ),
    "no contacts": (outbound("contacts", "", {"contacts": []}), "no contacts"),
    "many contacts": (outbound("contacts", "", {"contacts": [CARD] * 258}), "allows 257"),
    "nameless": (outbound("contacts", "", {"contacts": [{"phones": []}]}), "formatted_name"),
    "reaction to nothing": (outbound("reaction", "", {"reaction": {"emoji": "x"}}), "the id"),
    "carousel of one card": (tap("carousel", cards=[{"image": LINK, "url": URL}]), "two cards"),
    "carousel of unlike cards": (
        tap(
            "carousel",
            cards=[
                {"image": LINK, "label": "Buy", "url": URL},
                {"video": LINK, "label": "Buy", "url": URL},
            ],
        ),
        "same kind",
    ),
    "call button for ever": (tap("voice_call", ttl_minutes=50000), "43,200"),
    "header over a call button": (tap("voice_call", header={"text": "x"}), "no header"),
    "footer under a call button": (tap("voice_call", footer="x"), "no footer"),
    "unknown taps": (tap("hologram"), "type hologram"),
    "no buttons": (tap("button", buttons=[]), "no buttons"),
    "four buttons": (
        tap("button", buttons=[{"id": f"{n}", "title": f"{n}"} for n in range(4)]),
        "4 buttons; WhatsApp allows 3",
    ),
    "long button": (tap("button", buttons=[{"id": "1", "title": "x" * 21}]), "allows 20"),
    "same buttons": (tap("button", buttons=[BUTTONS[0], {"id": "2", "title": "Yes"}]), "same"),
    "same button ids": (tap("button", buttons=[BUTTONS[0], {"id": "yes", "title": "B"}]), "ids"),
    "odd buttons": (tap("button", buttons=["yes"]), "list of objects"),
    "no question": (tap("button", "", buttons=BUTTONS), "The text is empty"),
    "long question": (tap("button", "x" * 1025, buttons=BUTTONS), "allows 1024"),
    "long footer": (tap("button", buttons=BUTTONS, footer="x" * 61), "allows 60"),
    "long header": (tap("button", buttons=BUTTONS, header={"text": "x" * 61}), "allows 60"),
    "odd header": (tap("button", buttons=BUTTONS, header={"gif": LINK}), "unknown header"),
    "eleven rows": (
        tap("list", button="Go", sections=[{"rows": rows(11)}]),
        "11 rows in a section; WhatsApp allows 10",
    ),
    "eleven rows in two parts": (
        tap(
            "list",
            button="Go",
            sections=[{"title": "A", "rows": rows(6)}, {"title": "B", "rows": rows(5, 6)}],
        ),
        "11 rows in the list; WhatsApp allows 10",
    ),
    "parts without titles": (
        tap("list", button="Go", sections=[{"rows": rows(1)}, {"title": "B", "rows": rows(1, 1)}]),
        "section's title is empty",
    ),
    "long row": (
        tap("list", button="Go", sections=[{"rows": [{"id": "1", "title": "x" * 25}]}]),
        "allows 24",
    ),
    "long row description": (
        tap(
            "list",
            button="Go",
            sections=[{"rows": [{"id": "1", "title": "x", "description": "x" * 73}]}],
        ),
        "allows 72",
    ),
    "same rows": (
        tap("list", button="Go", sections=[{"rows": [*rows(1), *rows(1)]}]),
        "Two row ids are the same",
    ),
    "picture over a list": (
        tap("list", button="Go", sections=[{"rows": rows(1)}], header={"image": LINK}),
        "must be a text",
    ),
    "odd url": (tap("cta_url", label="Open", url="javascript:alert(1)"), "http://"),
    "flow without id": (tap("flow", label="Book"), "flow's id or name"),
    "products without header": (
        tap("product_list", catalog_id="c", sections=[{"title": "A", "product_ids": ["p"]}]),
        "needs a header",
    ),
    "many products": (
        tap(
            "product_list",
            catalog_id="c",
            header={"text": "x"},
            sections=[{"title": "A", "product_ids": [str(n) for n in range(31)]}],
        ),
        "31 products; WhatsApp allows 30",
    ),
    "a flow that navigates nowhere": (
        tap("flow", label="Book", flow_id="9", action="navigate"),
        "interactive.screen",
    ),
    "a flow that asks and knows": (
        tap("flow", label="Book", flow_id="9", action="data_exchange", screen="A"),
        "interactive.screen",
    ),
    "a flow of another action": (
        tap("flow", label="Book", flow_id="9", action="jump"),
        "interactive.action takes navigate or data_exchange",
    ),
    "an order without a way to pay": (
        tap("order_details", reference_id="7", currency="BRL", total=1),
        "interactive.payment_settings",
    ),
    "an order that does not add up": (
        tap(
            "order_details",
            reference_id="7",
            currency="BRL",
            total=1,
            payment_settings=PAYMENT,
            order={"items": [{"name": "Cake", "amount": 1000}]},
        ),
        "comes to 1000 hundredths",
    ),
    "an amount with a comma": (
        tap("order_details", reference_id="7", currency="BRL", total="10,50"),
        "interactive.total is an amount in hundredths",
    ),
    "an order's odd reference": (
        tap("order_status", reference_id="año 7", status="shipped"),
        "interactive.reference_id",
    ),
    "an order's odd status": (
        tap("order_status", reference_id="7", status="lost"),
        "interactive.status takes",
    ),
    "direct marketing": (
        outbound("text", "x", {"direct_send": {"category": "marketing"}}),
        "direct_send.category takes utility or authentication",
    ),
    "a direct list": (
        outbound(
            "interactive",
            "x",
            {
                "interactive": {"type": "list", "button": "Go", "sections": [{"rows": rows(1)}]},
                "direct_send": {"category": "utility"},
            },
        ),
        "not list",
    ),
    "too long a life": (
        outbound("text", "x", {"direct_send": {"category": "utility", "ttl_seconds": 43_201}}),
        "from 30 to 43200",
    ),
    "a template's odd policy": (
        outbound(
            "template",
            "",
            {"template": {"name": "x", "language": "es", "marketing": {"product_policy": "ANY"}}},
        ),
        "template.marketing.product_policy",
    ),
    "template without language": (outbound("template", "", {"template": {"name": "x"}}), "es_MX"),
    "template without name": (outbound("template", "", {"template": {"language": "es"}}), "name"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_whatsapp_would_refuse_is_refused_here_with_the_limit(name: str) -> None:
    message, why = BAD[name]
    with pytest.raises(SendRejected) as caught:
        build(message)
    assert why in caught.value.detail


@pytest.mark.parametrize(
    "spoil",
    [
        {"to": 5},
        {"type": "video"},
        {"messaging_product": None},
        {"text": {"body": "x", "colour": "red"}},
        {"extra": 1},
        {"recipient": "US.1"},
    ],
)
def test_metas_schema_does_refuse_wrong_bodies(spoil: Content) -> None:
    good = build(outbound("text", "hola"))
    kept = {**good, **spoil, "type": "text"}
    wrong = kept if "type" not in spoil else {**kept, "text": None}
    assert problems(wrong)

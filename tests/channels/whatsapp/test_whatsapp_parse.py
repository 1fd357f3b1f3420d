"""Each kind of webhook that Meta documents becomes what a person would read.

The payloads have the shapes of Meta's pages and made-up people.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from recado.channels.messages import (
    MESSAGE_TYPES,
    Identity,
    InboundEvent,
    InboundHandover,
    InboundItem,
    InboundMessage,
    InboundStatus,
    ProviderError,
    Sender,
)
from recado.channels.whatsapp import WhatsAppChannel
from tests.support import payloads

PAYLOADS = Path(__file__).with_name("payloads")
LINE = "106540352242922"
PHONE = Identity("phone", "16505551234")
BSUID = Identity("bsuid", "US.13491208655302741918")
PARENT = Identity("bsuid", "US.ENT.11815799212886844830")
USERNAME = Identity("username", "realsheenanelson")
OURS = "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA="
SHA = "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI="

Content = dict[str, Any]

MESSAGES: list[tuple[str, str, str, Content]] = [
    ("text", "text", "Does it come in another color?", {}),
    ("text_reply", "text", "Yes, the blue one", {"context": {"from": "15550783881"}}),
    (
        "text_forwarded",
        "text",
        "Look at this",
        {"context": {"forwarded": True, "frequently_forwarded": True}},
    ),
    (
        "text_about_a_product",
        "text",
        "Is this still available?",
        {
            "context": {
                "from": "15550783881",
                "referred_product": {
                    "catalog_id": "194836987003835",
                    "product_retailer_id": "di9ozbzfi4",
                },
            }
        },
    ),
    (
        "image",
        "image",
        "The plant in the window",
        {
            "media": {
                "id": "1003383421387256",
                "mime_type": "image/jpeg",
                "sha256": SHA,
                "caption": "The plant in the window",
                "url": "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=133",
            }
        },
    ),
    (
        "video",
        "video",
        "",
        {"media": {"id": "1003383421387257", "mime_type": "video/mp4", "sha256": SHA}},
    ),
    (
        "audio",
        "audio",
        "",
        {"media": {"id": "1908647269898587", "mime_type": "audio/mpeg", "sha256": SHA}},
    ),
    (
        "voice",
        "audio",
        "",
        {
            "media": {
                "id": "1908647269898588",
                "mime_type": "audio/ogg; codecs=opus",
                "sha256": SHA,
                "voice": True,
            }
        },
    ),
    (
        "document",
        "document",
        "Our contract",
        {
            "media": {
                "id": "1376223850470843",
                "mime_type": "application/pdf",
                "sha256": SHA,
                "caption": "Our contract",
                "filename": "contract.pdf",
            }
        },
    ),
    (
        "sticker",
        "sticker",
        "",
        {
            "media": {
                "id": "798882015472548",
                "mime_type": "image/webp",
                "sha256": SHA,
                "animated": True,
            }
        },
    ),
    (
        "location",
        "location",
        "",
        {
            "location": {
                "latitude": 37.483307,
                "longitude": -122.148981,
                "name": "Philz Coffee",
                "address": "101 Forest Ave, Palo Alto, CA 94301",
                "url": "https://maps.google.com/?q=Philz",
            }
        },
    ),
    (
        "button_reply",
        "interactive",
        "Cancel",
        {
            "reply": {"id": "cancel-button", "title": "Cancel"},
            "context": {"from": "15550783881"},
        },
    ),
    (
        "list_reply",
        "interactive",
        "Priority Mail Express",
        {
            "reply": {
                "id": "priority_express",
                "title": "Priority Mail Express",
                "description": "Next Day to 2 Days",
            },
            "context": {"from": "15550783881"},
        },
    ),
    (
        "flow_reply",
        "interactive",
        "Sent",
        {
            "flow": {
                "name": "flow",
                "body": "Sent",
                "response": {"flow_token": "abc", "slots": [{"day": "lunes", "hour": 9}]},
            },
            "context": {"from": "15550783881"},
        },
    ),
    (
        "call_permission_reply",
        "interactive",
        "",
        {
            "call_permission": {
                "response": "accept",
                "is_permanent": False,
                "expiration_timestamp": "1750021183",
                "response_source": "user_action",
            },
            "context": {"from": "15550783881"},
        },
    ),
    (
        "template_button",
        "button",
        "Unsubscribe",
        {
            "reply": {"id": "Unsubscribe", "title": "Unsubscribe"},
            "context": {"from": "15550783881"},
        },
    ),
    (
        "order",
        "order",
        "Love these!",
        {
            "order": {
                "catalog_id": "194836987003835",
                "text": "Love these!",
                "items": [
                    {
                        "product_retailer_id": "di9ozbzfi4",
                        "quantity": 2,
                        "item_price": 30,
                        "currency": "USD",
                    },
                    {
                        "product_retailer_id": "nqryix03ez",
                        "quantity": 1,
                        "item_price": 25,
                        "currency": "USD",
                    },
                ],
            }
        },
    ),
    ("reaction", "reaction", "😀", {"reaction": {"message_id": OURS, "emoji": "😀"}}),
    ("reaction_removed", "reaction", "", {"reaction": {"message_id": OURS, "emoji": ""}}),
    (
        "edit_text",
        "edit",
        "Does it come in blue?",
        {"edited": {"message_id": OURS, "type": "text"}},
    ),
    (
        "edit_caption",
        "edit",
        "Updated image caption",
        {
            "edited": {"message_id": OURS, "type": "image"},
            "media": {
                "id": "1234567890",
                "mime_type": "image/jpeg",
                "sha256": "a1b2c3d4e5f6",
                "caption": "Updated image caption",
                "url": "https://media.example.com/updated-image.jpg",
            },
        },
    ),
    ("revoke", "revoke", "", {"revoked": {"message_id": OURS}}),
    (
        "number_changed",
        "system",
        "User Sheena Nelson changed from 16505551234 to 12195555358",
        {
            "system": {"type": "user_changed_number"},
            "identities": [{"kind": "phone", "value": "12195555358"}],
        },
    ),
    (
        "user_id_changed",
        "system",
        "User Sheena Nelson changed from US.13491208655302741918 to US.99991208655302749999",
        {
            "system": {"type": "user_changed_user_id"},
            "identities": [{"kind": "bsuid", "value": "US.99991208655302749999"}],
        },
    ),
    ("request_welcome", "system", "", {"system": {"type": "request_welcome"}}),
    (
        "unsupported",
        "unsupported",
        "",
        {
            "unsupported": {"type": "poll_creation"},
            "errors": [
                {
                    "code": 131051,
                    "title": "Message type unknown",
                    "message": "Message type unknown",
                    "error_data": {"details": "Message type is currently not supported."},
                }
            ],
        },
    ),
    (
        "unsupported_edit",
        "unsupported",
        "",
        {
            "unsupported": {"type": "edit"},
            "errors": [
                {
                    "code": 131051,
                    "title": "Message type unknown",
                    "message": "Message type unknown",
                    "error_data": {"details": "Message type is currently not supported."},
                }
            ],
        },
    ),
    ("unknown", "unknown", "", {"vendor_type": "hologram"}),
    ("ephemeral", "unknown", "", {"vendor_type": "ephemeral"}),
    (
        "flow_reply_nested",
        "interactive",
        "CEP: 01310-100",
        {
            "flow": {
                "name": "address_message",
                "body": "CEP: 01310-100",
                "response": {
                    "saved_address_id": "a1",
                    "values": {"in_pin_code": "400063", "floor": {"n": 8}},
                },
            },
            "context": {"from": "15550783881"},
        },
    ),
    (
        "flow_reply_broken",
        "interactive",
        "Sent",
        {
            "flow": {"name": "flow", "body": "Sent", "response": '{"flow_token": "abc'},
            "context": {"from": "15550783881"},
        },
    ),
    (
        "payment_reply",
        "interactive",
        "payment method: payment method pix, payment timestamp 1749416383, reference id r1",
        {
            "vendor_type": "payment_method",
            "payment_method": {
                "payment_method": "pix",
                "payment_timestamp": 1749416383,
                "reference_id": "r1",
            },
            "named": True,
            "context": {"from": "15550783881"},
        },
    ),
    (
        "call_permission_rejected",
        "interactive",
        "",
        {
            "call_permission": {"response": "reject", "response_source": "user_action"},
            "context": {"from": "15550783881"},
        },
    ),
    (
        "identity_changed",
        "system",
        "Sheena Nelson's security code changed",
        {"system": {"type": "customer_identity_changed"}, "identities": []},
    ),
    (
        "number_and_user_id_changed",
        "system",
        "User Sheena Nelson changed from 16505551234 to 12195555358",
        {
            "system": {"type": "user_changed_number"},
            "identities": [
                {"kind": "bsuid", "value": "US.99991208655302749999"},
                {"kind": "phone", "value": "12195555358"},
            ],
        },
    ),
    (
        "video_forwarded_often",
        "video",
        "",
        {
            "media": {"id": "1003383421387257", "mime_type": "video/mp4", "sha256": "abc"},
            "context": {"forwarded": True, "frequently_forwarded": True},
        },
    ),
    (
        "text_in_a_group",
        "text",
        "Hi all",
        {
            "group_id": "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD",
            "participant": {
                "name": "Sheena Nelson",
                "identities": [
                    {"kind": "bsuid", "value": "US.13491208655302741918"},
                    {"kind": "phone", "value": "16505551234"},
                ],
            },
        },
    ),
    ("text_without_phone", "text", "Does it come in another color?", {}),
    ("text_with_user_id", "text", "Hola", {}),
]


def parse(name: str) -> list[InboundItem]:
    return WhatsAppChannel().parse((PAYLOADS / f"{name}.json").read_bytes())


def message_in(name: str) -> InboundMessage:
    (item,) = parse(name)
    assert isinstance(item, InboundMessage)
    return item


def status_in(name: str) -> InboundStatus:
    (item,) = parse(name)
    assert isinstance(item, InboundStatus)
    return item


@pytest.mark.parametrize(("name", "type", "text", "content"), MESSAGES, ids=lambda value: value)
def test_a_message_is_read_as_a_person_would(
    name: str, type: str, text: str, content: Content
) -> None:
    message = message_in(name)
    assert (message.type, message.text) == (type, text)
    assert message.content == content
    assert message.type in MESSAGE_TYPES
    assert message.line_address == LINE
    assert message.provider_message_id.startswith("wamid.")
    assert message.sent_at == 1749416383
    assert message.raw["id"] == message.provider_message_id


def test_shared_contacts_come_with_their_numbers() -> None:
    cards = message_in("contacts").content["contacts"]
    assert [card["name"]["formatted_name"] for card in cards] == ["Barbara J. Johnson", "Ann Lee"]
    assert cards[0]["phones"][0]["wa_id"] == "14125550829"


def test_the_ad_that_led_a_person_here_is_kept() -> None:
    referral = message_in("text_from_an_ad").content["referral"]
    assert referral["headline"] == "Chat with us"
    assert referral["welcome_message"] == {"text": "Hi there! Let us know how we can help!"}


@pytest.mark.parametrize(
    "name",
    ["text_reply", "button_reply", "template_button", "reaction", "edit_text", "revoke"],
)
def test_an_answer_or_a_change_names_the_message_that_it_is_about(name: str) -> None:
    assert message_in(name).reply_to == OURS


@pytest.mark.parametrize(
    ("name", "identities"),
    [
        ("text", (PHONE,)),
        ("text_with_user_id", (BSUID, PHONE)),
        ("text_without_phone", (BSUID, USERNAME, PARENT)),
        ("user_id_changed", (BSUID,)),
    ],
)
def test_a_person_is_known_by_all_that_meta_tells(
    name: str, identities: tuple[Identity, ...]
) -> None:
    assert message_in(name).sender.identities == identities


def test_a_person_keeps_the_lane_when_the_phone_number_vanishes() -> None:
    lanes = {message_in(name).lane for name in ("text_with_user_id", "text_without_phone")}
    assert len(lanes) == 1


def test_a_number_with_an_extra_digit_still_has_its_name() -> None:
    """Brazil's and Mexico's WhatsApp ids differ from the number that a message is from."""
    message = payloads.text_message("oi", sender="5511987654321")
    contact = {"profile": {"name": "Ana"}, "wa_id": "551187654321"}
    (item,) = WhatsAppChannel().parse(payloads.webhook([message], contacts=[contact]))
    assert isinstance(item, InboundMessage)
    assert item.sender.name == "Ana"
    assert item.sender.identities == (
        Identity("phone", "5511987654321"),
        Identity("phone", "551187654321"),
    )


def test_people_in_one_webhook_keep_their_own_names() -> None:
    first = payloads.text_message("1", sender="111", user_id="US.1")
    second = payloads.text_message("2", sender=None, user_id="US.2")
    stranger = payloads.text_message("3", sender="333")
    contacts = [
        {"profile": {"name": "Two"}, "user_id": "US.2"},
        {"profile": {"name": "One"}, "wa_id": "111"},
    ]
    body = payloads.webhook([first, second, stranger], contacts=contacts)
    items = WhatsAppChannel().parse(body)
    named = [item.sender.name for item in items if isinstance(item, InboundMessage)]
    assert named == ["One", "Two", ""]


def test_a_sent_status_brings_back_our_id_and_its_price() -> None:
    status = status_in("status_sent")
    assert status.status == "sent"
    assert status.at == 1750030073
    assert status.callback_data == "0197a3c2-8f1e-7d3a-9c55-2b8f0c6f4e11"
    assert status.recipient == PHONE
    assert status.pricing is not None
    assert status.pricing["category"] == "marketing"
    assert status.pricing["conversation"]["origin"] == {"type": "marketing"}


@pytest.mark.parametrize(
    ("name", "word", "recipient"),
    [
        ("status_delivered_without_phone", "delivered", BSUID),
        ("status_read", "read", BSUID),
        ("status_played", "played", PHONE),
        ("status_in_a_group", "delivered", BSUID),
    ],
)
def test_a_status_says_what_reached_whom(name: str, word: str, recipient: Identity) -> None:
    status = status_in(name)
    assert (status.status, status.recipient) == (word, recipient)
    assert status.provider_message_id == OURS


def test_a_failed_status_says_why() -> None:
    error = status_in("status_failed").error
    assert error == ProviderError(
        code=131049,
        title="This message was not delivered to maintain healthy ecosystem engagement.",
        detail="In order to maintain a healthy ecosystem engagement, the message failed to be "
        "delivered.",
    )


GROUP = Identity("provider", "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD")


@pytest.mark.parametrize("name", ["text_in_a_group", "image_in_a_group", "reaction_in_a_group"])
def test_in_a_group_the_sender_is_the_group_and_the_content_says_who_wrote(name: str) -> None:
    message = message_in(name)
    assert message.sender.identities == (GROUP,)
    participant = message.content["participant"]
    assert participant["name"] == "Sheena Nelson"
    assert {"kind": "phone", "value": "16505551234"} in participant["identities"]


@pytest.mark.parametrize(
    ("name", "type", "text", "reply_to", "person"),
    [
        ("echo_text", "text", "Here's the info you requested!", None, (PHONE,)),
        ("echo_image", "image", "The blue one", None, (PHONE,)),
        ("echo_edit", "edit", "Updated image caption", OURS, (PHONE,)),
        ("echo_revoke", "revoke", "", OURS, (PHONE,)),
        ("echo_to_a_user_id", "text", "It does", None, (BSUID, USERNAME, PARENT)),
        ("echo_from_another_app", "text", "We open at 9", None, (PHONE,)),
    ],
)
def test_what_the_business_says_elsewhere_is_an_echo_to_the_person(
    name: str, type: str, text: str, reply_to: str | None, person: tuple[Identity, ...]
) -> None:
    message = message_in(name)
    assert message.echo
    assert (message.type, message.text, message.reply_to) == (type, text, reply_to)
    assert message.sender.identities == person


def test_two_people_whom_the_phone_answers_at_once_stay_two() -> None:
    ana, ben = "5511900000001", "5511900000002"
    about = {"wa_id": ana, "user_id": "BR.1", "profile": {"name": "Ana"}}
    said = [
        payloads.echo_of(payloads.text_message("hola", id=f"wamid.{to}"), to=to)
        for to in (ana, ben)
    ]
    value = payloads.value_of(contacts=[about]) | {"message_echoes": said}
    body = payloads.webhook_of(payloads.change_of(value, "smb_message_echoes"))
    found = WhatsAppChannel().parse(body)
    first, second = (item.sender for item in found if isinstance(item, InboundMessage))
    assert first == Sender((Identity("bsuid", "BR.1"), Identity("phone", ana)), "Ana")
    assert second == Sender((Identity("phone", ben),))


def test_what_comes_while_another_app_answers_is_marked() -> None:
    message = message_in("standby_audio")
    assert (message.type, message.content["standby"], message.echo) == ("audio", True, False)
    assert message_in("echo_from_another_app").content["said_by"] == "other app"
    assert status_in("standby_status_delivered").status == "delivered"


@pytest.mark.parametrize(
    ("name", "echo", "details"),
    [
        ("call_connect", False, {"event": "connect", "direction": "inbound"}),
        (
            "call_terminate_completed",
            False,
            {
                "event": "terminate",
                "direction": "inbound",
                "status": "completed",
                "duration_seconds": 33,
                "started_at": 1749416390,
                "ended_at": 1749416423,
            },
        ),
        (
            "call_terminate_failed",
            False,
            {
                "event": "terminate",
                "direction": "inbound",
                "status": "failed",
                "errors": [{"code": 138021, "message": "The call was not answered"}],
            },
        ),
        ("call_by_the_business", True, {"event": "connect", "direction": "outbound"}),
        (
            "call_status_ringing",
            True,
            {"event": "status", "direction": "outbound", "status": "ringing"},
        ),
    ],
)
def test_a_call_says_who_called_and_how_it_ended(name: str, echo: bool, details: Content) -> None:
    message = message_in(name)
    assert (message.type, message.echo, message.content["call"]) == ("call", echo, details)
    assert message.sender.identities == (PHONE,)
    assert message.provider_message_id.startswith("wacid.")


def test_a_call_in_a_group_belongs_to_the_group() -> None:
    assert message_in("call_in_a_group").sender.identities == (GROUP,)


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("handover_to_recado", "recado"),
        ("handover_to_another_app", "other"),
        ("handover_taken", "other"),
    ],
)
def test_a_hand_over_says_who_has_the_conversation_now(name: str, owner: str) -> None:
    (item,) = parse(name)
    assert isinstance(item, InboundHandover)
    assert (item.owner, item.line_address, item.person.identities) == (owner, LINE, (PHONE,))


def test_a_failed_payment_is_no_failed_message() -> None:
    (item,) = parse("status_payment")
    assert isinstance(item, InboundEvent)
    assert item.name == "payment failed"


def test_the_ad_of_a_picture_and_the_post_of_a_button_are_kept_too() -> None:
    assert message_in("image_from_an_ad").content["referral"]["ctwa_clid"].startswith("Aff-")
    assert message_in("button_reply_from_a_post").content["referral"]["source_type"] == "post"


def test_a_number_that_was_asked_for_says_so() -> None:
    message = message_in("contact_requested")
    assert message.content["origin"] == "contact_request"
    assert message.content["contacts"][0]["phones"][0]["phone"] == "+1 650-555-1234"


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("event_*.json")), ids=lambda path: path.stem)
def test_what_is_no_message_is_kept_for_the_log_of_the_line(path: Path) -> None:
    name = path.stem.removeprefix("event_")
    value = msgspec.json.decode(path.read_bytes())["entry"][0]["changes"][0]["value"]
    (item,) = parse(path.stem)
    known = "metadata" in value or "recipient" in value
    line = LINE if known else "102290129340398"
    assert item == InboundEvent("whatsapp", line, name, value)


def test_a_status_word_that_meta_invents_tomorrow_is_kept_as_an_event() -> None:
    (item,) = WhatsAppChannel().parse(payloads.webhook(statuses=[payloads.status("w", "warned")]))
    assert isinstance(item, InboundEvent)
    assert item.name == "status warned"


@pytest.mark.parametrize(
    "body",
    [payloads.entries_of(), payloads.webhook_of(), b'{"object":"whatsapp_business_account"}'],
)
def test_a_webhook_without_items_still_leaves_a_trace(body: bytes) -> None:
    (item,) = WhatsAppChannel().parse(body)
    assert isinstance(item, InboundEvent)


def test_every_item_of_every_entry_and_change_comes_in_its_order() -> None:
    texts = [payloads.text_message(str(number), id=f"m{number}") for number in range(4)]
    body = payloads.entries_of(
        {
            "id": "1",
            "changes": [
                payloads.change_of(payloads.value_of(texts[:2], [payloads.status("s0")])),
                payloads.change_of({"x": 1}, "flows"),
            ],
        },
        {"id": "2", "changes": [payloads.change_of(payloads.value_of(texts[2:]))]},
    )
    names = [
        item.name if isinstance(item, InboundEvent) else getattr(item, "provider_message_id", "?")
        for item in WhatsAppChannel().parse(body)
    ]
    assert names == ["m0", "m1", "s0", "flows", "m2", "m3"]


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_every_item_travels_through_a_queue_unchanged(path: Path) -> None:
    items = WhatsAppChannel().parse(path.read_bytes())
    queued = msgspec.json.encode(items)
    assert msgspec.json.decode(queued, type=list[InboundItem]) == items

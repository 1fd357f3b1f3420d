"""Whatever Evolution sends is read, or kept; nothing of it is lost and nothing breaks."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest

from recado.channels.evolution import EvolutionChannel
from recado.channels.evolution.content import read
from recado.channels.messages import (
    EMPTY,
    MESSAGE_TYPES,
    UNASKED,
    Identity,
    InboundEvent,
    InboundItem,
    InboundMessage,
    InboundStatus,
    Unparsable,
)
from recado.errors import UnparsablePayload
from recado.jobs import INBOUND, STATUSES
from tests.support.evolution import PAYLOADS

PHONE = Identity("phone", "5511987654321")
LID = Identity("provider", "103899771998284@lid")
GROUP = Identity("provider", "120363041234567890@g.us")

channel = EvolutionChannel()


def items(name: str) -> list[InboundItem]:
    return channel.parse(PAYLOADS[name].read_bytes())


def message(name: str) -> InboundMessage:
    (item,) = items(name)
    assert isinstance(item, InboundMessage), item
    return item


def parsed(payload: Any) -> list[InboundItem]:
    return channel.parse(msgspec.json.encode(payload))


def upsert(**data: Any) -> dict[str, Any]:
    key = {"remoteJid": "5511987654321@s.whatsapp.net", "fromMe": False, "id": "ID1"}
    found = {"key": key, "message": {"conversation": "hola"}, "messageTimestamp": 1773027345}
    return {"event": "messages.upsert", "instance": "tienda", "data": found | data}


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_recorded_webhook_gives_items_that_can_travel(name: str) -> None:
    found = items(name)
    assert found
    for item in found:
        assert not isinstance(item, Unparsable)
        assert (item.channel, item.line_address) == ("evolution", "tienda")
        queue: Any = STATUSES if isinstance(item, InboundStatus) else INBOUND
        job = queue.job(item.lane, item)
        assert msgspec.json.decode(job.body)["item"] == msgspec.to_builtins(item)["item"]
        if isinstance(item, InboundMessage):
            assert item.type in MESSAGE_TYPES
            assert item.type in channel.capabilities.receives
            assert item.sent_at > 1_700_000_000
            assert item.raw is not None


@pytest.mark.parametrize(
    ("name", "kind", "text", "content"),
    [
        ("text", "text", "Oi, vocês abrem domingo?", {}),
        ("text_upper_case_event", "text", "hola", {}),
        ("ephemeral", "text", "some daqui a pouco", {}),
        ("buttons_response", "interactive", "Sí, confirmo", {"reply": {"id": "si"}}),
        (
            "list_response",
            "interactive",
            "Terça 10h",
            {"reply": {"id": "ter-10", "description": "com a Dra. Lia"}},
        ),
        ("template_button_reply", "button", "Quero", {"reply": {"id": "quero"}}),
        ("native_flow_quick_reply", "interactive", "Falar com alguém", {"reply": {"id": "humano"}}),
        (
            "native_flow_form",
            "interactive",
            "Enviado",
            {"flow": {"name": "flow", "response": {"flow_token": "t1", "people": "4"}}},
        ),
        ("poll_vote", "interactive", "Terça", {"reply": {"id": "Terça", "title": "Terça"}}),
        ("image", "image", "Este modelo", {"media": {"mime_type": "image/jpeg"}}),
        ("view_once", "image", "", {"view_once": True}),
        ("video_round", "video", "", {"media": {"mime_type": "video/mp4"}}),
        ("voice", "audio", "", {"media": {"voice": True, "size_bytes": 48211}}),
        ("document_with_caption", "document", "Segue o contrato", {}),
        ("document", "document", "", {"media": {"filename": "orcamento.pdf"}}),
        ("sticker", "sticker", "", {"media": {"animated": True}}),
        ("location", "location", "", {"location": {"latitude": -23.55, "name": "Sé"}}),
        ("live_location", "location", "a caminho", {"location": {"longitude": -46.63}}),
        ("reaction", "reaction", "❤️", {"reaction": {"message_id": "3EB0PREVIOUS123"}}),
        ("reaction_removed", "reaction", "", {"reaction": {"emoji": ""}}),
        (
            "order",
            "order",
            "Para entregar hoje",
            {"order": {"item_count": 3, "total": 45.5, "currency": "BRL"}},
        ),
        ("edit_in_upsert", "edit", "às 15h", {"edited": {"message_id": "3EB0ORIGINAL"}}),
        ("edit_in_update", "edit", "às 15h", {"edited": {"message_id": "3EB0ORIGINAL"}}),
        ("revoke_in_upsert", "revoke", "", {"revoked": {"message_id": "3EB0ORIGINAL"}}),
        ("revoke_delete", "revoke", "", {"revoked": {"message_id": "3EB0ORIGINAL"}}),
        ("call_offer", "call", "", {"call": {"isVideo": False, "status": "offer"}}),
        ("forwarded", "text", "Repasse", {"context": {"frequently_forwarded": True}}),
        (
            "ad_referral",
            "text",
            "Quero saber mais",
            {"referral": {"ctwa_clid": "ARAkLkA8rmlFeiCktEJQ", "headline": "Promoção"}},
        ),
        ("product", "unknown", "Bolo", {"vendor_type": "productMessage"}),
        (
            "unknown_type",
            "unknown",
            "Aniversário\n2026-03-11 03:33 UTC",
            {"vendor_type": "eventMessage"},
        ),
        ("poll_created", "unknown", "Qual dia?\n- Segunda\n- Terça", {}),
    ],
)
def test_each_type_is_shown_as_on_the_other_channels(
    name: str, kind: str, text: str, content: dict[str, Any]
) -> None:
    found = message(name)
    assert (found.type, found.text) == (kind, text)
    assert holds(found.content, content)


def holds(value: Any, expected: Any) -> bool:
    """Whether `value` has at least what `expected` has."""
    if not isinstance(expected, dict):
        return bool(value == expected)
    return all(name in value and holds(value[name], it) for name, it in expected.items())


def test_contact_cards_have_metas_form() -> None:
    beto, caio = message("contacts_array").content["contacts"]
    assert beto["name"]["formatted_name"] == "Beto Silva"
    assert beto["phones"] == [{"phone": "+55 11 95555-4444", "wa_id": "5511955554444"}]
    assert beto["emails"] == [{"email": "beto@example.com"}]
    assert caio["phones"][0]["type"] == "CELL"


@pytest.mark.parametrize("name", ["reply_quoted", "reply_quoted_beside", "reaction"])
def test_an_answer_says_what_it_answers(name: str) -> None:
    assert message(name).reply_to == "3EB0PREVIOUS123"


@pytest.mark.parametrize(
    ("name", "identities"),
    [
        ("text", (PHONE,)),
        ("text_lid_with_number", (PHONE, LID)),
        ("text_lid_with_sender_pn", (PHONE, LID)),
        ("text_lid_only", (LID,)),
        ("group_text", (GROUP,)),
    ],
)
def test_who_wrote_is_known_by_number_and_by_hidden_id(
    name: str, identities: tuple[Identity, ...]
) -> None:
    assert message(name).sender.identities == identities


def test_in_a_group_the_writer_stands_apart_and_nobody_is_renamed() -> None:
    found = message("group_text")
    assert found.sender.name == ""
    assert found.content["group_id"] == GROUP.value
    assert found.content["participant"] == {
        "identities": [
            {"kind": "phone", "value": PHONE.value},
            {"kind": "provider", "value": LID.value},
        ],
        "name": "Ana",
    }


@pytest.mark.parametrize(
    "name", ["echo_from_the_phone", "edit_by_the_business", "send_message_text"]
)
def test_what_the_business_says_on_its_phone_is_an_echo_to_that_person(name: str) -> None:
    found = message(name)
    assert found.echo
    assert found.sender.identities == (PHONE,)
    assert found.sender.name == ""  # "Você" is not the person's name


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("status_sent", "sent"),
        ("status_delivered", "delivered"),
        ("status_read", "read"),
        ("status_played", "played"),
        ("status_failed", "failed"),
        ("status_number", "read"),
        ("status_from_meta", "delivered"),
        ("send_message_acknowledged", "sent"),
    ],
)
def test_acknowledgements_are_statuses_of_our_messages(name: str, status: str) -> None:
    (item,) = items(name)
    assert isinstance(item, InboundStatus)
    assert (item.status, item.recipient) == (status, PHONE)
    assert (item.error is not None) == (status == "failed")


@pytest.mark.parametrize(
    "name",
    [
        *("connection_open", "qrcode", "contacts_upsert", "chats_update", "presence", "history"),
        *("groups_upsert", "status_post", "newsletter", "group_notice", "sender_key_only"),
        *("status_of_a_received_message", "send_message_buttons", "call_ended"),
        *("poll_vote_encrypted", "upsert_of_our_buttons", "edit_by_the_person_as_they_see_it"),
    ],
)
def test_what_is_no_message_is_kept_for_the_log(name: str) -> None:
    (item,) = items(name)
    assert isinstance(item, InboundEvent)
    assert item.raw


def test_a_status_that_repeats_its_message_is_no_edit() -> None:
    payload = msgspec.json.decode(PAYLOADS["status_read"].read_bytes())
    payload["data"]["message"] = {"conversation": "Abrimos às 9h"}
    (item,) = parsed(payload)
    assert isinstance(item, InboundStatus)


def test_messages_of_a_batch_keep_their_order() -> None:
    texts = [item.text for item in items("text_batch") if isinstance(item, InboundMessage)]
    assert texts == ["uno", "dos"]


def test_the_same_change_reported_twice_is_one() -> None:
    def id_of(name: str) -> str:
        return message(name).provider_message_id

    other = msgspec.json.decode(PAYLOADS["edit_in_update"].read_bytes())
    other["data"]["message"]["editedMessage"]["message"]["conversation"] = "às 16h"
    (later,) = parsed(other)
    assert isinstance(later, InboundMessage)
    assert later.provider_message_id != id_of("edit_in_update")
    deleted = msgspec.json.decode(PAYLOADS["revoke_delete"].read_bytes())
    data = {**deleted["data"], "keyId": deleted["data"]["id"], "id": None}
    (second,) = parsed({"event": "messages.update", "instance": "tienda", "data": data})
    assert isinstance(second, InboundMessage)
    assert second.provider_message_id == id_of("revoke_delete")


@pytest.mark.parametrize(
    "written",
    [1773027345, "1773027345", {"low": 1773027345, "high": 0, "unsigned": True}, 1773027345000],
)
def test_times_are_read_in_every_form(written: Any) -> None:
    (item,) = parsed(upsert(messageTimestamp=written))
    assert isinstance(item, InboundMessage)
    assert item.sent_at == 1773027345


@pytest.mark.parametrize(
    "written", [None, "yesterday", -5, 1e300, True, [1], {"low": "x"}, "9" * 40]
)
def test_a_message_without_a_usable_time_is_of_now(written: Any) -> None:
    (item,) = parsed(upsert(messageTimestamp=written))
    assert isinstance(item, InboundMessage)
    assert item.sent_at > 1_773_027_345


@pytest.mark.parametrize(
    "change",
    [
        {"key": None},
        {"key": {"remoteJid": "5511987654321@s.whatsapp.net", "fromMe": False}},
        {"key": {"id": "X", "fromMe": False}},
        {"key": {"id": "X", "remoteJid": "no address"}},
    ],
)
def test_a_message_of_nobody_is_kept_whole(change: dict[str, Any]) -> None:
    (item,) = parsed(upsert(**change))
    assert isinstance(item, Unparsable)
    assert "hola" in item.raw


def test_a_message_without_its_instance_is_kept_whole() -> None:
    payload = upsert()
    del payload["instance"]
    (item,) = parsed(payload)
    assert isinstance(item, Unparsable)


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense"])
def test_what_is_not_evolutions_is_said_to_be_so(body: bytes) -> None:
    with pytest.raises(UnparsablePayload):
        channel.parse(body)


@pytest.mark.parametrize("body", [b"{}", b'{"data": {}}', b'{"event": [], "data": {}}'])
def test_a_webhook_that_names_no_event_is_kept_whole(body: bytes) -> None:
    (item,) = channel.parse(body)
    assert isinstance(item, Unparsable)
    assert "event" in item.cause
    assert msgspec.json.decode(item.raw) == msgspec.json.decode(body)


def test_the_key_that_proves_a_webhook_is_shown_to_nobody() -> None:
    payloads: list[dict[str, Any]] = [upsert(), {"data": {}}, {**upsert(), "instance": ""}]
    for payload in (*payloads, {**upsert(), "data": 1}):
        for item in parsed({**payload, "apikey": "a secret key"}):
            assert b"a secret key" not in msgspec.json.encode(item)


def test_a_large_file_inside_a_webhook_is_not_carried_along() -> None:
    payload = msgspec.json.decode(PAYLOADS["image_base64"].read_bytes())
    payload["data"]["message"]["base64"] = "A" * 2_000_000
    (item,) = parsed(payload)
    assert isinstance(item, InboundMessage)
    assert "base64" not in item.raw["message"]
    assert message("image_base64").raw["message"]["base64"]


def test_no_damage_to_a_webhook_breaks_its_reading() -> None:
    """Any value of any payload replaced by any other kind of value: items, or a clear refusal."""
    dice = random.Random(7)
    odd: list[Any] = [None, True, -1, 1e300, "", "x", "\ud83d", [], {}, [None], {"a": 1}, "9" * 400]
    for path in PAYLOADS.values():
        for _ in range(60):
            payload = msgspec.json.decode(path.read_bytes())
            _damage(payload, dice, odd)
            try:
                found = channel.parse(_lenient_json(payload))
            except UnparsablePayload:
                continue
            assert found
            for item in found:
                assert item.lane
                msgspec.json.encode(item)


def _damage(value: Any, dice: random.Random, odd: list[Any]) -> None:
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        entries = node.items() if isinstance(node, dict) else enumerate(node)
        for key, inner in entries:
            places.append((node, key))
            if isinstance(inner, dict | list):
                walk(inner)

    walk(value)
    for _ in range(dice.randint(1, 3)):
        node, key = dice.choice(places)
        node[key] = dice.choice(odd)


def _lenient_json(payload: Any) -> bytes:
    return json.dumps(payload).encode()


@pytest.mark.parametrize(
    "message",
    [
        None,
        {},
        {"conversation": ""},
        {"conversation": "  "},
        {"ephemeralMessage": {"message": {}}},
        {"extendedTextMessage": None},
    ],
)
def test_a_message_without_content_waits_for_it_in_any_notation(message: Any) -> None:
    (item,) = parsed(upsert(message=message))
    assert isinstance(item, InboundMessage)
    assert item.content == {UNASKED: EMPTY}


def test_content_that_an_update_brings_is_the_messages() -> None:
    said = upsert() | {"event": "messages.update"}
    (item,) = parsed(said)
    assert isinstance(item, InboundMessage)
    assert (item.provider_message_id, item.text) == ("ID1", "hola")


def test_a_business_without_a_name_of_its_own_has_its_verified_one() -> None:
    (item,) = parsed(upsert(pushName=None, verifiedBizName="Floristería Rosa"))
    assert isinstance(item, InboundMessage)
    assert item.sender.name == "Floristería Rosa"


@pytest.mark.parametrize(
    ("message", "type", "text"),
    [
        ({"associatedChildMessage": {"message": {"imageMessage": {"caption": "c"}}}}, "image", "c"),
        ({"questionMessage": {"message": {"conversation": "¿hay pan?"}}}, "text", "¿hay pan?"),
        (
            {"pollCreationMessageV4": {"message": {"pollCreationMessage": {"name": "Q"}}}},
            "unknown",
            "Q",
        ),
        ({"aWrapperOfTomorrow": {"message": {"conversation": "hola"}}}, "text", "hola"),
        (
            {"sendPaymentMessage": {"noteMessage": {"extendedTextMessage": {"text": "pago"}}}},
            "unknown",
            "pago",
        ),
        ({"invoiceMessage": {"note": "factura"}}, "unknown", "factura"),
        ({"sendPaymentMessage": {"noteMessage": {"conversation": "ahí va"}}}, "unknown", "ahí va"),
        (
            {"requestPaymentMessage": {"amount1000": "20000", "currencyCodeIso4217": "BRL"}},
            "unknown",
            "20 BRL",
        ),
        (
            {"eventMessage": {"name": "Cata", "isCanceled": True, "location": {"name": "Local"}}},
            "unknown",
            "Cata\nLocal\n(canceled)",
        ),
        ({"eventMessage": {"name": "Boda", "startTime": "9" * 18}}, "unknown", "Boda"),
        ({"eventInviteMessage": {"eventTitle": "Cata", "caption": "ven"}}, "unknown", "Cata: ven"),
        (
            {"pollCreationMessageV6": {"name": "Q", "options": [{"optionName": "A"}]}},
            "unknown",
            "Q\n- A",
        ),
        (
            {"pollResultSnapshotMessageV3": {"name": "Q", "pollVotes": [{"optionName": "A"}]}},
            "unknown",
            "Q\n- A: 0",
        ),
        (
            {"pollUpdateMessage": {"vote": {"selectedOptions": [{"optionName": "A"}]}}},
            "interactive",
            "A",
        ),
        ({"pollAddOptionMessage": {"addOption": {"optionName": "Maíz"}}}, "unknown", "Maíz"),
        ({"eventResponseMessage": {"response": "GOING"}}, "unknown", "GOING"),
        ({"albumMessage": {"caption": "la torta"}}, "unknown", "la torta"),
        ({"richResponseMessage": {"submessages": [{"messageText": "hola"}]}}, "unknown", "hola"),
    ],
)
def test_what_stands_in_a_wrapper_is_read_whatever_its_name(
    message: dict[str, object], type: str, text: str
) -> None:
    reading = read(message)
    assert (reading.type, reading.text) == (type, text)

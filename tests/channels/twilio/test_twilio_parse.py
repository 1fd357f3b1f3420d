"""Whatever a person sends through Twilio arrives as what it is, once, or is kept as it came.

The payloads are forms with the fields that Twilio documents (docs/messaging/guides/webhook-request
and …/outbound-message-status-in-status-callbacks), with their documented examples for values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.channels.messages import (
    MESSAGE_TYPES,
    Identity,
    InboundEvent,
    InboundItem,
    InboundMessage,
    InboundStatus,
    Unparsable,
)
from recado.channels.twilio import TwilioChannel
from recado.errors import UnparsablePayload
from tests.support.twilio import ACCOUNT_SID, form_of, message_form, status_form

PAYLOADS = Path(__file__).parent / "payloads"
NAMES = sorted(path.stem for path in PAYLOADS.glob("*.txt"))
SID = "SM" + "0123456789abcdef" * 2
MEDIA = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1"
CALLBACK = "https://recado.example.com/webhooks/twilio"


def channel() -> TwilioChannel:
    return TwilioChannel(clock=lambda: 1_700_000_000.0)


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.txt").read_bytes()


def message(name: str) -> InboundMessage:
    (item,) = channel().parse(payload(name))
    assert isinstance(item, InboundMessage)
    return item


def read(**fields: str) -> InboundMessage:
    (item,) = channel().parse(message_form(**fields))
    assert isinstance(item, InboundMessage)
    return item


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("text", "text", "¿Tienen abierto hoy? 😀"),
        ("text_reply", "text", "Nice"),
        ("image", "image", "el recibo"),
        ("video", "video", ""),
        ("voice", "audio", ""),
        ("document", "document", "factura.pdf"),
        ("sticker", "sticker", ""),
        ("contact", "document", ""),
        ("location", "location", ""),
        ("place", "location", ""),
        ("quick_reply", "interactive", "Konfirmasi"),
        ("template_button", "button", "Sí"),
        ("list_reply", "interactive", "Denver"),
        ("flow", "interactive", ""),
        ("flow_data", "interactive", ""),
        ("referral", "text", "Vi su anuncio"),
        ("unsupported", "unsupported", ""),
        ("order", "unknown", ""),
        ("empty", "unknown", ""),
        ("sms", "text", "hello"),
    ],
)
def test_each_kind_of_message_arrives_as_what_it_is(name: str, kind: str, text: str) -> None:
    item = message(name)
    assert (item.type, item.text) == (kind, text)
    assert item.channel == "twilio"
    assert item.line_address == "14155238886"
    assert item.sent_at == 1_700_000_000.0
    assert item.raw == dict(parse_qsl(payload(name).decode(), keep_blank_values=True))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text", {}),
        (
            "place",
            {
                "location": {
                    "latitude": 37.78789,
                    "longitude": -122.391664,
                    "name": "Twilio HQ",
                    "address": "375 Beale St",
                }
            },
        ),
        ("template_button", {"reply": {"id": "yes-1", "title": "Sí"}}),
        ("list_reply", {"reply": {"id": "DEN", "title": "Denver"}}),
        (
            "flow",
            {"flow": {"name": "flow", "body": "", "response": {"flow_token": "t1", "size": "L"}}},
        ),
        ("flow_data", {"flow": {"name": "flow", "body": "", "response": {"date": "2026-12-01"}}}),
        ("text_reply", {"context": {"from": "14155238886"}}),
        ("text_forwarded", {"context": {"forwarded": True}}),
        ("text_forwarded_often", {"context": {"forwarded": True, "frequently_forwarded": True}}),
        ("order", {"vendor_type": "order"}),
        (
            "quick_reply",
            {
                "reply": {"id": "confirm", "title": "Konfirmasi"},
                "context": {"from": "14155238886"},
            },
        ),
    ],
)
def test_its_details_have_the_shapes_of_every_channel(name: str, content: dict[str, Any]) -> None:
    assert message(name).content == content


def test_a_file_says_where_it_is_and_what_it_is() -> None:
    media = message("voice").content["media"]
    assert media["url"].startswith("https://api.twilio.com/2010-04-01/Accounts/AC")
    assert media["id"].startswith("ME")
    assert (media["mime_type"], media["voice"]) == ("audio/ogg", True)
    document = message("document").content["media"]
    assert (document["filename"], document["mime_type"]) == ("factura.pdf", "application/pdf")


def test_every_file_of_an_mms_arrives_and_a_second_delivery_changes_nothing() -> None:
    items = channel().parse(payload("mms_of_three"))
    messages = [item for item in items if isinstance(item, InboundMessage)]
    first = messages[0].provider_message_id
    assert [m.provider_message_id for m in messages] == [first, f"{first}/1", f"{first}/2"]
    assert [m.text for m in messages] == ["three photos", "", ""]
    assert len({m.content["media"]["url"] for m in messages}) == 3
    assert {m.lane for m in messages} == {messages[0].lane}
    assert channel().parse(payload("mms_of_three")) == items


def test_an_ad_is_known_by_its_click() -> None:
    referral = message("referral").content["referral"]
    assert referral["ctwa_clid"] == "ARAbc123ClickId"
    assert referral["source_type"] == "ad"
    assert referral["headline"] == "20% off"


def test_a_reaction_is_not_answered_as_a_text_though_twilio_documents_none() -> None:
    item = read(Body="👍", MessageType="reaction", OriginalRepliedMessageSid=SID)
    assert item.content["reaction"] == {"message_id": SID, "emoji": "👍"}
    assert (item.type, item.reply_to) == ("reaction", SID)


def test_an_answer_names_the_message_it_answers() -> None:
    assert message("text_reply").reply_to == "MM3c146d6483ab26bddabeeedf9565afea"
    assert message("text").reply_to is None


def test_a_person_is_known_by_user_id_and_number() -> None:
    identities = message("text_with_user_id").sender.identities
    assert identities == (
        Identity("bsuid", "US.13491208655302741918"),
        Identity("phone", "16505551234"),
    )
    assert message("text_with_user_id").sender.name == "Ana"


def test_a_person_who_hides_the_number_still_has_a_name() -> None:
    identities = message("text_of_hidden_number").sender.identities
    assert identities == (Identity("bsuid", "US.13491208655302741918"),)


def test_who_writes_by_sms_is_answered_by_sms() -> None:
    identities = message("sms").sender.identities
    assert identities == (
        Identity("phone", "16505551234"),
        Identity("provider", "sms:+16505551234"),
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("queued", "sent"),
        ("sending", "sent"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("undelivered", "failed"),
        ("failed", "failed"),
    ],
)
def test_each_status_is_understood(name: str, status: str) -> None:
    (item,) = channel().parse(payload(f"status_{name}"), CALLBACK)
    assert isinstance(item, InboundStatus)
    assert (item.status, item.line_address) == (status, "14155238886")
    assert item.provider_message_id == SID
    assert item.recipient == Identity("phone", "16505551234")
    assert item.callback_data is None


def test_our_own_id_comes_back_in_the_callbacks_address() -> None:
    (item,) = channel().parse(payload("status_sent"), f"{CALLBACK}?message=m%2F1&x=2")
    assert isinstance(item, InboundStatus)
    assert item.callback_data == "m/1"


@pytest.mark.parametrize("query", ["", "message=", "message=" + "x" * 300, "message=a%00b", "%"])
def test_an_id_that_is_none_of_ours_is_left_out(query: str) -> None:
    (item,) = channel().parse(payload("status_sent"), f"{CALLBACK}?{query}")
    assert isinstance(item, InboundStatus)
    assert item.callback_data is None


def test_a_failure_says_why_in_plain_words() -> None:
    (item,) = channel().parse(payload("status_failed"))
    assert isinstance(item, InboundStatus)
    assert item.error is not None
    assert item.error.code == 63016
    assert "template" in item.error.title
    assert "outside the allowed window" in item.error.detail
    (item,) = channel().parse(payload("status_undelivered"))
    assert isinstance(item, InboundStatus)
    assert item.error is not None


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (payload("status_partially_delivered"), "status partially_delivered"),
        (payload("debugger_event"), "debugger"),
        (form_of(AccountSid=ACCOUNT_SID), "webhook without a message"),
        (status_form(SID, "sent", From=""), "status sent"),
        (b'{"type": "com.twilio.messaging.x", "data": {}}', "com.twilio.messaging.x"),
        (b'{"a": 1}', "json"),
    ],
)
def test_what_is_neither_message_nor_status_is_kept_for_the_log(body: bytes, name: str) -> None:
    (item,) = channel().parse(body)
    assert isinstance(item, InboundEvent)
    assert item.name == name
    assert item.raw


@pytest.mark.parametrize(
    "fields",
    [{"From": "", "WaId": ""}, {"To": ""}, {"MessageSid": "S" * 300}],
)
def test_what_cannot_be_placed_is_kept_whole(fields: dict[str, str]) -> None:
    body = message_form(**fields)
    (item,) = channel().parse(body)
    assert isinstance(item, Unparsable)
    assert item.raw == body.decode()


@pytest.mark.parametrize("body", [b"", b"hello", b"[1, 2]", b"{", b"a=1&b=2", b"\xff\xfe\x00"])
def test_what_is_not_twilios_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(UnparsablePayload):
        channel().parse(body)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"Latitude": "x", "Longitude": "1"}, "text"),
        ({"Latitude": "nan", "Longitude": "inf"}, "text"),
        ({"Latitude": "1"}, "text"),
        ({"NumMedia": "99999999999999"}, "text"),
        ({"NumMedia": "-1"}, "text"),
        ({"NumMedia": "zwei", "MediaUrl0": MEDIA, "MediaContentType0": "image/png"}, "image"),
        ({"NumMedia": "3", "MediaUrl2": MEDIA}, "document"),
        ({"MessageType": "ephemeral"}, "text"),
        ({"InteractiveData": "{not json"}, "interactive"),
        ({"ButtonText": "Sí"}, "button"),
        ({"MessageType": "reaction"}, "text"),
    ],
)
def test_a_field_that_is_odd_does_not_lose_the_rest(fields: dict[str, str], kind: str) -> None:
    item = read(**fields)
    assert item.type == kind
    assert item.text in ("hola", "Sí")


def test_a_nul_character_reaches_no_store() -> None:
    item = read(Body="a\x00b", ProfileName="x\x00")
    assert (item.text, item.sender.name) == ("a\ufffdb", "x\ufffd")
    assert "\x00" not in msgspec.json.decode(msgspec.json.encode(item.raw))["Body"]


def test_a_repeated_field_is_kept_and_its_first_value_counts() -> None:
    (item,) = channel().parse(message_form() + b"&Body=second")
    assert isinstance(item, InboundMessage)
    assert item.text == "hola"
    assert item.raw["Body"] == ["hola", "second"]


@pytest.mark.parametrize("name", NAMES)
def test_every_item_travels_through_a_queue_unchanged(name: str) -> None:
    items = channel().parse(payload(name), CALLBACK)
    assert items
    queued = msgspec.json.encode(items)
    assert msgspec.json.decode(queued, type=list[InboundItem]) == items
    assert all(item.type in MESSAGE_TYPES for item in items if isinstance(item, InboundMessage))


VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "1", "-1", "true", "{}", "[", "\x00", "whatsapp:", "+", "9" * 400, "nan"]),
)
FIELDS = sorted(
    {
        name
        for path in NAMES
        for name, _ in parse_qsl(payload(path).decode(), keep_blank_values=True)
    }
)


@settings(deadline=None, max_examples=300)
@given(
    name=st.sampled_from(NAMES),
    changed=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5),
    dropped=st.sets(st.sampled_from(FIELDS), max_size=5),
    url=st.one_of(st.just(CALLBACK), st.text(max_size=30)),
)
def test_no_mutation_of_a_payload_raises_or_is_lost(
    name: str, changed: dict[str, str], dropped: set[str], url: str
) -> None:
    form = dict(parse_qsl(payload(name).decode(), keep_blank_values=True))
    form = {key: value for key, value in {**form, **changed}.items() if key not in dropped}
    check_body(urlencode(form, errors="replace").encode(), url)


@settings(deadline=None, max_examples=200)
@given(name=st.sampled_from(NAMES), at=st.integers(0, 600), noise=st.binary(max_size=6))
def test_no_torn_body_raises_or_is_lost(name: str, at: int, noise: bytes) -> None:
    body = payload(name)
    check_body(body[:at] + noise + body[at + 3 :], CALLBACK)
    check_body(body[:at], CALLBACK)


def check_body(body: bytes, url: str) -> None:
    try:
        items = channel().parse(body, url)
    except UnparsablePayload:
        return
    assert items
    for item in items:
        assert item.lane
        assert not any("\x00" in text for text in texts_in(msgspec.to_builtins(item)))
        if isinstance(item, InboundMessage | InboundStatus):
            assert 0 < len(item.provider_message_id) <= 256


def texts_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts_in(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in texts_in(part)]
    return [value] if isinstance(value, str) else []

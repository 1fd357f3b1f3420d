"""What Recado does not know yet, or comes otherwise than documented, shows what it says."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recado.channels.messages import InboundItem, InboundMessage, InboundStatus
from recado.channels.whatsapp.parse import parse
from tests.support.payloads import change_of, message_of, value_of, webhook, webhook_of

PAYLOADS = sorted(Path(__file__).with_name("payloads").glob("*.json"))
SPOILS: tuple[Any, ...] = ("drop", None, "retype", {}, [])
#: Without these nobody can tell whose message it is, or that it is the same one again.
_NEEDED = frozenset({"id", "from", "from_user_id", "to", "to_user_id", "recipient", "user_id"})


def read(type: str, details: Any, **more: Any) -> InboundMessage:
    (item,) = parse(webhook([{**message_of(type, details), **more}]))
    assert isinstance(item, InboundMessage)
    return item


PAYMENT = {
    "reference_id": "ref_1",
    "transaction_id": "txn_1",
    "payment_status": "captured",
    "payer_name": "Ana",
}


@pytest.mark.parametrize(
    ("interactive", "text"),
    [
        (
            {"type": "payment_notification", "payment_notification": PAYMENT},
            (
                "payment notification: reference id ref_1, transaction id txn_1, payment status"
                " captured, payer name Ana"
            ),
        ),
        (
            {"type": "payment_method", "payment_method": {"payment_method": "credit_card"}},
            "payment method: payment method credit_card",
        ),
        ({"type": "product", "body": {"text": "Me gusta"}, "action": {"id": "1"}}, "Me gusta"),
        ({"type": "hologram_reply", "hologram_reply": {"title": "Sí"}}, "Sí"),
        ({"type": "media", "media": {"caption": "no file of ours"}}, "no file of ours"),
        ({"type": "standby", "standby": {"note": "x"}}, "standby: note x"),
        (
            {"type": "list", "header": {"text": "Menú"}, "body": {"text": "Elige"}},
            "Menú\nElige",
        ),
        ({"type": "carousel", "cards": [{"body": {"text": "A"}}, {"body": {"text": "B"}}]}, "A\nB"),
        ({"type": "multi", "multi": {"chosen": [{"title": "Pan"}, {"title": "Té"}]}}, "Pan\nTé"),
        ({"type": "note", "note": "con el portero"}, "note: con el portero"),
        ({"type": "score", "score": 9}, "score: 9"),
        ({"type": "deep", "deep": {"a": {"b": {"c": {"d": {"e": "hola"}}}}}}, "deep: e hola"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_an_interactive_kind_shows_what_it_says(interactive: dict[str, Any], text: str) -> None:
    message = read("interactive", interactive)
    kind = interactive["type"]
    assert (message.type, message.text) == ("interactive", text)
    assert message.content["vendor_type"] == kind
    kept = message.content.get(kind, message.content.get("interactive"))
    assert kept == interactive.get(kind, {k: v for k, v in interactive.items() if k != "type"})
    # A vendor's kind cannot pose as something of ours.
    assert not message.content.keys() & {"standby", "participant", "media"}


@pytest.mark.parametrize(
    ("type", "details", "kind", "media"),
    [
        ("voice", {"id": "M", "mime_type": "audio/ogg; codecs=opus"}, "audio", {"voice": True}),
        ("audio", {"id": "M", "mime_type": "audio/ogg", "voice": True}, "audio", {"voice": True}),
        ("ptt", {"id": "M", "mime_type": "audio/ogg"}, "audio", {"voice": True}),
        ("video_note", {"id": "M", "mime_type": "video/mp4"}, "video", {}),
        ("gif", {"id": "M", "mime_type": "video/mp4", "animated": True}, "video", {}),
        ("live_photo", {"photo": {"id": "M", "mime_type": "image/heic"}}, "image", {}),
        ("animated_sticker", {"id": "M", "mime_type": "image/webp"}, "sticker", {}),
        ("file", {"id": "M", "mime_type": "application/pdf"}, "document", {}),
    ],
)
def test_a_file_of_an_unknown_type_is_a_file(
    type: str, details: dict[str, Any], kind: str, media: dict[str, Any]
) -> None:
    message = read(type, {**details, "caption": "mira"} if "mime_type" in details else details)
    assert message.type == kind
    assert message.content["media"].items() >= {"id": "M", **media}.items()


@pytest.mark.parametrize(
    ("type", "item", "text"),
    [
        ("ephemeral", {"text": {"body": "hola"}}, "hola"),
        ("", {"text": {"body": "hola"}}, "hola"),
        ("poll", {"poll": {"question": {"text": "¿Cuál?"}}}, "¿Cuál?"),
        ("event", {"event": {"name": "Boda", "description": "d"}}, "Boda"),
        ("album", {"album": [{"caption": "una"}, {"caption": "otra"}]}, "una\notra"),
        ("text", {"text": {"body": ["¿a qué", "hora?"]}}, "¿a qué\nhora?"),
        ("unsupported", {"unsupported": {"type": "edited", "text": "son 3"}}, "son 3"),
        ("location", {"location": [4.6, -74.0]}, "location: 4.6, -74.0"),
        ("poll_vote", {"poll_vote": {"chosen": ["Pan", "Café"]}}, "poll vote: chosen Pan, Café"),
        ("button", {"button": {"payload": "CONFIRM"}}, "CONFIRM"),
        ("status", {"status": "en camino"}, "en camino"),
        ("hologram", {"hologram": {"x": [{"y": {"title": "deep"}}]}}, "deep"),
        ("location", {"location": "Calle 1, Bogotá"}, "Calle 1, Bogotá"),
        ("location", {"location": {"name": "Casa", "latitude": None}}, "Casa"),
        ("interactive", {"interactive": "Sí, quiero"}, "Sí, quiero"),
    ],
)
def test_an_unknown_type_shows_its_words(type: str, item: dict[str, Any], text: str) -> None:
    assert read(type, None, **item).text == text


def test_a_place_in_text_is_a_place() -> None:
    message = read("location", {"latitude": "4.6", "longitude": "-74.1", "name": "Casa"})
    assert message.content["location"] == {"latitude": 4.6, "longitude": -74.1, "name": "Casa"}


def test_what_meta_cannot_show_is_kept_with_its_reason() -> None:
    errors = [{"code": 131051, "title": "Message type unknown"}]
    message = read("interactive", None, errors=errors)
    assert message.type == "unsupported"
    assert message.content == {"unsupported": {"type": "interactive"}, "errors": errors}


@pytest.mark.parametrize("contacts", [[], None, {}, "Ana", [None], [{"profile": None}]])
def test_the_contacts_beside_a_message_may_be_anything(contacts: Any) -> None:
    value = value_of([message_of("text", {"body": "hola"})]) | {"contacts": contacts}
    (item,) = parse(webhook_of(change_of(value)))
    assert isinstance(item, InboundMessage)
    assert (item.text, item.sender.name) == ("hola", "")


def test_a_message_of_cards_without_a_card_is_kept() -> None:
    assert read("contacts", []).type == "contacts"


def spoilt_bodies() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every recorded webhook with one detail of one item dropped, null or of another type."""
    for path in PAYLOADS:
        body = json.loads(path.read_text())
        value = body["entry"][0]["changes"][0]["value"]
        for name in ("messages", "statuses"):
            for at, item in enumerate(value.get(name) or []):
                for key in item.keys() - _NEEDED:
                    for spoil in SPOILS:
                        yield path.stem, _spoilt(body, name, at, key, spoil), f"{key} {spoil}"


def _spoilt(body: dict[str, Any], name: str, at: int, key: str, spoil: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    item = changed["entry"][0]["changes"][0]["value"][name][at]
    if spoil == "drop":
        del item[key]
    elif spoil == "retype":
        given = item[key]
        item[key] = int(given) if isinstance(given, str) and given.isdigit() else str(given)
    else:
        item[key] = spoil
    return changed


def words(items: list[InboundItem]) -> list[str]:
    return [item.text for item in items if isinstance(item, InboundMessage) and item.text]


def test_no_detail_of_a_recorded_webhook_costs_its_words() -> None:
    seen = 0
    for stem, body, what in spoilt_bodies():
        if body["entry"][0]["changes"][0]["field"] != "messages":
            continue
        before = parse((Path(__file__).with_name("payloads") / f"{stem}.json").read_bytes())
        items = parse(json.dumps(body).encode())
        seen += 1
        for old, new in zip(before, items, strict=True):
            if isinstance(old, InboundStatus):
                continue
            key = what.split(" ")[0]
            if not isinstance(old, InboundMessage) or key in (old.raw["type"], "errors"):
                continue  # the very part that has the words
            assert isinstance(new, InboundMessage), (stem, what)
            assert new.text == old.text, (stem, what)
    assert seen > 400

"""What a phone can say, as the types and contents that every channel's `parse` gives.

    text                  text
    image, video, audio,
    document, sticker     media: {media_id, mime_type, filename, voice}; the text is the caption
    location              latitude, longitude, name, address
    contacts              contacts: [{name, phone}]
    tap, button           id, title: of a message to tap, of a template's quick reply
    flow                  name, response (any object)
    permit                response: accept or reject, to whether the business may call
    order                 catalog_id, text, items: [{product_retailer_id, quantity, item_price,
                          currency}]
    reaction              emoji ("" takes it back); `reply_to` names the message
    edit, revoke          the new text; `reply_to` names the person's own message

The limits are WhatsApp's where it has some, so that nothing is tried out here that a phone could
not send: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from recado.errors import Unprocessable

Details = dict[str, Any]
MAX_TEXT = 4096
MAX_CAPTION = 1024


class Said(msgspec.Struct, frozen=True):
    """A message of a phone, before it has an id and a time."""

    type: str
    text: str = ""
    content: Details = {}
    reply_to: str | None = None


def say(kind: str, text: str, details: Details, reply_to: str | None = None) -> Said:
    """The message of that kind. Raises Unprocessable: no such kind, or it lacks something."""
    reader = READERS.get(kind)
    if reader is None:
        raise Unprocessable(f"A phone has no messages of the kind {kind[:40]!r}.")
    said = reader(kind, text.strip(), details)
    if kind in _ABOUT_ANOTHER and not reply_to:
        raise Unprocessable("Say which message it is about: `reply_to` is that message's id.")
    if kind == "reaction":
        said.content["reaction"]["message_id"] = reply_to
    elif kind == "edit":
        said.content["edited"]["message_id"] = reply_to
    elif kind == "revoke":
        said.content["revoked"]["message_id"] = reply_to
    return msgspec.structs.replace(said, reply_to=reply_to)


_ABOUT_ANOTHER = frozenset({"reaction", "edit", "revoke"})


def _text(kind: str, text: str, details: Details) -> Said:
    return Said("text", _within(MAX_TEXT, text, "The text"))


def _media(kind: str, text: str, details: Details) -> Said:
    media = details.get("media")
    if not isinstance(media, dict) or not media.get("media_id"):
        raise Unprocessable("Choose a file to send.")
    if text and kind in {"audio", "sticker"}:
        raise Unprocessable("A phone sends no caption with this kind of file.")
    if len(text) > MAX_CAPTION:
        raise Unprocessable(f"The caption has {len(text)} characters; WhatsApp takes {MAX_CAPTION}")
    return Said(kind, text, {"media": media | ({"caption": text} if text else {})})


def _location(kind: str, text: str, details: Details) -> Said:
    try:
        latitude, longitude = float(details["latitude"]), float(details["longitude"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unprocessable("A location needs a latitude and a longitude, as numbers.") from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Unprocessable("The latitude is within ±90, the longitude within ±180.")
    place: Details = {"latitude": latitude, "longitude": longitude}
    for key in ("name", "address"):
        if details.get(key):
            place[key] = _within(1000, details[key], f"The {key}")
    return Said("location", "", {"location": place})


def _contacts(kind: str, text: str, details: Details) -> Said:
    given = details.get("contacts")
    cards = [_card(card) for card in given] if isinstance(given, list) else []
    if not 1 <= len(cards) <= 50:
        raise Unprocessable("Choose 1 to 50 contacts.")
    return Said("contacts", "", {"contacts": cards})


def _card(card: Any) -> Details:
    given = card if isinstance(card, dict) else {}
    name = _within(200, given.get("name"), "The contact's name")
    digits = "".join(c for c in str(given.get("phone") or "") if c.isdigit())
    if not 5 <= len(digits) <= 15:
        raise Unprocessable("The contact's number has 5 to 15 digits.")
    return {
        "name": {"formatted_name": name, "first_name": name.split()[0]},
        "phones": [{"phone": f"+{digits}", "wa_id": digits, "type": "CELL"}],
    }


def _tap(kind: str, text: str, details: Details) -> Said:
    title = _within(MAX_TEXT, details.get("title") or text, "The title")
    reply = {"id": _within(256, details.get("id"), "The button's id"), "title": title}
    if details.get("description"):
        reply["description"] = _within(72, details["description"], "The description")
    return Said("button" if kind == "button" else "interactive", title, {"reply": reply})


def _flow(kind: str, text: str, details: Details) -> Said:
    response = details.get("response")
    if not isinstance(response, dict):
        raise Unprocessable('A form\'s answers are a JSON object, such as {"name": "Ana"}.')
    name = str(details.get("name") or "flow")[:100]
    return Said(
        "interactive", "Sent", {"flow": {"name": name, "body": "Sent", "response": response}}
    )


def _permit(kind: str, text: str, details: Details) -> Said:
    if details.get("response") not in {"accept", "reject"}:
        raise Unprocessable("One accepts calls or rejects them.")
    permission = {"response": details["response"], "response_source": "user_action"}
    return Said("interactive", "", {"call_permission": permission})


def _order(kind: str, text: str, details: Details) -> Said:
    given = details.get("items")
    items = [_order_line(item) for item in given] if isinstance(given, list) else []
    if not 1 <= len(items) <= 100:
        raise Unprocessable("An order has 1 to 100 products.")
    note = text[:MAX_CAPTION]
    catalog_id = str(details.get("catalog_id") or "")[:256]
    return Said("order", note, {"order": {"catalog_id": catalog_id, "text": note, "items": items}})


def _order_line(item: Any) -> Details:
    given = item if isinstance(item, dict) else {}
    try:
        quantity, price = int(given.get("quantity", 1)), float(given.get("item_price", 0))
    except (TypeError, ValueError) as error:
        raise Unprocessable("A product's quantity and price are numbers.") from error
    if not (1 <= quantity <= 999 and 0 <= price <= 1e9):
        raise Unprocessable("One orders 1 to 999 of a product, at a price of 0 or more.")
    return {
        "product_retailer_id": _within(256, given.get("product_retailer_id"), "The product's id"),
        "quantity": quantity,
        "item_price": price,
        "currency": str(given.get("currency") or "USD")[:3].upper(),
    }


def _reaction(kind: str, text: str, details: Details) -> Said:
    emoji = str(details.get("emoji") or "").strip()
    if len(emoji) > 16 or any(c.isascii() and c.isalpha() for c in emoji):
        raise Unprocessable("A reaction is one emoji.")
    return Said("reaction", emoji, {"reaction": {"emoji": emoji}})


def _edit(kind: str, text: str, details: Details) -> Said:
    return Said("edit", _within(MAX_TEXT, text, "The text"), {"edited": {"type": "text"}})


def _revoke(kind: str, text: str, details: Details) -> Said:
    return Said("revoke", "", {"revoked": {}})


def _within(most: int, text: Any, what: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise Unprocessable(f"{what} is empty.")
    if len(text) > most:
        raise Unprocessable(f"{what} has {len(text)} characters; WhatsApp takes {most}.")
    return text.strip()


READERS: dict[str, Callable[[str, str, Details], Said]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "document": _media,
    "sticker": _media,
    "location": _location,
    "contacts": _contacts,
    "tap": _tap,
    "button": _tap,
    "flow": _flow,
    "permit": _permit,
    "order": _order,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
}

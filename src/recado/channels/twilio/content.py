"""What a message says: its text for a reader, and its details in the WhatsApp adapter's shapes.

What Twilio does not hand on (the cards of a shared contact, the items of an order) cannot be
shown: a contact comes as its vCard file, an order as `unknown`. Source of the fields:
www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import math
import re
from typing import Any

from recado.channels.twilio.addresses import person
from recado.channels.twilio.form import Fields
from recado.channels.whatsapp.decode import load_value

Content = dict[str, Any]
Reading = tuple[str, str, Content]

#: Ten in an MMS, one in a WhatsApp message; more is not Twilio.
MOST_MEDIA = 100
_FILE_NAME = re.compile(r"[^\n/\\]{1,200}\.[A-Za-z0-9]{1,5}")
_REFERRAL = {
    "source_url": "ReferralSourceUrl",
    "source_id": "ReferralSourceId",
    "source_type": "ReferralSourceType",
    "headline": "ReferralHeadline",
    "body": "ReferralBody",
    "media_id": "ReferralMediaId",
    "media_type": "ReferralMediaContentType",
    "media_url": "ReferralMediaUrl",
    "ctwa_clid": "ReferralCtwaClid",
}


def read(fields: Fields) -> list[Reading]:
    """Type, text and content of each message in the webhook: one, or one for each file."""
    text = fields.get("Body", "")
    readings = _files(fields, text) or [_single(fields, text)]
    readings[0][2].update(_surroundings(fields))
    return readings


def _single(fields: Fields, text: str) -> Reading:
    for reader in (_flow, _list_reply, _button, _location, _reaction):
        found = reader(fields, text)
        if found:
            return found
    vendor_type = fields.first("MessageType").lower()[:100]
    if vendor_type == "unsupported":
        return "unsupported", text, {"unsupported": {}}
    if text and vendor_type not in {"order", "system"}:
        known = vendor_type in {"", "text"}
        return "text", text, {} if known else {"vendor_type": vendor_type}
    return "unknown", text, {"vendor_type": vendor_type or "empty"}


def _flow(fields: Fields, text: str) -> Reading | None:
    given = fields.first("FlowData", "InteractiveData")
    if not given or fields.first("ListId", "ButtonPayload"):
        return None
    response = load_value(given)
    if isinstance(response, dict) and isinstance(response.get("flowResponse"), dict):
        response = response["flowResponse"]
    return "interactive", text, {"flow": {"name": "flow", "body": text, "response": response}}


def _list_reply(fields: Fields, text: str) -> Reading | None:
    row = fields.first("ListId")
    if not row:
        return None
    title = fields.first("ListTitle") or text
    reply = {"id": row, "title": title}
    if fields.first("ListDescription"):
        reply["description"] = fields.first("ListDescription")
    return "interactive", title, {"reply": reply}


def _button(fields: Fields, text: str) -> Reading | None:
    """A quick reply: `interactive` in a conversation, `button` under a template."""
    title = fields.first("ButtonText") or text
    payload = fields.first("ButtonPayload") or fields.first("ButtonText")
    if not payload:
        return None
    kind = "interactive" if fields.first("MessageType") == "interactive" else "button"
    return kind, title, {"reply": {"id": payload, "title": title}}


def _location(fields: Fields, text: str) -> Reading | None:
    latitude, longitude = _number(fields.first("Latitude")), _number(fields.first("Longitude"))
    if latitude is None or longitude is None:
        return None
    place: Content = {"latitude": latitude, "longitude": longitude}
    for key, name in (("name", "Label"), ("address", "Address")):
        if fields.first(name):
            place[key] = fields.first(name)
    return "location", text, {"location": place}


def _reaction(fields: Fields, text: str) -> Reading | None:
    """Twilio does not document reactions. Should one come, it must not be answered as a text."""
    target = fields.first("OriginalRepliedMessageSid")
    if fields.first("MessageType").lower() != "reaction" or not target:
        return None
    return "reaction", text, {"reaction": {"message_id": target, "emoji": text}}


def _files(fields: Fields, text: str) -> list[Reading]:
    """Each file as a message of its own; the first one has the text."""
    readings: list[Reading] = []
    for index in range(MOST_MEDIA):
        url = fields.first(f"MediaUrl{index}")
        if not url and index >= _count(fields.first("NumMedia")):
            break
        if url:
            mime_type = fields.first(f"MediaContentType{index}").lower()
            caption = "" if readings else text
            readings.append(_file(fields, url, mime_type, caption))
    return readings


def _file(fields: Fields, url: str, mime_type: str, caption: str) -> Reading:
    kind = _kind(fields.first("MessageType").lower(), mime_type)
    media: Content = {
        "id": url.partition("?")[0].rstrip("/").rpartition("/")[2][:256],
        "url": url,
        "mime_type": mime_type,
        "caption": caption,
        # WhatsApp's voice notes are Ogg Opus.
        "voice": kind == "audio" and mime_type.startswith("audio/ogg"),
        # Of a document, the text is its name unless the person has written a caption.
        "filename": caption if kind == "document" and _FILE_NAME.fullmatch(caption) else "",
    }
    return kind, caption, {"media": {key: value for key, value in media.items() if value}}


def _kind(vendor_type: str, mime_type: str) -> str:
    if vendor_type in {"image", "video", "audio", "document", "sticker"}:
        return vendor_type
    family = mime_type.partition("/")[0]
    return family if family in {"image", "video", "audio"} else "document"


def _surroundings(fields: Fields) -> Content:
    found: Content = {}
    writer = person(fields.first("OriginalRepliedMessageSender"))
    often = fields.first("FrequentlyForwarded").lower() == "true"
    around = {
        "from": writer.value if writer else "",
        "forwarded": often or fields.first("Forwarded").lower() == "true",
        "frequently_forwarded": often,
    }
    around = {key: value for key, value in around.items() if value}
    if around:
        found["context"] = around
    referral = {key: fields.first(name) for key, name in _REFERRAL.items() if fields.first(name)}
    if referral:
        found["referral"] = referral
    return found


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

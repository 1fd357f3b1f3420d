"""An outgoing message as the form of POST …/Accounts/{sid}/Messages.json.

`content` as the WhatsApp adapter documents it (channels/whatsapp/send.py). Buttons, lists and links
go as contents of the Content API (rich.py), templates too (templates.py). Twilio fetches files
itself, so they need a link that opens from outside.
Source: www.twilio.com/docs/messaging/api/message-resource and
www.twilio.com/docs/whatsapp/tutorial/send-and-receive-media-messages-whatsapp-twilio
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from recado.channels.messages import OutboundMessage
from recado.channels.whatsapp.limits import placed, required, within
from recado.errors import SendRejected

Form = dict[str, str]

TEXT_LIMIT = 1600
#: WhatsApp's limit at Twilio, of a file of any kind.
MOST_BYTES = 16 * 1024 * 1024
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_CAPTIONED = ("image", "video", "document")


def build(message: OutboundMessage) -> Form:
    """The fields that say what the message is; who and where come with them later.

    Raises SendRejected: a type that Twilio does not have, or one of its limits is broken.
    """
    builder = BUILDERS.get(message.type)
    if builder is None:
        raise SendRejected(f"Twilio has no messages of type {message.type}: send a text instead")
    return builder(message)


def text_within(text: Any, what: str = "The text") -> str:
    if isinstance(text, str) and len(text) > TEXT_LIMIT:
        raise SendRejected(f"{what} has {len(text)} characters; Twilio allows {TEXT_LIMIT}")
    if not isinstance(text, str) or not text.strip():
        raise SendRejected(f"{what} is empty; WhatsApp needs at least one character")
    return text


def _text(message: OutboundMessage) -> Form:
    return {"Body": text_within(message.text)}


def _media(message: OutboundMessage) -> Form:
    form = {"MediaUrl": link_of(message)}
    given = message.content.get("media")
    caption = message.text or (given.get("caption") if isinstance(given, dict) else "") or ""
    if caption and message.type not in _CAPTIONED:
        raise SendRejected(f"WhatsApp shows no caption with {message.type}: send a text apart")
    if caption:
        form["Body"] = text_within(caption, "The caption")
    return form


def link_of(message: OutboundMessage) -> str:
    """The link under which Twilio fetches the message's file.

    Raises SendRejected: there is none, or the file is too large.
    """
    file = message.file
    if file is not None:
        if file.size_bytes > MOST_BYTES:
            raise SendRejected("The file is larger than the 16 MB that Twilio takes")
        if not file.url:
            raise SendRejected(
                "Twilio fetches files itself and cannot reach this Recado: set RECADO_PUBLIC_URL "
                "to the address under which it is reached from outside"
            )
        return file.url
    given = required(message.content, "media", dict)
    return public_link(given.get("link") or given.get("url"), "The file's link")


def public_link(link: Any, what: str) -> str:
    if not isinstance(link, str) or not _LINK.fullmatch(link):
        raise SendRejected(
            f"{what} must start with http:// or https:// (Twilio takes no media ids)"
        )
    return within("file link", link)


def _location(message: OutboundMessage) -> Form:
    """Source: www.twilio.com/docs/whatsapp/api#location-messages-with-whatsapp"""
    given = required(message.content, "location", dict)
    latitude, longitude = placed(given)
    name, address = str(given.get("name") or ""), str(given.get("address") or "")
    label = address or name or message.text
    return {
        "Body": text_within(message.text or name or address or f"{latitude}, {longitude}"),
        "PersistentAction": f"geo:{latitude},{longitude}" + (f"|{label[:1000]}" if label else ""),
    }


BUILDERS: dict[str, Callable[[OutboundMessage], Form]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "document": _media,
    "location": _location,
}

"""An outgoing message as the body of POST /{version}/{phone-number-id}/messages.

`content` by type (`text` is the body or the caption; lists that Meta limits are checked here):

    text                  preview_url (default: whether the text has a link); direct_send, as
                          buttons may have it (direct.py)
    image, video, audio,
    document, sticker     media: {id or link (or url), filename (document), voice (audio)}
    location              location: {latitude, longitude, name, address}
    contacts              contacts: [Meta's contact cards]
    reaction              reaction: {message_id, emoji ("" takes it back)}
    interactive           interactive: see interactive.py
    template              template: {name, language, components (as Meta defines them), marketing
                          (direct.py)}

Source: developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
and, for people without a phone number, …/whatsapp/business-scoped-user-ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from recado.channels.emoji import is_one_emoji
from recado.channels.links import name_in
from recado.channels.messages import OutboundMessage, Recipient
from recado.channels.whatsapp.direct import direct_send, marketing
from recado.channels.whatsapp.interactive import interactive
from recado.channels.whatsapp.limits import at_most, linked, placed, required, within
from recado.errors import SendRejected

Body = dict[str, Any]

_LINK = re.compile(r"https?://\S", re.IGNORECASE)
_WORDLESS = ("location", "contacts")
_CAPTIONED = ("image", "video", "document")


def build(message: OutboundMessage) -> Body:
    """The request body. The same message always gives the same body.

    Raises SendRejected: a type WhatsApp does not have, or one of its limits is broken.
    """
    builder = BUILDERS.get(message.type)
    if builder is None:
        raise SendRejected(f"WhatsApp has no messages of type {message.type}")
    body: Body = {"messaging_product": "whatsapp", **_recipient(message.to), "type": message.type}
    if message.reply_to and message.type != "reaction":
        body["context"] = {"message_id": message.reply_to}
    # Comes back in every status: how an unknown fate is settled.
    body["biz_opaque_callback_data"] = within("message id", message.id)
    if message.type in _WORDLESS and message.text.strip():
        raise SendRejected(f"WhatsApp shows no text with {message.type}: send it apart (text)")
    body[message.type] = builder(message)
    if message.content.get("direct_send") is not None:
        body |= direct_send(message)
    if message.type == "template":
        body |= marketing(message) or {}
    return body


def _recipient(to: Recipient) -> Body:
    """The phone number where it is known: Meta keeps showing numbers that one writes to."""
    if phone := to.of("phone"):
        return {"recipient_type": "individual", "to": phone}
    if user_id := to.of("bsuid"):
        return {"recipient_type": "individual", "recipient": user_id}
    if group_id := to.of("provider"):
        return {"recipient_type": "group", "to": group_id}
    raise SendRejected("The person has neither a phone number nor a WhatsApp user id")


def _text(message: OutboundMessage) -> Body:
    text = within("text", message.text)
    has_link = "://" in text and _LINK.search(text) is not None
    preview = message.content.get("preview_url", has_link)
    return {"body": text, "preview_url": bool(preview)}


def _media(message: OutboundMessage) -> Body:
    given = required(message.content, "media", dict)
    link = given.get("link") or given.get("url")
    media: Body
    if given.get("id"):
        media = {"id": str(given["id"])}
    elif link:
        media = {"link": linked("file link", link)}
    else:
        raise SendRejected("The file needs an id of the media API or a link")
    caption = message.text or given.get("caption") or ""
    if caption and message.type not in _CAPTIONED:
        raise SendRejected(f"WhatsApp shows no caption with {message.type}: send a text apart")
    if caption:
        media["caption"] = within("caption", caption)
    if message.type == "document" and (name := given.get("filename") or name_in(link)):
        media["filename"] = within("file name", name)
    if message.type == "audio" and given.get("voice"):
        media["voice"] = True
    return media


def _location(message: OutboundMessage) -> Body:
    given = required(message.content, "location", dict)
    latitude, longitude = placed(given)
    place: Body = {"latitude": str(latitude), "longitude": str(longitude)}
    for key in ("name", "address"):
        if given.get(key):
            place[key] = within(f"location {key}", given[key])
    return place


def _contacts(message: OutboundMessage) -> list[Any]:
    cards = at_most("contacts", required(message.content, "contacts", list))
    for card in cards:
        name = card.get("name") if isinstance(card, dict) else None
        if name and not _is_day(card.get("birthday")):
            raise SendRejected("A birthday is a day such as 1990-12-31 (contacts[].birthday)")
        if not isinstance(name, dict) or not name.get("formatted_name"):
            raise SendRejected("Each contact needs a name with its formatted_name")
    return cards


def _is_day(value: Any) -> bool:
    try:
        return value is None or (
            len(value) == len("1990-12-31") and bool(date.fromisoformat(value))
        )
    except (TypeError, ValueError):
        return False


def _reaction(message: OutboundMessage) -> Body:
    given = required(message.content, "reaction", dict)
    target = given.get("message_id") or message.reply_to
    if not target:
        raise SendRejected("A reaction needs the id of the message that it is for")
    emoji = given.get("emoji") or message.text
    if given.get("emoji") and message.text.strip() not in ("", emoji):
        raise SendRejected("A reaction has no text beside its emoji (text)")
    if emoji and not is_one_emoji(emoji):
        raise SendRejected("A reaction is one emoji, not words or several (reaction.emoji)")
    return {"message_id": target, "emoji": emoji}


def _template(message: OutboundMessage) -> Body:
    given = required(message.content, "template", dict)
    language = given.get("language")
    code = language.get("code") if isinstance(language, dict) else language
    if not code:
        raise SendRejected("A template needs its language, such as es_MX")
    template: Body = {
        "name": within("template name", given.get("name") or ""),
        "language": {"policy": "deterministic", "code": code},
    }
    if given.get("components"):
        template["components"] = given["components"]
    return template


BUILDERS: dict[str, Callable[[OutboundMessage], Any]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "document": _media,
    "sticker": _media,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": interactive,
    "template": _template,
}

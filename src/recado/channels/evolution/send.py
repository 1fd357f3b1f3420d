"""An outgoing message as Evolution's request: the action and its body.

`content` is as in channels/whatsapp/send.py and interactive.py; what an instance's integration
does not have is refused here with what to do instead.

Source: doc.evolution-api.com/v2/api-reference/message-controller and
github.com/EvolutionAPI/evolution-api, src/validate/message.schema.ts
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from typing import Any

from recado.channels.evolution.addresses import jid_of, number_of
from recado.channels.evolution.interactive import interactive
from recado.channels.evolution.lenient import Json, filled, obj, text
from recado.channels.evolution.requests import BUSINESS, Context, Request, link_of, refuse_on
from recado.channels.links import name_in
from recado.channels.messages import OutboundMessage
from recado.channels.mime import bare
from recado.channels.whatsapp.limits import at_most, required, within
from recado.errors import SendRejected

_CAPTIONED = ("image", "video", "document")


def needs_integration(message: OutboundMessage) -> bool:
    """Whether it matters what the instance stands on."""
    return message.type in ("template", "interactive", "sticker")


def build(message: OutboundMessage, context: Context) -> Request:
    """The request for a message. Raises SendRejected: not possible here, or a limit is broken."""
    builder = BUILDERS.get(message.type)
    if builder is None:
        raise SendRejected(f"Evolution API has no messages of type {message.type}")
    to = number_of(message.to)
    if not to:
        raise SendRejected("The person has no phone number and no other address on WhatsApp")
    request = builder(message, context)
    if request.action == "sendReaction":
        return request
    request.body = {"number": to, **request.body}
    if message.reply_to:
        request.body["quoted"] = {"key": {"id": message.reply_to}}
    return request


def _text(message: OutboundMessage, context: Context) -> Request:
    body = {"text": within("text", message.text)}
    preview = message.content.get("preview_url", True) is not False
    return Request("sendText", body | {"linkPreview": preview})


def _media(message: OutboundMessage, context: Context) -> Request:
    given = obj(message.content.get("media"))
    source = context.file or link_of(given)
    caption = message.text or text(given.get("caption"))
    if caption and message.type not in _CAPTIONED:
        raise SendRejected(f"WhatsApp shows no caption with {message.type}: send a text apart")
    if message.type == "audio" and given.get("voice"):
        return Request("sendWhatsAppAudio", {"audio": source})
    mime_type = bare(message.file.mime_type if message.file else text(given.get("mime_type")))
    body = {"mediatype": message.type, "media": source}
    body |= filled(mimetype=mime_type, fileName=_name(message, given, source, mime_type))
    if caption:
        body["caption"] = within("caption", caption)
    return Request("sendMedia", body)


def _name(message: OutboundMessage, media: Json, source: str, mime_type: str) -> str:
    """The file's name with its ending, from which Evolution takes the type of the file; it fails
    on a document without a name."""
    name = message.file.filename if message.file else text(media.get("filename"))
    if not name and source.startswith(("http://", "https://")):
        name = name_in(source)
    if not name and message.type != "document":
        return ""
    if not mimetypes.guess_type(name)[0]:
        name = f"{name or 'document'}{mimetypes.guess_extension(mime_type) or ''}"
    return within("file name", name)


def _sticker(message: OutboundMessage, context: Context) -> Request:
    refuse_on(BUSINESS, context, "stickers")
    source = context.file or link_of(obj(message.content.get("media")))
    return Request("sendSticker", {"sticker": source})


def _location(message: OutboundMessage, context: Context) -> Request:
    given = required(message.content, "location", dict)
    latitude, longitude = _degrees(given, "latitude", 90), _degrees(given, "longitude", 180)
    named = {key: text(given.get(key))[:1000] for key in ("name", "address")}
    return Request("sendLocation", {"latitude": latitude, "longitude": longitude, **named})


def _degrees(place: Json, key: str, most: int) -> float:
    try:
        value = float(place.get(key, ""))
    except (TypeError, ValueError):
        value = float("nan")
    if not -most <= value <= most:
        raise SendRejected(f"A location needs a {key} between -{most} and {most}")
    return value


def _contacts(message: OutboundMessage, context: Context) -> Request:
    cards = at_most("contacts", required(message.content, "contacts", list))
    return Request("sendContact", {"contact": [_card(obj(card)) for card in cards]})


def _card(card: Json) -> Json:
    phone = _first(card, "phones")
    name, written = text(obj(card.get("name")).get("formatted_name")), text(phone.get("phone"))
    if not name or len(written) < 10:
        raise SendRejected(
            "Each contact needs a name with its formatted_name, and a phone number with its"
            " country code"
        )
    digits = "".join(filter(str.isdigit, text(phone.get("wa_id")) or written))
    return {"fullName": name, "wuid": digits, "phoneNumber": written} | filled(
        organization=text(obj(card.get("org")).get("company")),
        email=text(_first(card, "emails").get("email")),
        url=text(_first(card, "urls").get("url")),
    )


def _first(card: Json, key: str) -> Json:
    found = card.get(key)
    return obj(found[0]) if isinstance(found, list) and found else {}


def _reaction(message: OutboundMessage, context: Context) -> Request:
    given = required(message.content, "reaction", dict)
    target = text(given.get("message_id")) or message.reply_to
    if not target:
        raise SendRejected("A reaction needs the id of the message that it is for")
    key = {"remoteJid": jid_of(message.to), "fromMe": given.get("from_me") is True, "id": target}
    emoji = given.get("emoji", message.text)
    return Request("sendReaction", {"key": key, "reaction": text(emoji)})


def _template(message: OutboundMessage, context: Context) -> Request:
    if context.integration != BUSINESS:
        raise SendRejected(
            "Message templates exist only on Meta's Cloud API: this instance is a linked phone"
            f" ({context.integration or 'unknown'}), where any text may be sent at any time. Send"
            " a text, or use a WhatsApp line."
        )
    given = required(message.content, "template", dict)
    language = given.get("language")
    code = obj(language).get("code") or language
    if not isinstance(code, str) or not code:
        raise SendRejected("A template needs its language, such as es_MX")
    name = within("template name", given.get("name") or "")
    parts: list[Any] = given.get("components") or []
    return Request("sendTemplate", {"name": name, "language": code, "components": parts})


Builder = Callable[[OutboundMessage, Context], Request]
BUILDERS: dict[str, Builder] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "document": _media,
    "sticker": _sticker,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": interactive,
    "template": _template,
}

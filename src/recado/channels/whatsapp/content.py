"""What a message says: its text for a reader, and its normalised details.

`text` is what a person would read: the body, the caption, the tapped title, the emoji, the
sentence of a system message; "" where there is nothing to read. `content` by type (keys are left
out where Meta leaves them out):

    image, video, audio,
    sticker, document     media: {id, mime_type, sha256, url, caption, filename, voice, animated}
    location              location: {latitude, longitude, name, address, url}
    contacts              contacts: [Meta's contact cards]
    interactive (a tap)   reply: {id, title, description}
    interactive (a flow)  flow: {name, body, response (the decoded answers)}
    interactive (calls)   call_permission: as sent
    interactive (other)   vendor_type, and under that name the object as sent (a payment …)
    button (template's)   reply: {id (the button's payload), title}
    order                 order: {catalog_id, text, items: [{product_retailer_id, quantity,
                          item_price, currency}]}
    reaction              reaction: {message_id, emoji ("" takes it back)}
    edit                  edited: {message_id, type}, and what that type has
    revoke                revoked: {message_id}
    system                system: {type}, identities: [{kind, value}] (the person's new ones)
    unsupported           unsupported: as sent
    unknown               vendor_type

`named` says that the text is a thing's name or our description of it.

Any type may have `context` (`from`, `forwarded`, `frequently_forwarded`, `referred_product`),
`referral` (the ad that led here, as sent), `group_id` with `participant` ({name, identities}: who
wrote in the group), `errors` and `origin` (as sent), `standby` (another app has the conversation)
and `said_by` ("other app", for an echo of one). `call` is made in calls.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from recado.channels.messages import NAMED
from recado.channels.whatsapp import identities
from recado.channels.whatsapp.decode import LONGEST_ID, convert, load_value
from recado.channels.whatsapp.payload import Media, Message, Reply, Unreadable
from recado.channels.whatsapp.words import (
    described,
    file_of,
    has_words,
    words_in,
    words_of,
    words_on_cards,
)

Content = dict[str, Any]
Reading = tuple[str, Content]

#: Meta's type → ours, where they differ.
_TYPES = {"deleted": "revoke", "request_welcome": "system"}
#: What is described in our words where it cannot be read.
_THINGS = frozenset({"location", "contacts", "order"})
#: What an interactive message has under a name of our own.
_KNOWN_REPLIES = frozenset({"reply", "flow", "call_permission"})
#: Names in a content that mean something else: no vendor's object is kept under them.
_OTHERS_NAMES = _KNOWN_REPLIES | frozenset(
    {
        *("media", "location", "contacts", "order", "reaction", "edited", "revoked", "system"),
        *("identities", "unsupported", "vendor_type", "context", "referral", "group_id", "errors"),
        *("participant", "origin", "standby", "said_by", "call", "template", "preview", NAMED),
    }
)


def read(message: Message, item: Content) -> tuple[str, str, Content]:
    """The type in Recado's words, the text, and the content of a message; `item` is the whole of
    it, where `message` has the parts that are known. What lacks its own part is `unknown`."""
    said = message.type or _told_by_its_parts(item)
    reader = READERS.get(said)
    if reader is None:
        kind, text, content = _unknown(message, item)
    else:
        try:
            text, content = reader(message)
            kind = _TYPES.get(said, said)
        except (Unreadable, msgspec.ValidationError):
            kind, text, content = _unknown(message, item)
    if kind == "interactive" and not content.keys() & _KNOWN_REPLIES:
        kind, text, content = _other_interactive(message, item)
    around = (message.context, message.referral, message.group_id, message.errors, message.origin)
    if any(around):
        _add_surroundings(message, content)
    return kind, text, content


def _told_by_its_parts(item: Content) -> str:
    """The type of a message that does not say it; "" when no part of a known type is there."""
    return next((name for name in READERS if isinstance(item.get(name), dict)), "")


def _unknown(message: Message, item: Content) -> tuple[str, str, Content]:
    """What can be read of a type that is not known, or that lacks what it promises."""
    found = file_of(item)
    if found:
        kind, media = found
        return kind, str(media.get("caption", "")), {"media": media}
    text, named = words_of(item)
    own = item.get(message.type)
    if not text and (message.type in _THINGS or (message.type not in READERS and has_words(own))):
        text, named = described(message.type, own), True
    if message.errors and message.type in READERS:
        # Meta itself could not show it, and says so beside it.
        return "unsupported", text, {"unsupported": {"type": message.type}}
    content: Content = {"vendor_type": message.type[:100]}
    return "unknown", text, content | ({NAMED: True} if text and named else {})


def _other_interactive(message: Message, item: Content) -> tuple[str, str, Content]:
    """A kind of answer that has no shape here (a payment, a product …): as sent, and in words."""
    given = item.get("interactive")
    given = given if isinstance(given, dict) else {}
    kind = given.get("type")
    kind = kind[:100] if isinstance(kind, str) else ""
    rest = {name: it for name, it in given.items() if name != "type"}
    details = given.get(kind, rest)
    said = words_on_cards(given) or words_in(given)
    text = said or described(kind, details)
    if not text and not details:
        # Nothing stands in it, or Meta itself could not show it, and says so.
        beside = words_of({key: it for key, it in item.items() if key != "interactive"}).text
        return "unsupported", beside, {"unsupported": {"type": message.type}}
    place = kind if kind.isidentifier() and kind not in _OTHERS_NAMES else "interactive"
    content: Content = {"vendor_type": kind, place: details}
    return "interactive", text, content | ({NAMED: True} if text and not said else {})


def answers(message: Message) -> str | None:
    """The provider id of the message that this one answers, reacts to, edits or takes back."""
    if message.reaction:
        named: str | None = message.reaction.message_id
    elif message.edit:
        named = message.edit.original_message_id
    else:
        named = message.revoke.original_message_id if message.revoke else None
        named = named or (message.context.id if message.context else None)
    named = (named or "").strip()
    return named if 0 < len(named) <= LONGEST_ID else None  # no message has a longer one


def _add_surroundings(message: Message, content: Content) -> None:
    context = message.context
    if context:
        around = {
            "from": context.from_,
            "forwarded": context.forwarded or context.frequently_forwarded,
            "frequently_forwarded": context.frequently_forwarded,
            "referred_product": context.referred_product,
        }
        around = {key: value for key, value in around.items() if value}
        if around:
            content["context"] = around
    for key, value in (
        ("referral", message.referral),
        ("group_id", message.group_id),
        ("errors", message.errors),
        ("origin", message.origin),
    ):
        if value:
            content[key] = value


def _text(message: Message) -> Reading:
    if message.text is None:
        raise _lacking(message)
    return message.text.body, {}


def _media(media: Media | None, message: Message) -> Reading:
    if media is None:
        raise _lacking(message)
    details = {key: value for key, value in msgspec.structs.asdict(media).items() if value}
    return media.caption or "", {"media": details}


def _location(message: Message) -> Reading:
    place = message.location or {}
    latitude, longitude = _degrees(place.get("latitude")), _degrees(place.get("longitude"))
    if latitude is None or longitude is None:
        raise Unreadable("a location without latitude and longitude")
    named = {key: place[key] for key in ("name", "address", "url") if place.get(key) is not None}
    return "", {"location": {"latitude": latitude, "longitude": longitude, **named}}


def _degrees(value: Any) -> int | float | None:
    if isinstance(value, str) and len(value) < 40:
        with suppress(ValueError):
            value = float(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if number and math.isfinite(value) else None


def _contacts(message: Message) -> Reading:
    if message.contacts is None:
        raise _lacking(message)
    return "", {"contacts": message.contacts}


def _interactive(message: Message) -> Reading:
    interactive = message.interactive
    if interactive is None:
        raise _lacking(message)
    tap = interactive.button_reply or interactive.list_reply
    if tap and (tap.id or tap.title):
        return tap.title, {"reply": _reply(tap)}
    flow = interactive.nfm_reply
    if flow:
        given = flow.response_json
        response = load_value(given) if isinstance(given, str) else given
        details = {"name": flow.name or "", "body": flow.body or "", "response": response}
        return flow.body or "", {"flow": details}
    if interactive.call_permission_reply is not None:
        return "", {"call_permission": interactive.call_permission_reply}
    return "", {}


def _reply(tap: Reply) -> Content:
    reply = {"id": tap.id, "title": tap.title}
    return reply | {"description": tap.description} if tap.description else reply


def _button(message: Message) -> Reading:
    button = message.button
    if button is None or not (button.text or button.payload):
        raise _lacking(message)
    title = button.text or button.payload or ""
    return title, {"reply": {"id": button.payload or title, "title": title}}


def _order(message: Message) -> Reading:
    order = message.order
    if order is None:
        raise _lacking(message)
    details = {
        "catalog_id": order.catalog_id or "",
        "text": order.text or "",
        "items": order.product_items,
    }
    return order.text or "", {"order": details}


def _reaction(message: Message) -> Reading:
    reaction = message.reaction
    if reaction is None:
        raise _lacking(message)
    emoji = reaction.emoji or ""
    return emoji, {"reaction": {"message_id": reaction.message_id, "emoji": emoji}}


def _edit(message: Message) -> Reading:
    edit = message.edit
    if edit is None:
        raise _lacking(message)
    whole = {**edit.message, "id": message.id, "timestamp": message.timestamp}
    edited = convert(whole, Message)
    reader = READERS.get(edited.type)
    if reader is None or reader is _edit:
        raise Unreadable("an edit that does not say what the message is now")
    text, content = reader(edited)
    about = {"message_id": edit.original_message_id, "type": edited.type}
    return text, {"edited": about, **content}


def _revoke(message: Message) -> Reading:
    original = message.revoke.original_message_id if message.revoke else None
    about = {"message_id": original or answers(message)}
    return "", {"revoked": {key: value for key, value in about.items() if value}}


def _system(message: Message) -> Reading:
    system = message.system
    if system is None:
        return "", {"system": {"type": message.type}}
    _, found = identities.changed(message)
    new = [{"kind": identity.kind, "value": identity.value} for identity in found]
    return system.body or "", {"system": {"type": system.type or ""}, "identities": new}


def _unsupported(message: Message) -> Reading:
    return words_in(message.unsupported), {"unsupported": message.unsupported or {}}


def _lacking(message: Message) -> Unreadable:
    return Unreadable(f"a message of type {message.type} without its {message.type}")


READERS: dict[str, Callable[[Message], Reading]] = {
    "text": _text,
    "image": lambda message: _media(message.image, message),
    "video": lambda message: _media(message.video, message),
    "audio": lambda message: _media(message.audio, message),
    "document": lambda message: _media(message.document, message),
    "sticker": lambda message: _media(message.sticker, message),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "deleted": _revoke,
    "system": _system,
    "request_welcome": _system,
    "unsupported": _unsupported,
}

"""WhatsApp's limits, checked before a request is made: an answer that says which one is broken.

The numbers are those of the pages below, which a page a type has:
developers.facebook.com/documentation/business-messaging/whatsapp/messages
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from recado.channels.emoji import has_emoji
from recado.errors import SendRejected

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many characters of a text, or items of a list. `field` is where it stands in an
    outgoing message, `what` how a person calls it."""

    most: int
    what: str
    field: str
    #: WhatsApp shows it on one line and takes no line breaks in it.
    one_line: bool = False


#: The texts, in characters.
TEXTS = {
    "text": Limit(4096, "The text", "text"),
    "caption": Limit(1024, "The caption", "text"),
    "body": Limit(1024, "The text", "text"),
    "body with header and footer": Limit(1024, "The text with header and footer", "text"),
    "header": Limit(60, "The header", "interactive.header.text", one_line=True),
    "footer": Limit(60, "The footer", "interactive.footer"),
    "button id": Limit(256, "A button's id", "interactive.buttons[].id"),
    "button title": Limit(20, "A button's title", "interactive.buttons[].title", one_line=True),
    "list button": Limit(20, "The list's button", "interactive.button", one_line=True),
    "section title": Limit(24, "A section's title", "interactive.sections[].title", one_line=True),
    "row id": Limit(200, "A row's id", "interactive.sections[].rows[].id"),
    "row title": Limit(24, "A row's title", "interactive.sections[].rows[].title", one_line=True),
    "row description": Limit(
        72, "A row's description", "interactive.sections[].rows[].description"
    ),
    "link": Limit(2000, "The link", "interactive.url"),
    "link label": Limit(20, "The link's label", "interactive.label", one_line=True),
    "flow": Limit(512, "The flow's id or name", "interactive.flow_id"),
    "flow label": Limit(30, "The flow's label", "interactive.label", one_line=True),
    "flow token": Limit(1024, "The flow's token", "interactive.token"),
    "catalogue id": Limit(256, "The catalogue's id", "interactive.catalog_id"),
    "product id": Limit(256, "The product's id", "interactive.product_id"),
    "call label": Limit(20, "The button's label", "interactive.label", one_line=True),
    "call payload": Limit(512, "The button's payload", "interactive.payload"),
    "country": Limit(2, "The address's country", "interactive.country"),
    "card text": Limit(160, "A card's text", "interactive.cards[].text"),
    "order reference": Limit(35, "The order's reference", "interactive.reference_id"),
    "order item": Limit(60, "An item's name", "interactive.order.items[].name"),
    "order note": Limit(120, "The status's description", "interactive.description"),
    "amount's words": Limit(60, "The words of an amount", "interactive.order"),
    "expiration's words": Limit(
        120, "The words of the expiration", "interactive.order.expiration.description"
    ),
    "file link": Limit(2048, "The file's link", "media.link"),
    "header link": Limit(2048, "The header's link", "interactive.header"),
    "file name": Limit(240, "The file's name", "media.filename"),
    "location name": Limit(1000, "The location's name", "location.name"),
    "location address": Limit(1000, "The location's address", "location.address"),
    "template name": Limit(512, "The template's name", "template.name"),
    "message id": Limit(512, "The message's id", "id"),
}
#: The lists, in items.
LISTS = {
    "buttons": Limit(3, "buttons", "interactive.buttons"),
    "sections": Limit(10, "sections", "interactive.sections"),
    "section rows": Limit(10, "rows in a section", "interactive.sections[].rows"),
    "rows": Limit(10, "rows in the list", "interactive.sections[].rows"),
    "products": Limit(30, "products", "interactive.sections[].product_ids"),
    "cards": Limit(10, "cards", "interactive.cards"),
    "order items": Limit(999, "items in the order", "interactive.order.items"),
    "contacts": Limit(257, "contacts in a message", "contacts"),
}


def within(name: str, text: Any) -> str:
    """The text, if it keeps to the limit `name` of TEXTS and is not empty.

    Raises SendRejected, naming the limit and the field.
    """
    limit = TEXTS[name]
    if text is not None and not isinstance(text, str):
        raise SendRejected(f"{limit.what} must be a text ({limit.field})")
    if text is None or not text.strip():
        raise SendRejected(
            f"{limit.what} is empty; WhatsApp needs at least one character ({limit.field})"
        )
    if len(text) > limit.most:
        raise SendRejected(
            f"{limit.what} has {len(text)} characters; WhatsApp allows {limit.most} ({limit.field})"
        )
    if limit.one_line and len(text.strip().splitlines()) > 1:
        raise SendRejected(f"{limit.what} has a line break in it ({limit.field})")
    return text


def without_emoji(name: str, text: Any) -> str:
    """A text that keeps to the limit `name` and has no emoji. Raises SendRejected."""
    found = within(name, text)
    if has_emoji(found):
        raise SendRejected(f"{TEXTS[name].what} takes no emoji ({TEXTS[name].field})")
    return found


def linked(name: str, link: Any) -> str:
    """A web address that keeps to the limit `name`: WhatsApp fetches or opens it.

    Raises SendRejected, naming the limit and the field.
    """
    limit, found = TEXTS[name], within(name, link)
    if not found.lower().startswith(("http://", "https://")):
        raise SendRejected(f"{limit.what} must start with http:// or https:// ({limit.field})")
    if any(char.isspace() or not char.isprintable() for char in found):
        raise SendRejected(f"{limit.what} has a space or a line break in it ({limit.field})")
    try:
        host = urlsplit(found).hostname
    except ValueError:
        host = None
    if not host:
        raise SendRejected(f"{limit.what} names no host ({limit.field})")
    return found


def at_most(name: str, items: list[T]) -> list[T]:
    """The items, if they keep to the limit `name` of LISTS and there are any.

    Raises SendRejected, naming the limit and the field.
    """
    limit = LISTS[name]
    if not items:
        raise SendRejected(
            f"There are no {limit.what}; WhatsApp needs at least one ({limit.field})"
        )
    if len(items) > limit.most:
        raise SendRejected(
            f"There are {len(items)} {limit.what}; WhatsApp allows {limit.most} ({limit.field})"
        )
    return items


def unlike(texts: list[str], what: str) -> None:
    """Raises SendRejected when two of the texts are the same."""
    if len(set(texts)) < len(texts):
        raise SendRejected(f"Two {what} are the same; WhatsApp needs them different")


def one_of(allowed: tuple[str, ...], value: Any, field: str) -> str:
    """The value, if it is one of the allowed. Raises SendRejected, naming the field."""
    if value not in allowed:
        raise SendRejected(f"{field} takes {' or '.join(allowed)}")
    return str(value)


def placed(place: Mapping[str, Any]) -> tuple[Any, Any]:
    """A location's latitude and longitude, as given. Raises SendRejected: no such place."""
    latitude, longitude = place.get("latitude"), place.get("longitude")
    given = (latitude, longitude)
    try:
        if any(isinstance(it, bool) for it in given):
            raise TypeError(given)
        inside = -90 <= float(latitude or 0) <= 90 and -180 <= float(longitude or 0) <= 180
    except (TypeError, ValueError):
        inside = False
    if latitude is None or longitude is None or not inside:
        raise SendRejected("A location needs a latitude (±90) and a longitude (±180)")
    return latitude, longitude


def required(content: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """The value under `key`.

    Raises SendRejected when it is missing or of another kind.
    """
    value = content.get(key)
    if not isinstance(value, kind):
        raise SendRejected(f"The content lacks its `{key}`")
    return value

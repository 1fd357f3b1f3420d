"""WhatsApp's limits, checked before a request is made: an answer that says which one is broken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from recado.errors import SendRejected

T = TypeVar("T")


def within(most: int, text: Any, what: str) -> str:
    """The text, if it has between 1 and `most` characters.

    Raises SendRejected, naming `what` it is ("The caption").
    """
    if not isinstance(text, str) or not text.strip():
        raise SendRejected(f"{what} is empty; WhatsApp needs at least one character")
    if len(text) > most:
        raise SendRejected(f"{what} has {len(text)} characters; WhatsApp allows {most}")
    return text


def at_most(most: int, items: list[T], what: str) -> list[T]:
    """The items, if there are between 1 and `most` of them.

    Raises SendRejected, naming `what` they are ("buttons").
    """
    if not items:
        raise SendRejected(f"There are no {what}; WhatsApp needs at least one")
    if len(items) > most:
        raise SendRejected(f"There are {len(items)} {what}; WhatsApp allows {most}")
    return items


def unlike(texts: list[str], what: str) -> None:
    """Raises SendRejected when two of the texts are the same."""
    if len(set(texts)) < len(texts):
        raise SendRejected(f"Two {what} are the same; WhatsApp needs them different")


def placed(place: Mapping[str, Any]) -> tuple[Any, Any]:
    """A location's latitude and longitude, as given. Raises SendRejected: no such place."""
    latitude, longitude = place.get("latitude"), place.get("longitude")
    try:
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

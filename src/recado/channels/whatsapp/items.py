"""What the readers of all webhook fields share: ids, times, contacts, and items set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import time
from typing import Any

import msgspec

from recado.channels.messages import InboundEvent, InboundItem, ProviderError, Unparsable
from recado.channels.whatsapp.identities import Contacts
from recado.channels.whatsapp.payload import Contact, Error, Unreadable
from recado.channels.whatsapp.tolerant import convert

CHANNEL = "whatsapp"
#: Ids go into unique indices, whose keys PostgreSQL limits; Meta's have some 60 characters.
LONGEST_ID = 256
#: Before there was WhatsApp, nobody said anything on it.
_YEAR_2009, _YEAR_2100 = 1_230_768_000, 4_102_444_800

Json = dict[str, Any]
#: Reads the value of one webhook field; `account` is the WhatsApp Business account's id.
Reader = Callable[[Json, str], Iterator[InboundItem]]


def each(found: Any, line: str, read: Callable[[Any], InboundItem]) -> Iterator[InboundItem]:
    """Read every item apart: what cannot be read does not cost its neighbours."""
    if not found:
        return
    if not isinstance(found, list):
        yield unparsable(line, "items that are not a list", found)
        return
    for item in found:
        try:
            yield read(item)
        except (msgspec.ValidationError, Unreadable) as error:
            yield unparsable(line, str(error), item)


def rest(value: Json, line: str, account: str, name: str) -> Iterator[InboundItem]:
    """The event for the line's log: errors beside the items, or a value without any."""
    if value.get("errors"):
        yield InboundEvent(CHANNEL, line or account, "errors", value)
    else:
        yield InboundEvent(CHANNEL, line or account, name, value)


def line_of(value: Any) -> str:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return id_of(metadata.get("phone_number_id")) if isinstance(metadata, dict) else ""


def id_of(value: Any) -> str:
    """An id that Meta writes as text, and another program perhaps as a number; "" for none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip()[:LONGEST_ID] if isinstance(value, str) else ""


def contacts_of(found: Any) -> list[Contact]:
    """The readable contacts: a message without one still says who sent it."""
    contacts = Contacts()
    for item in found if isinstance(found, list) else ():
        try:
            contacts.append(convert(item, Contact))
        except msgspec.ValidationError:
            continue
    return contacts


def is_alone(items: Any, *keys: str) -> bool:
    """Do all items name the same person under `keys`?"""
    if not isinstance(items, list):
        return False
    if len(items) == 1:
        return True
    people = {tuple(str(item.get(key)) for key in keys) for item in items if isinstance(item, dict)}
    return len(people) == 1


def provider_id(value: str) -> str:
    value = value.strip()
    if not 0 < len(value) <= LONGEST_ID:
        raise Unreadable("a message id that is empty or too long")
    return value


def seconds(value: Any) -> float:
    """Unix seconds, which Meta sends as text; also milliseconds. The present when it is
    neither, or no likely time: a message that can be read has come, at the latest now."""
    text = str(int(value)) if _is_number(value) else value
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 13:
        found = int(text) / (1000 if len(text) > 10 else 1)
        if _YEAR_2009 < found < _YEAR_2100:
            return found
    return time()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e13


def error_of(error: Error) -> ProviderError:
    details = error.error_data.details if error.error_data else None
    return ProviderError(
        code=error.code,
        title=error.title or error.message or "",
        detail=details or error.message or "",
    )


def unparsable(line: str, cause: str, item: Any) -> Unparsable:
    return Unparsable(CHANNEL, line, cause[:500], msgspec.json.encode(item).decode())

"""A signed webhook body as Recado's items, in the order they stand there.

Every item is read apart: what cannot be read becomes `Unparsable` with its JSON, and its
neighbours are read all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from recado.channels.port import (
    InboundEvent,
    InboundItem,
    InboundMessage,
    InboundStatus,
    ProviderError,
    Unparsable,
)
from recado.channels.whatsapp import content, identities
from recado.channels.whatsapp.decode import load
from recado.channels.whatsapp.payload import Contact, Error, Message, Status, Unreadable
from recado.errors import UnparsablePayload

CHANNEL = "whatsapp"
STATUSES = ("sent", "delivered", "read", "played", "failed")
#: Ids go into unique indices, whose keys PostgreSQL limits; Meta's have some 60 characters.
LONGEST_ID = 256
_YEAR_2100 = 4_102_444_800


def parse(body: bytes) -> list[InboundItem]:
    """Every message, status and event of a webhook body. Never empty.

    Raises UnparsablePayload: not JSON, or not an object of a WhatsApp Business account.
    """
    payload = load(body)
    if payload.get("object") != "whatsapp_business_account":
        raise UnparsablePayload("The body's `object` is not whatsapp_business_account")
    entries = payload.get("entry", [])
    if not isinstance(entries, list):
        return [_unparsable("", "`entry` is not a list", entries)]
    items = [item for entry in entries for item in _entry(entry)]
    return items or [InboundEvent(CHANNEL, "", "empty", payload)]


def _entry(entry: Any) -> Iterator[InboundItem]:
    if not isinstance(entry, dict) or not isinstance(entry.get("changes", []), list):
        yield _unparsable("", "an entry without a list of changes", entry)
        return
    account = entry.get("id")
    account = account[:LONGEST_ID] if isinstance(account, str) else ""
    for change in entry.get("changes", []):
        if isinstance(change, dict):
            yield from _change(change, account)
        else:
            yield _unparsable(account, "a change that is not an object", change)


def _change(change: dict[str, Any], account: str) -> Iterator[InboundItem]:
    field, value = change.get("field"), change.get("value")
    name = field[:100] if isinstance(field, str) and field else "unknown"
    if name != "messages":
        yield InboundEvent(CHANNEL, _line_of(value) or account, name, value)
    elif not isinstance(value, dict):
        yield _unparsable(account, "a change of messages without its value", change)
    else:
        yield from _messages_change(value, account)


def _messages_change(value: dict[str, Any], account: str) -> Iterator[InboundItem]:
    messages, statuses = value.get("messages"), value.get("statuses")
    line = _line_of(value)
    if not line and (messages or statuses):
        yield _unparsable(account, "messages for no known phone number id", value)
        return
    contacts = _contacts(value.get("contacts"))
    alone = isinstance(messages, list) and _one_writer(messages)
    yield from _each(messages, line, lambda item: _message(item, line, contacts, alone))
    yield from _each(statuses, line, lambda item: _status(item, line, contacts))
    if value.get("errors") or (not messages and not statuses):
        name = "errors" if value.get("errors") else "messages"
        yield InboundEvent(CHANNEL, line or account, name, value)


def _each(found: Any, line: str, read: Callable[[Any], InboundItem]) -> Iterator[InboundItem]:
    if not found:
        return
    if not isinstance(found, list):
        yield _unparsable(line, "messages or statuses that are not a list", found)
        return
    for item in found:
        try:
            yield read(item)
        except (msgspec.ValidationError, Unreadable) as error:
            yield _unparsable(line, str(error), item)


def _message(item: Any, line: str, contacts: list[Contact], alone: bool) -> InboundMessage:
    message = msgspec.convert(item, Message)
    kind, text, details = content.read(message)
    return InboundMessage(
        channel=CHANNEL,
        line_address=line,
        provider_message_id=_message_id(message.id),
        sender=identities.sender_of(message, contacts, alone),
        type=kind,
        text=text,
        sent_at=_seconds(message.timestamp),
        content=details,
        reply_to=content.answers(message),
        raw=item,
    )


def _status(item: Any, line: str, contacts: list[Contact]) -> InboundStatus | InboundEvent:
    status = msgspec.convert(item, Status)
    if status.status not in STATUSES:
        return InboundEvent(CHANNEL, line, f"status {status.status[:50]}", item)
    pricing = {**(status.pricing or {})}
    if status.conversation:
        pricing["conversation"] = status.conversation
    return InboundStatus(
        channel=CHANNEL,
        line_address=line,
        provider_message_id=_message_id(status.id),
        status=status.status,  # type: ignore[arg-type]  # checked against STATUSES above
        at=_seconds(status.timestamp),
        recipient=identities.recipient_of(status, contacts),
        callback_data=status.biz_opaque_callback_data,
        error=_error(status.errors[0]) if status.errors else None,
        pricing=pricing or None,
        raw=item,
    )


def _error(error: Error) -> ProviderError:
    details = error.error_data.details if error.error_data else None
    return ProviderError(
        code=error.code,
        title=error.title or error.message or "",
        detail=details or error.message or "",
    )


def _contacts(found: Any) -> list[Contact]:
    """The readable contacts: a message without one still says who sent it."""
    contacts = []
    for item in found if isinstance(found, list) else ():
        try:
            contacts.append(msgspec.convert(item, Contact))
        except msgspec.ValidationError:
            continue
    return contacts


def _one_writer(messages: list[Any]) -> bool:
    if len(messages) == 1:
        return True
    writers = {
        (str(item.get("from_user_id")), str(item.get("from")))
        for item in messages
        if isinstance(item, dict)
    }
    return len(writers) == 1


def _line_of(value: Any) -> str:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    line = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
    return line.strip()[:LONGEST_ID] if isinstance(line, str) else ""


def _message_id(value: str) -> str:
    value = value.strip()
    if not 0 < len(value) <= LONGEST_ID:
        raise Unreadable("a message id that is empty or too long")
    return value


def _seconds(value: str | int) -> float:
    """Unix seconds, which Meta sends as text; anything beyond the year 2100 is none."""
    text = str(value) if not isinstance(value, int) or abs(value) < _YEAR_2100 else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise Unreadable("a timestamp that is not in Unix seconds")
    seconds = int(text)
    if not 0 < seconds < _YEAR_2100:
        raise Unreadable("a timestamp that is not in Unix seconds")
    return float(seconds)


def _unparsable(line: str, cause: str, item: Any) -> Unparsable:
    return Unparsable(CHANNEL, line, cause[:500], msgspec.json.encode(item).decode())

"""A signed webhook body as Recado's items, in the order they stand there.

Every item is read apart: what cannot be read becomes `Unparsable` with its JSON, and its
neighbours are read all the same. A field without a reader is an event for the line's log;
reports/ knows what it says about the line.

Messages and statuses are read here: the fields `messages`, `standby` and the two of echoes.
Echoes are what the business says on its phone (`smb_message_echoes`) or through another app
(`message_echoes`, and those in `standby`): they come as said by the team to the person.
`standby` is what happens while another app has the conversation: the same items, one level
deeper, and never answered.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference,
its pages messages, group messages, smb_message_echoes; for standby, which that reference does not
describe yet, the fields that webhooks of Meta's Business Agent have shown in 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from recado.channels.messages import (
    Identity,
    InboundEvent,
    InboundItem,
    InboundMessage,
    InboundStatus,
    identities_in,
)
from recado.channels.messages import Sender as Person
from recado.channels.whatsapp import content, identities
from recado.channels.whatsapp.calls import read_calls
from recado.channels.whatsapp.decode import (
    CHANNEL,
    Json,
    Reader,
    contacts_of,
    convert,
    each,
    error_of,
    id_of,
    is_alone,
    line_of,
    load,
    provider_id,
    rest,
    seconds,
    unparsable,
)
from recado.channels.whatsapp.handovers import read_handovers
from recado.channels.whatsapp.payload import Contact, Message, Status, Unreadable
from recado.errors import UnparsablePayload

STATUSES = ("sent", "delivered", "read", "played", "failed")
_TO = ("to_user_id", "to", "recipient_user_id", "recipient")


def read_messages(value: Json, account: str) -> Iterator[InboundItem]:
    return _read(value, line_of(value), account, "messages")


def read_standby(value: Json, account: str) -> Iterator[InboundItem]:
    inner = value.get("standby")
    return _read(inner if isinstance(inner, dict) else value, line_of(value), account, "standby")


def read_echoes(value: Json, account: str) -> Iterator[InboundItem]:
    return _read(value, line_of(value), account, "message_echoes")


def _read(value: Json, line: str, account: str, name: str) -> Iterator[InboundItem]:
    messages, statuses = value.get("messages"), value.get("statuses")
    echoes = value.get("message_echoes")
    if not line and (messages or statuses or echoes):
        yield unparsable(account, "messages for no known phone number id", value)
        return
    contacts = contacts_of(value.get("contacts"))
    alone = is_alone(messages, "from_user_id", "from")
    standby = name == "standby"
    yield from each(messages, line, lambda item: _message(item, line, contacts, alone, standby))
    to_them = is_alone(statuses, "recipient_user_id", "recipient_id")
    yield from each(statuses, line, lambda item: _status(item, line, contacts, to_them))
    if echoes:
        to_one = is_alone(list(map(_said, echoes)) if isinstance(echoes, list) else (), *_TO)
        yield from each(echoes, line, lambda item: _echo(item, line, contacts, to_one, standby))
    if value.get("errors") or not (messages or statuses or echoes):
        yield from rest(value, line, account, name)


def _message(
    item: Any, line: str, contacts: list[Contact], alone: bool, standby: bool
) -> InboundMessage:
    message = convert(item, Message)
    *_, details = reading = content.read(message, item)
    sender = identities.sender_of(message, contacts, alone)
    if message.group_id:
        sender = _in_group(message.group_id, sender, details)
    if standby:
        details["standby"] = True
    return _inbound(message, item, line, sender, reading)


def _said(item: Any) -> Any:
    """An echo's message. Another app's keep it apart from its id and time."""
    inner = item.get("message") if isinstance(item, dict) else None
    if not isinstance(inner, dict):
        return item
    return {**inner, **{key: item[key] for key in ("id", "timestamp") if key in item}}


def _echo(
    item: Any, line: str, contacts: list[Contact], alone: bool, standby: bool
) -> InboundMessage:
    said = _said(item)
    message = convert(said, Message)
    *_, details = reading = content.read(message, said)
    if standby:
        details["said_by"] = "other app"
    person = identities.told_by(message, contacts, alone)
    if message.group_id:
        person = Person((Identity("provider", message.group_id),))
    return _inbound(message, item, line, person, reading, echo=True)


def _inbound(
    message: Message,
    item: Any,
    line: str,
    person: Person,
    reading: tuple[str, str, Json],
    *,
    echo: bool = False,
) -> InboundMessage:
    kind, text, details = reading
    return InboundMessage(
        channel=CHANNEL,
        line_address=line,
        provider_message_id=provider_id(message.id),
        sender=person,
        type=kind,
        text=text,
        sent_at=seconds(message.timestamp),
        content=details,
        reply_to=content.answers(message),
        raw=item,
        echo=echo,
    )


def _in_group(group_id: str, participant: Person, details: Json) -> Person:
    """In a group the conversation is the group's; who wrote stands in the content."""
    group = identities.group(group_id)
    if group is None:
        raise Unreadable("a group id that is empty or too long")
    details["participant"] = {
        "name": participant.name,
        "identities": [{"kind": i.kind, "value": i.value} for i in participant.identities],
    }
    return Person((group,))


def _status(
    item: Any, line: str, contacts: list[Contact], alone: bool
) -> InboundStatus | InboundEvent:
    status = convert(item, Status)
    if status.type == "payment":
        # The state of a payment, not of a message: a failed one was delivered all the same.
        return InboundEvent(CHANNEL, line, f"payment {status.status[:50]}", item)
    if status.status not in STATUSES:
        return InboundEvent(CHANNEL, line, f"status {status.status[:50]}", item)
    recipient, *also = identities.recipients_of(status, contacts, alone)
    pricing = {**(status.pricing or {})}
    if status.conversation:
        pricing["conversation"] = status.conversation
    return InboundStatus(
        channel=CHANNEL,
        line_address=line,
        provider_message_id=provider_id(status.id),
        status=status.status,  # type: ignore[arg-type]  # checked against STATUSES above
        at=seconds(status.timestamp),
        recipient=recipient,
        also=tuple(also),
        callback_data=status.biz_opaque_callback_data,
        error=error_of(status.errors[0]) if status.errors else None,
        pricing=pricing or None,
        raw=item,
    )


#: Notices of changes with their places, by line and each identity that the person has now.
_Told = dict[tuple[str, Identity], list[tuple[int, InboundMessage]]]

#: The webhook fields that hold more than news about the account, and who reads them.
FIELDS: dict[str, Reader] = {
    "messages": read_messages,
    "standby": read_standby,
    "smb_message_echoes": read_echoes,
    "message_echoes": read_echoes,
    "calls": read_calls,
    "messaging_handovers": read_handovers,
}


def parse(body: bytes) -> list[InboundItem]:
    """Every message, status and event of a webhook body. Never empty.

    Raises UnparsablePayload: not JSON, or not an object of a WhatsApp Business account.
    """
    payload = load(body)
    if payload.get("object") != "whatsapp_business_account":
        raise UnparsablePayload("The body's `object` is not whatsapp_business_account")
    entries = payload.get("entry", [])
    if not isinstance(entries, list):
        return [unparsable("", "`entry` is not a list", entries)]
    items = _with_former_names([item for entry in entries for item in _entry(entry)])
    return items or [InboundEvent(CHANNEL, "", "empty", payload)]


def _with_former_names(items: list[InboundItem]) -> list[InboundItem]:
    """A person may write in the same webhook under a new number or user id, before or after the
    notice of the change, and in a lane of its own: each message says then who it is."""
    told: _Told = {}
    for at, it in enumerate(items):
        if isinstance(it, InboundMessage) and it.content.get("identities"):
            for new in set(identities_in(it.content["identities"])):
                told.setdefault((it.line_address, new), []).append((at, it))
    return [_formerly(item, told) for item in items] if told else items


def _formerly(item: InboundItem, told: _Told) -> InboundItem:
    if not isinstance(item, InboundMessage) or item.type == "system":
        return item
    theirs = item.sender.identities
    first = [_first(told.get((item.line_address, now), ()), theirs) for now in theirs]
    if found := min((it for it in first if it), key=itemgetter(0), default=None):
        return msgspec.structs.replace(item, formerly=found[1])
    return item


def _first(
    notices: Sequence[tuple[int, InboundMessage]], theirs: Sequence[Identity]
) -> tuple[int, tuple[Identity, ...]] | None:
    """The place of the first notice that says who they were before, and who."""
    for at, notice in notices:
        known = {*theirs, *identities_in(notice.content["identities"])}
        if old := tuple(it for it in notice.sender.identities if it not in known):
            return at, old
    return None


def _entry(entry: Any) -> Iterator[InboundItem]:
    if not isinstance(entry, dict) or not isinstance(entry.get("changes", []), list):
        yield unparsable("", "an entry without a list of changes", entry)
        return
    account = id_of(entry.get("id"))
    for change in entry.get("changes", []):
        if isinstance(change, dict):
            yield from _change(change, account)
        else:
            yield unparsable(account, "a change that is not an object", change)


def _change(change: dict[str, Any], account: str) -> Iterator[InboundItem]:
    field, value = change.get("field"), change.get("value")
    name = field[:100] if isinstance(field, str) and field else "unknown"
    read = FIELDS.get(name)
    if read is None:
        yield InboundEvent(CHANNEL, line_of(value) or account, name, value)
    elif isinstance(value, dict):
        yield from read(value, account)
    else:
        yield unparsable(account, f"a change of {name} without its value", change)

"""Messages and statuses: the fields `messages`, `standby` and the two of echoes.

Echoes are what the business says on its phone (`smb_message_echoes`) or through another app
(`message_echoes`, and those in `standby`): they come as said by the team to the person.
`standby` is what happens while another app has the conversation: the same items, one level
deeper, and never answered.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference,
its pages messages, group messages, smb_message_echoes; for standby, which that reference does not
describe yet, the fields that webhooks of Meta's Business Agent have shown in 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recado.channels.messages import (
    Identity,
    InboundEvent,
    InboundItem,
    InboundMessage,
    InboundStatus,
)
from recado.channels.messages import Sender as Person
from recado.channels.whatsapp import content, identities
from recado.channels.whatsapp.items import (
    CHANNEL,
    Json,
    contacts_of,
    each,
    error_of,
    is_alone,
    line_of,
    provider_id,
    rest,
    seconds,
    unparsable,
)
from recado.channels.whatsapp.payload import Contact, Message, Status, Unreadable
from recado.channels.whatsapp.tolerant import convert

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

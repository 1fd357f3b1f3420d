"""Calls: each is one `call` message, which its later webhooks complete.

`connect` and `terminate` come with the call's id, and so do the statuses of a call that the
business makes (RINGING, ACCEPTED, REJECTED). Recado does not take calls; it shows them.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/calling/reference
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recado.channels.messages import InboundItem, InboundMessage, Sender
from recado.channels.whatsapp import identities
from recado.channels.whatsapp.decode import (
    CHANNEL,
    Json,
    contacts_of,
    convert,
    each,
    is_alone,
    line_of,
    provider_id,
    rest,
    seconds,
    unparsable,
)
from recado.channels.whatsapp.payload import Call, Contact, Status, Unreadable


def read_calls(value: Json, account: str) -> Iterator[InboundItem]:
    calls, statuses, line = value.get("calls"), value.get("statuses"), line_of(value)
    if not line and (calls or statuses):
        yield unparsable(account, "calls for no known phone number id", value)
        return
    contacts = contacts_of(value.get("contacts"))
    number = _business_number(value)
    alone = is_alone(calls, "from", "to", "from_user_id", "to_user_id")
    yield from each(calls, line, lambda item: _call(item, line, contacts, number, alone))
    yield from each(statuses, line, lambda item: _status(item, line, contacts))
    if value.get("errors") or not (calls or statuses):
        yield from rest(value, line, account, "calls")


def _call(
    item: Any, line: str, contacts: list[Contact], number: str, alone: bool
) -> InboundMessage:
    call = convert(item, Call)
    ours = call.direction == "BUSINESS_INITIATED" or (
        call.direction is None and bool(number) and _digits(call.from_) == number
    )
    person = identities.caller_of(call, contacts, ours=ours, alone=alone)
    details: Json = {
        "event": call.event,
        "direction": "outbound" if ours else "inbound",
        "status": (call.status or "").lower(),
        "duration_seconds": _number(call.duration),
        "started_at": _number(call.start_time),
        "ended_at": _number(call.end_time),
        "errors": call.errors,
    }
    content: Json = {"call": {key: kept for key, kept in details.items() if kept}}
    if call.group_id:
        content |= {"group_id": call.group_id}
        content["participant"] = {
            "name": person.name,
            "identities": [{"kind": i.kind, "value": i.value} for i in person.identities],
        }
        group = identities.group(call.group_id)
        if group is None:
            raise Unreadable("a group id that is empty or too long")
        person = Sender((group,))
    return InboundMessage(
        channel=CHANNEL,
        line_address=line,
        provider_message_id=provider_id(call.id),
        sender=person,
        type="call",
        text="",
        sent_at=seconds(call.timestamp),
        content=content,
        raw=item,
        echo=ours,
    )


def _status(item: Any, line: str, contacts: list[Contact]) -> InboundMessage:
    status = convert(item, Status)
    state = {"event": "status", "direction": "outbound", "status": status.status[:50].lower()}
    return InboundMessage(
        channel=CHANNEL,
        line_address=line,
        provider_message_id=provider_id(status.id),
        sender=Sender((identities.recipient_of(status, contacts),)),
        type="call",
        text="",
        sent_at=seconds(status.timestamp),
        content={"call": state},
        raw=item,
        echo=True,
    )


def _business_number(value: Json) -> str:
    metadata = value.get("metadata")
    shown = metadata.get("display_phone_number") if isinstance(metadata, dict) else None
    return _digits(shown) if isinstance(shown, str) else ""


def _digits(text: str | None) -> str:
    return "".join(c for c in text or "" if c.isascii() and c.isdigit())


def _number(value: str | int | None) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None

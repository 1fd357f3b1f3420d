"""A signed webhook body as Recado's items, in the order they stand there.

Every item is read apart: what cannot be read becomes `Unparsable` with its JSON, and its
neighbours are read all the same. A field without a reader is an event for the line's log;
reports/ knows what it says about the line.
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
    identities_in,
)
from recado.channels.whatsapp.calls import read_calls
from recado.channels.whatsapp.decode import load
from recado.channels.whatsapp.handovers import read_handovers
from recado.channels.whatsapp.items import CHANNEL, Reader, id_of, line_of, unparsable
from recado.channels.whatsapp.messages import read_echoes, read_messages, read_standby
from recado.errors import UnparsablePayload

__all__ = ["CHANNEL", "FIELDS", "parse"]

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

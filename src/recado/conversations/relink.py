"""A person's number or user id has changed: the same contact goes on under the new one.

The replaced number is taken from the contact, so that its next owner is somebody new. When the new
one belongs to another contact already, both stay as they are: two contacts are never merged.
Sources: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/
messages/system and …/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import structlog

from recado.channels.messages import Identity
from recado.channels.port import Line
from recado.conversations.contacts import (
    add_identity,
    find_contact,
    is_personal,
    known_identities,
    lock_identities,
    remove_identity,
)
from recado.store import Tx

log = structlog.get_logger(__name__)

Outcome = Literal["relinked", "unchanged", "conflict", "unknown"]


def relink(
    tx: Tx, line: Line, old: Sequence[Identity], new: Sequence[Identity]
) -> tuple[Outcome, str | None]:
    """Give the contact known by `old` the identities `new`. Returns also the contact's id.

    `unchanged`: it has them already (a second notice of the same change); `conflict`: another
    contact has one of them; `unknown`: nobody here is known by any of them.
    """
    lock_identities(tx, (*old, *new))
    holder = find_contact(tx, line, old)
    known = known_identities(tx, line, new)
    owners = {owner for identity, owner in known.items() if identity.kind != "username"}
    contact_id = holder or next(iter(owners), None)
    if contact_id is None:
        return "unknown", None
    if holder is None or not new:
        return "unchanged", contact_id
    if owners - {contact_id}:
        log.warning("two contacts claim one identity", contact=contact_id, others=sorted(owners))
        return "conflict", contact_id
    for identity in _replaced(old, new):
        remove_identity(tx, contact_id, line, identity)
    for identity in new:
        if identity not in known:
            add_identity(tx, contact_id, line, identity)
    return "relinked", contact_id


def identities_in(found: Any) -> list[Identity]:
    """The identities of a message's content: [{kind, value}]."""
    items = found if isinstance(found, list) else []
    return [Identity(item["kind"], item["value"]) for item in items if isinstance(item, dict)]


def _replaced(old: Sequence[Identity], new: Sequence[Identity]) -> list[Identity]:
    """The number gives way to a number, the user id to a user id."""
    gone = []
    for identity in old:
        if identity in new:
            continue
        phones = identity.kind == "phone" and any(i.kind == "phone" for i in new)
        if phones or (is_personal(identity) and any(is_personal(i) for i in new)):
            gone.append(identity)
    return gone

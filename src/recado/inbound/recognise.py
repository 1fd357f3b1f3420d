"""Somebody known writes again, as nearly always: who it is, and where, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import aliased

from recado.channels.messages import Identity, Sender
from recado.channels.port import Line
from recado.conversations.model import Contact, ContactIdentity, Conversation, Message
from recado.conversations.strength import scope_of
from recado.store import Tx
from recado.store.prepared import Prepared, prepare

#: A sender has no more identities, usually; else they are looked up one by one
#: (conversations/contacts.py).
MOST_IDENTITIES = 3


def numbered(line: Line, identities: Sequence[Identity]) -> dict[str, str]:
    """The parameters of a statement that looks for all of them: `kind0`, `scope0`, `value0` …"""
    return {
        f"{name}{number}": value
        for number, identity in enumerate(identities)
        for name, value in (
            ("kind", identity.kind),
            ("scope", scope_of(identity, line)),
            ("value", identity.value),
        )
    }


def recognise(tx: Tx, line: Line, sender: Sender, provider_message_id: str) -> Row[Any] | None:
    """The conversation as find_conversation has it, locked, with its contact's `contact_id` and
    `name`, and whether the message is `stored` already.

    None: the identities are not all known as one contact's, or there is no conversation; nothing is
    locked.
    """
    if not 0 < len(sender.identities) <= MOST_IDENTITIES:
        return None
    asked = {
        "line": line.id,
        "provider_id": provider_message_id,
        **numbered(line, sender.identities),
    }
    return tx.first(_recognising(len(sender.identities)), asked)


@cache
def _recognising(identities: int) -> Prepared:
    names = [aliased(ContactIdentity, name=f"identity{n}") for n in range(identities)]
    stored = exists().where(
        Message.line_id == bindparam("line"),
        Message.provider_message_id == bindparam("provider_id"),
    )
    query = (
        select(
            Conversation.id,
            Conversation.contact_id,
            Conversation.state,
            Conversation.language,
            Conversation.assignee_id,
            Conversation.held_count,
            Conversation.deleted_at,
            Contact.blocked,
            Contact.name,
            stored.label("stored"),
        )
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.line_id == bindparam("line"), Conversation.thread == "")
    )
    for number, its in enumerate(names):
        query = query.join(its, its.contact_id == Conversation.contact_id).where(
            its.kind == bindparam(f"kind{number}"),
            its.scope == bindparam(f"scope{number}"),
            its.value == bindparam(f"value{number}"),
        )
    # Its owner must not change before the message is in.
    return prepare(query.with_for_update(of=Conversation))

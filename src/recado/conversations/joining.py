"""Two contacts that turn out to be one person become one: safely, or not at all.

It happens when a person's message under a new identity came before the news that it is theirs
(the vendor delivers in any order), or when we wrote to a number before we knew whose it is. The
younger contact's conversations are the older one's from then on, and two on one line are one
(weaving.py). Where anything speaks against it (an identity that the other has otherwise, a history
of its own), both stay as they are, and a person sees it (conflicts.py).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from recado.channels.messages import Identity
from recado.conversations.conflicts import claims_together
from recado.conversations.facts.keeping import pass_on_facts
from recado.conversations.model import (
    Contact,
    ContactIdentity,
    Conversation,
    Message,
)
from recado.conversations.strength import canonical_form, is_account, is_personal
from recado.conversations.weaving import weave
from recado.crm.model import CrmLink, CrmSync
from recado.store import Tx, now

#: A new user id is made at the change: who came under it so shortly before the news did is the one.
SHORTLY_SECONDS = 3600.0
#: Vendors try for a week to bring their news: whom we have heard of for longer has not come since,
#: whatever time a notice names.
LONGEST_UNDERWAY_SECONDS = 8 * 86400.0


def identities_of(tx: Tx, contact_id: str) -> set[Identity]:
    query = select(ContactIdentity.kind, ContactIdentity.value)
    rows = tx.all(query.where(ContactIdentity.contact_id == contact_id))
    return {Identity(row.kind, row.value) for row in rows}


def contradict(some: Collection[Identity], others: Collection[Identity]) -> bool:
    """Does each have a number, a user id or an account that is not the other's?"""
    for belongs in (lambda it: it.kind == "phone", is_personal, is_account):
        here = {canonical_form(it) for it in some if belongs(it)}
        there = {canonical_form(it) for it in others if belongs(it)}
        if here and there and not here & there:
            return True
    return False


def has_spoken(tx: Tx, contact_id: str) -> bool:
    return _first_said(tx, contact_id) is not None


def last_said_at(tx: Tx, contact_id: str) -> float:
    """By the vendor's clock; 0.0: never."""
    query = (
        select(func.max(func.coalesce(Message.sent_at, Message.created_at)))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.contact_id == contact_id, Message.direction == "inbound")
    )
    return float(tx.scalar(query) or 0.0)


def came_since(
    tx: Tx, contact_id: str, *, changed_at: float, arrived_at: float, shortly: bool
) -> bool:
    """Is all that the contact has said from after a change, or did the contact only come after
    its news? `shortly`: a little before is after, too."""
    first = _first_said(tx, contact_id)
    if first is None:
        return True
    began = tx.scalar(select(Contact.created_at).where(Contact.id == contact_id))
    said_at = first.sent_at or first.created_at
    if first.created_at < arrived_at - LONGEST_UNDERWAY_SECONDS:
        return False
    return bool(
        said_at > changed_at
        or (began or 0.0) >= arrived_at
        or (shortly and said_at >= changed_at - SHORTLY_SECONDS)
    )


def _first_said(tx: Tx, contact_id: str) -> Row[Any] | None:
    query = (
        select(Message.sent_at, Message.created_at)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.contact_id == contact_id, Message.direction == "inbound")
        .where(Message.type != "system")
        .order_by(Message.sent_at, Message.position)
        .limit(1)
    )
    return tx.first(query)


def older_first(tx: Tx, contact_ids: Collection[str]) -> list[str]:
    query = select(Contact.id).where(Contact.id.in_(contact_ids))
    return [row.id for row in tx.all(query.order_by(Contact.created_at, Contact.id))]


def join(tx: Tx, keeper: str, newcomer: str) -> list[str]:
    """Everything of `newcomer` is `keeper`'s now. Returns the conversations in which something
    waits for an answer; the caller publishes their turns.

    The caller has locked the identities, and made sure that it is one person.
    """
    both = select(Contact.__table__).where(Contact.id.in_((keeper, newcomer)))
    rows = {row.id: row for row in tx.all(both.order_by(Contact.id).with_for_update())}
    if len(rows) < 2:
        return []
    waiting = []
    theirs = select(Conversation.__table__).where(Conversation.contact_id.in_((keeper, newcomer)))
    all_of_them = tx.all(theirs.order_by(Conversation.id).with_for_update())
    kept = {(it.line_id, it.thread): it for it in all_of_them if it.contact_id == keeper}
    for conversation in (it for it in all_of_them if it.contact_id == newcomer):
        target = kept.get((conversation.line_id, conversation.thread))
        if target is None:
            _pass_on(tx, conversation.id, keeper)
        elif weave(tx, target, conversation, rows[newcomer].name):
            waiting.append(str(target.id))
    _move_identities(tx, keeper, newcomer)
    pass_on_facts(tx, keeper, newcomer)
    _pass_on_crm(tx, keeper, newcomer)
    _update_contact(tx, rows[keeper], rows[newcomer])
    tx.execute(delete(Contact).where(Contact.id == newcomer))
    return waiting


def _pass_on(tx: Tx, conversation_id: str, contact_id: str) -> None:
    for table, own in ((Message, Message.conversation_id), (Conversation, Conversation.id)):
        tx.execute(update(table).where(own == conversation_id).values(contact_id=contact_id))


def _pass_on_crm(tx: Tx, keeper: str, newcomer: str) -> None:
    """Who the newcomer was in a CRM, unless the other is somebody there already."""
    known = select(CrmLink.connection_id).where(CrmLink.contact_id == keeper)
    theirs = CrmLink.contact_id == newcomer
    tx.execute(delete(CrmLink).where(theirs, CrmLink.connection_id.in_(known)))
    for table in (CrmLink, CrmSync):
        own = update(table).where(table.contact_id == newcomer)
        tx.execute(own.values(contact_id=keeper))


def _move_identities(tx: Tx, keeper: str, newcomer: str) -> None:
    named = {it.kind for it in identities_of(tx, newcomer)}
    if "username" in named:  # people have one at a time, and this is the newer one
        mine = (ContactIdentity.contact_id == keeper, ContactIdentity.kind == "username")
        tx.execute(delete(ContactIdentity).where(*mine))
    tx.execute(
        update(ContactIdentity)
        .where(ContactIdentity.contact_id == newcomer)
        .values(contact_id=keeper)
    )


def _update_contact(tx: Tx, kept: Row[Any], joined: Row[Any]) -> None:
    values = {
        "attributes": {
            **(kept.attributes or {}),
            **(joined.attributes or {}),
            **claims_together(kept.attributes, joined.attributes, {kept.id, joined.id}),
        },
        "blocked": kept.blocked or joined.blocked,
        "updated_at": now(),
    }
    if joined.name.strip():
        values["name"] = joined.name
    tx.execute(update(Contact).where(Contact.id == kept.id).values(**values))

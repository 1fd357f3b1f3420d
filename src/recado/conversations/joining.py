"""Two contacts that turn out to be one person become one: safely, or not at all.

It happens when a person's message under a new identity came before the news that it is theirs
(the vendor delivers in any order), or when we wrote to a number before we knew whose it is. The
younger contact's conversations are the older one's from then on, whose owner, state and
hand-overs stay. Where anything speaks against it (an identity that the other has otherwise, a
history of its own), both stay as they are, and a person sees it (conflicts.py).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from recado.assistant.model import ToolCall, Turn
from recado.channels.messages import ANSWERED, UNASKED, Identity
from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import (
    Contact,
    ContactIdentity,
    Conversation,
    ConversationEvent,
    Message,
    Note,
)
from recado.conversations.ownership import log_event
from recado.conversations.strength import canonical_form, is_account, is_personal
from recado.escalation.model import Escalation
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
        elif _append(tx, target, conversation, rows[newcomer].name):
            waiting.append(str(target.id))
    _move_identities(tx, keeper, newcomer)
    _update_contact(tx, rows[keeper], rows[newcomer])
    tx.execute(delete(Contact).where(Contact.id == newcomer))
    return waiting


def _pass_on(tx: Tx, conversation_id: str, contact_id: str) -> None:
    for table, own in ((Message, Message.conversation_id), (Conversation, Conversation.id)):
        tx.execute(update(table).where(own == conversation_id).values(contact_id=contact_id))


def _append(tx: Tx, kept: Row[Any], joined: Row[Any], name: str) -> bool:
    """The messages of `joined` follow those of `kept`. True: something there waits for an
    answer of the assistant's."""
    offset = kept.message_count
    answered = _answered_to(tx, kept, joined)
    if answered < offset:
        _keep_answered(tx, joined)
    tx.execute(
        update(Message)
        .where(Message.conversation_id == joined.id)
        .values(
            conversation_id=kept.id,
            contact_id=kept.contact_id,
            position=Message.position + offset,
        )
    )
    tx.execute(
        update(Turn)
        .where(Turn.conversation_id == joined.id)
        .values(
            conversation_id=kept.id,
            from_position=Turn.from_position + offset,
            to_position=Turn.to_position + offset,
        )
    )
    tx.execute(
        update(ConversationEvent)
        .where(ConversationEvent.conversation_id == joined.id)
        .values(conversation_id=kept.id, after_position=ConversationEvent.after_position + offset)
    )
    for table in (Note, Escalation, ToolCall):
        own = table.conversation_id == joined.id
        tx.execute(update(table).where(own).values(conversation_id=kept.id))
    tx.execute(delete(Conversation).where(Conversation.id == joined.id))
    values = _together(kept, joined, answered)
    tx.execute(update(Conversation).where(Conversation.id == kept.id).values(**values))
    told = {"name": name, "messages": joined.message_count}
    log_event(tx, kept.id, "contacts_joined", actor="recado", after=offset, detail=told)
    return values.get("state", kept.state) == "bot" and _has_unanswered(
        tx, kept.id, answered, offset + joined.message_count
    )


def _answered_to(tx: Tx, kept: Row[Any], joined: Row[Any]) -> int:
    """Up to where all is answered. What waits in the older conversation is not skipped for what
    was answered in the younger one."""
    if joined.answered_to and not _has_unanswered(tx, kept.id, kept.answered_to, None):
        return int(kept.message_count + joined.answered_to)
    return int(kept.answered_to)


def _keep_answered(tx: Tx, joined: Row[Any]) -> None:
    """What was answered there is not answered again with what still waits in the older one."""
    done = select(Message.id, Message.content).where(
        Message.conversation_id == joined.id,
        Message.direction == "inbound",
        Message.position <= joined.answered_to,
    )
    for row in tx.all(done):
        content = {UNASKED: ANSWERED, **(row.content or {})}
        tx.execute(update(Message).where(Message.id == row.id).values(content=content))


def _has_unanswered(tx: Tx, conversation_id: str, after: int, through: int | None) -> bool:
    query = select(Message.id).where(
        Message.conversation_id == conversation_id,
        Message.position > after,
        Message.direction == "inbound",
        Message.type.not_in(SILENT_TYPES),
        Message.revoked_at.is_(None),
    )
    if through is not None:
        query = query.where(Message.position <= through)
    return tx.first(query.limit(1)) is not None


def _together(kept: Row[Any], joined: Row[Any], answered: int) -> dict[str, Any]:
    """The columns of the older conversation with the younger one's messages."""
    values: dict[str, Any] = {
        "message_count": kept.message_count + joined.message_count,
        "unread_count": kept.unread_count + joined.unread_count,
        "held_count": kept.held_count + joined.held_count,
        "answered_to": answered,
        "last_inbound_at": max(
            (it for it in (kept.last_inbound_at, joined.last_inbound_at) if it), default=None
        ),
        "deleted_at": None,
    }
    if joined.last_activity_at >= kept.last_activity_at:
        values |= {
            "last_activity_at": joined.last_activity_at,
            "last_preview": joined.last_preview,
            "language": joined.language,
        }
    if kept.state in ("bot", "resolved") and joined.state in ("waiting", "human"):
        # A person has the word there, or was promised: the assistant does not speak over them.
        values |= {"state": joined.state, "assignee_id": joined.assignee_id}
    elif kept.state == "resolved" and joined.state == "bot":
        values |= {"state": "bot", "assignee_id": None}
    if values.get("state", kept.state) != kept.state:
        values["ownership"] = kept.ownership + 1
    return values


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
        "attributes": {**(kept.attributes or {}), **(joined.attributes or {})},
        "blocked": kept.blocked or joined.blocked,
        "updated_at": now(),
    }
    if joined.name.strip():
        values["name"] = joined.name
    tx.execute(update(Contact).where(Contact.id == kept.id).values(**values))

"""What only the desk asks for, beside the read side in conversations/queries.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select

from recado.conversations.model import (
    Contact,
    ContactIdentity,
    Conversation,
    ConversationEvent,
    Message,
    Note,
)
from recado.conversations.ownership import require_conversation
from recado.conversations.same_person import open_conflicts
from recado.conversations.views import ContactView
from recado.errors import NotFound, Unprocessable
from recado.lines.model import LineRow
from recado.media.model import Media
from recado.security.model import User
from recado.store import Tx, new_id, now

MAX_NOTE = 4_000


class NoteView(msgspec.Struct, frozen=True):
    id: str
    text: str
    author_name: str | None
    created_at: float


class ClaimView(msgspec.Struct, frozen=True):
    """An identity that the vendor has named the contact by, and the contact that has it; `taken`
    False: nobody has it yet."""

    kind: str
    value: str
    taken: bool
    name: str = ""
    conversation_id: str = ""


def list_notes(tx: Tx, conversation_id: str, *, since: float = 0.0) -> list[NoteView]:
    """The team's notes on a conversation, oldest first, written at `since` or later."""
    rows = tx.all(
        select(Note.id, Note.text, User.name.label("author_name"), Note.created_at)
        .outerjoin(User, User.id == Note.user_id)
        .where(Note.conversation_id == conversation_id, Note.created_at >= since)
        .order_by(Note.created_at, Note.id)
    )
    return [NoteView(**row._mapping) for row in rows]


def add_note(tx: Tx, conversation_id: str, *, user_id: str, text: str) -> str:
    """Returns the note's id. Raises NotFound, Unprocessable (empty, too long)."""
    require_conversation(tx, conversation_id)
    text = text.strip()
    if not text or len(text) > MAX_NOTE:
        raise Unprocessable(f"A note has 1 to {MAX_NOTE} characters.")
    note = {"id": new_id(), "conversation_id": conversation_id, "user_id": user_id}
    tx.execute(insert(Note), note | {"text": text, "created_at": now()})
    return note["id"]


def names_of_users(tx: Tx) -> dict[str, str]:
    return {row.id: row.name for row in tx.all(select(User.id, User.name))}


class Pulse(msgspec.Struct, frozen=True):
    """Where the store stands: what another process has done shows as a difference."""

    activity: float
    thread: tuple[Any, ...] = ()


def read_pulse(tx: Tx, conversation_id: str = "") -> Pulse:
    """The latest activity anywhere, and the state of the open conversation's last messages."""
    latest = tx.scalar(select(func.max(Conversation.last_activity_at)))
    if not conversation_id:
        return Pulse(latest or 0.0)
    return Pulse(latest or 0.0, _thread_pulse(tx, conversation_id))


def _thread_pulse(tx: Tx, conversation_id: str) -> tuple[Any, ...]:
    of_conversation = Message.conversation_id == conversation_id
    shown = (Message.status, Message.held, Message.edited_at, Message.revoked_at)
    messages = tx.all(
        select(Message.position, *shown, Media.state, Media.reading)
        .outerjoin(Media, Media.id == Message.media_id)
        .where(of_conversation)
        .order_by(Message.position.desc())
        .limit(30)
    )
    notes = tx.scalar(select(func.count()).where(Note.conversation_id == conversation_id))
    events = tx.scalar(
        select(func.count()).where(ConversationEvent.conversation_id == conversation_id)
    )
    unread = tx.scalar(select(Conversation.unread_count).where(Conversation.id == conversation_id))
    return (*(tuple(row) for row in messages), notes, events, unread)


def active_since(tx: Tx, moment: float) -> list[str]:
    """Ids of the conversations in which something happened after `moment`."""
    later = select(Conversation.id).where(Conversation.last_activity_at > moment)
    return [row.id for row in tx.all(later.limit(200))]


class Simulated(msgspec.Struct, frozen=True):
    """A person of the simulator. `key` is the identity's value on the web line."""

    key: str
    name: str
    contact_id: str
    conversation_id: str | None
    last_preview: str = ""


def list_simulated(tx: Tx, line_id: str, *, key: str | None = None) -> list[Simulated]:
    """The people who have written through the simulator, the latest first."""
    people = (
        select(
            ContactIdentity.value.label("key"),
            Contact.name,
            Contact.id.label("contact_id"),
            Conversation.id.label("conversation_id"),
            Conversation.last_preview,
        )
        .join(Contact, Contact.id == ContactIdentity.contact_id)
        .join(
            Conversation,
            (Conversation.contact_id == Contact.id)
            & (Conversation.line_id == line_id)
            & (Conversation.thread == ""),
        )
        .where(ContactIdentity.kind == "provider", ContactIdentity.scope == line_id)
        .where(Conversation.deleted_at.is_(None))
    )
    if key is not None:
        people = people.where(ContactIdentity.value == key)
    rows = tx.all(people.order_by(Conversation.last_activity_at.desc()).limit(30))
    return [Simulated(**row._mapping) for row in rows]


def undelivered(tx: Tx, conversation_id: str, upto: str) -> Sequence[Row[Any]]:
    """Outbound messages that went out and were not read yet; `upto` "delivered" or "read"."""
    before = ("sent",) if upto == "delivered" else ("sent", "delivered")
    return tx.all(
        select(Message.id, Message.provider_message_id)
        .where(Message.conversation_id == conversation_id, Message.direction == "outbound")
        .where(Message.status.in_(before), Message.provider_message_id.is_not(None))
        .order_by(Message.position)
        .limit(200)
    )


def only_simulator(tx: Tx) -> bool:
    """Has nobody written through a real channel yet?"""
    lines = [row.id for row in tx.all(select(LineRow.id).where(LineRow.channel != "web"))]
    # Line by line: each is a look into the index.
    return not any(
        tx.first(select(Conversation.id).where(Conversation.line_id == line).limit(1))
        for line in lines
    )


def conversation_of_message(tx: Tx, message_id: str) -> str:
    """Raises NotFound."""
    found = tx.scalar(select(Message.conversation_id).where(Message.id == message_id))
    if found is None:
        raise NotFound(f"There is no message {message_id}.")
    return str(found)


def conflicts_of(tx: Tx, contact: ContactView) -> list[ClaimView]:
    """What is to be settled by a person, as conversations/same_person.py has it."""
    found = []
    for claim, other in open_conflicts(tx, contact.id):
        kind, value = str(claim["kind"]), str(claim["value"])
        if not other:
            found.append(ClaimView(kind, value, taken=False))
            continue
        row = tx.first(
            select(Contact.name, Conversation.id)
            .outerjoin(Conversation, Conversation.contact_id == Contact.id)
            .where(Contact.id == other)
            .order_by(Conversation.last_activity_at.desc())
            .limit(1)
        )
        if row is not None:
            found.append(ClaimView(kind, value, True, row.name, row.id or ""))
    return found

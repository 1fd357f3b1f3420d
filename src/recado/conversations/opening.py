"""The one conversation that a contact has on a line, opened with the first message."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select, update

from recado.conversations.guards import ASSISTANTS
from recado.conversations.model import Contact, Conversation
from recado.errors import NotFound
from recado.language.detection import known_language
from recado.language.spoken import clear_language, first_language
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare

_CONVERSATION = prepare(
    select(
        Conversation.id,
        Conversation.state,
        Conversation.language,
        Conversation.assignee_id,
        Conversation.held_count,
        Conversation.deleted_at,
        Contact.blocked,
    )
    .join(Contact, Contact.id == Conversation.contact_id)
    .where(Conversation.line_id == bindparam("line"))
    .where(Conversation.contact_id == bindparam("contact"), Conversation.thread == "")
    .with_for_update(of=Conversation)  # its owner must not change before the message is in
)


_CONTACT = prepare(
    select(Contact.id).where(Contact.id == bindparam("contact")).with_for_update(read=True)
)


def find_conversation(tx: Tx, line_id: str, contact_id: str) -> Row[Any] | None:
    """The contact's conversation on the line; nobody else changes it until the end of `tx`."""
    return tx.first(_CONVERSATION, {"line": line_id, "contact": contact_id})


def open_conversation(
    tx: Tx,
    line_id: str,
    contact_id: str,
    *,
    said: str,
    default_language: str,
    found: Row[Any] | None = None,
) -> Row[Any]:
    """Find it or open it; `said` are the contact's own words, which tell the language: the first
    ones by any sign, later ones by a whole sentence. `default_language` is for words that say
    nothing. `found` is what the caller has from find_conversation or recognise."""
    conversation = found or find_conversation(tx, line_id, contact_id)
    if conversation is None:
        if tx.first(_CONTACT, {"contact": contact_id}) is None:
            raise NotFound("The contact was removed at this very moment.")  # next time, a new one
        language = first_language(said, known_language(default_language))
        tx.execute(
            tx.insert(Conversation).on_conflict_do_nothing(),
            new_conversation(line_id, contact_id, language=language),
        )
        conversation = find_conversation(tx, line_id, contact_id)
    elif (clear := clear_language(said)) and clear != conversation.language:
        tx.execute(
            update(Conversation).where(Conversation.id == conversation.id).values(language=clear)
        )
    if conversation is None:
        raise AssertionError("a conversation that was just opened is gone")
    if conversation.deleted_at is not None:
        # Whoever writes again is seen and answered again.
        tx.execute(
            update(Conversation).where(Conversation.id == conversation.id).values(deleted_at=None)
        )
    return conversation


def new_conversation(
    line_id: str, contact_id: str, *, language: str, thread: str = "", **values: Any
) -> dict[str, Any]:
    """The columns of a fresh conversation, owned by the assistant."""
    moment = now()
    return {
        "id": new_id(),
        "line_id": line_id,
        "contact_id": contact_id,
        "thread": thread,
        "owner_user": None,
        "character_id": None,
        "state": ASSISTANTS,
        "ownership": 0,
        "assignee_id": None,
        "title": "",
        "tags": [],
        "settings": {},
        "language": language,
        "flow": None,
        "flow_state": {},
        "message_count": 0,
        "unread_count": 0,
        "held_count": 0,
        "answered_to": 0,
        "summary": "",
        "summarised_to": 0,
        "last_preview": "",
        "last_inbound_at": None,
        "last_activity_at": moment,
        "archived_at": None,
        "deleted_at": None,
        "created_at": moment,
        **values,
    }

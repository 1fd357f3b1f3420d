"""Forgetting what was said long ago (RECADO_RETENTION_DAYS).

Messages go by their age, with what was thought, noted and decided about them. A conversation that
is empty and silent then goes too, and with its last conversation the contact, unless blocked: a
block is kept. What still has to be sent, or may have been, stays until that is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import delete, exists, select, update

from recado.assistant.model import ToolCall, Turn
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.conversations.model import (
    Contact,
    ContactIdentity,
    Conversation,
    ConversationEvent,
    Message,
    Note,
)
from recado.escalation.model import Escalation
from recado.media.model import Media
from recado.store import Tx, first_id
from recado.store.sweeping import BATCH, remove_older

_ABOUT = (Turn, ToolCall, Note, ConversationEvent, Escalation, UnansweredQuestion)


def remove_messages(tx: Tx, before: float) -> int:
    """The files that came with them are rows without a message then, and their bytes are swept."""
    old = (
        select(Message.id, Message.conversation_id)
        .where(Message.id < first_id(before), Message.status.not_in(("queued", "unknown")))
        .order_by(Message.id)
        .limit(BATCH)
    )
    rows = tx.all(old)
    if not rows:
        return 0
    ids = [row.id for row in rows]
    conversations = {row.conversation_id for row in rows}
    tx.execute(delete(Media).where(Media.message_id.in_(ids)))
    tx.execute(delete(Message).where(Message.id.in_(ids)))
    # The summary speaks for old messages, the preview for the last one.
    these = update(Conversation).where(Conversation.id.in_(conversations))
    tx.execute(these.where(Conversation.summary != "").values(summary=""))
    tx.execute(these.where(Conversation.last_activity_at < before).values(last_preview=""))
    return len(ids)


def remove_silent_conversations(tx: Tx, before: float) -> int:
    silent = (
        select(Conversation.id, Conversation.contact_id)
        .where(Conversation.last_activity_at < before)
        .where(~exists().where(Message.conversation_id == Conversation.id))
        .order_by(Conversation.last_activity_at, Conversation.id)
        .limit(BATCH)
        .with_for_update()
    )
    rows = tx.all(silent)
    if not rows:
        return 0
    ids = [row.id for row in rows]
    for table in _ABOUT:
        tx.execute(delete(table).where(table.conversation_id.in_(ids)))
    tx.execute(delete(Conversation).where(Conversation.id.in_(ids)))
    _remove_contacts(tx, sorted({row.contact_id for row in rows}))
    return len(ids)


def _remove_contacts(tx: Tx, ids: Sequence[str]) -> None:
    left = select(Contact.id).where(
        Contact.id.in_(ids),
        Contact.blocked.is_(False),
        ~exists().where(Conversation.contact_id == Contact.id),
    )
    gone = [row.id for row in tx.all(left)]
    tx.execute(delete(ContactIdentity).where(ContactIdentity.contact_id.in_(gone)))
    tx.execute(delete(Contact).where(Contact.id.in_(gone)))


def tasks(before: float) -> dict[str, Callable[[Tx], int]]:
    """As in retention.py, for what was said before that time."""
    return {
        "old messages removed": lambda tx: remove_messages(tx, before),
        "old turns removed": lambda tx: remove_older(tx, Turn.id, before),
        "old calls of tools removed": lambda tx: remove_older(tx, ToolCall.id, before),
        "old notes removed": lambda tx: remove_older(tx, Note.id, before),
        "old entries of conversations' logs removed": lambda tx: remove_older(
            tx, ConversationEvent.id, before
        ),
        "old unanswered questions removed": lambda tx: remove_older(
            tx, UnansweredQuestion.id, before
        ),
        "silent conversations removed": lambda tx: remove_silent_conversations(tx, before),
    }

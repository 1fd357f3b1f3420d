"""Forgetting what was said long ago (RECADO_RETENTION_DAYS).

Messages go by their age, with what was thought, noted and decided about them. A conversation that
is empty and silent then goes too, and with its last conversation the contact, unless blocked: a
block is kept. What still has to be sent, or may have been, stays until that is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import InstrumentedAttribute

from recado.conversations.model import Contact, ContactIdentity, Conversation, Message
from recado.conversations.summaries.keeping import drop_summaries
from recado.maintenance.features import OF_CONTACT, OF_CONVERSATION
from recado.media.model import Media
from recado.store import Tx, first_id
from recado.store.keeping import OfContact, OfConversation
from recado.store.sweeping import BATCH, remove_older

_KEPT: tuple[OfConversation | OfContact, ...] = (*OF_CONVERSATION, *OF_CONTACT)


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
    # The summary speaks for old messages, and is made anew of those that are left; the preview
    # speaks for the last one.
    drop_summaries(tx, conversations)
    these = update(Conversation).where(Conversation.id.in_(conversations))
    tx.execute(these.where(Conversation.summary != "").values(summary="", summarised_to=0))
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
    for it in OF_CONVERSATION:
        if it.table is Message:  # there are none
            continue
        tx.execute(delete(it.table).where(it.table.conversation_id.in_(ids)))
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
    for table in (*(it.table for it in OF_CONTACT), ContactIdentity):
        tx.execute(delete(table).where(table.contact_id.in_(gone)))
    tx.execute(delete(Contact).where(Contact.id.in_(gone)))


def tasks(before: float) -> dict[str, Callable[[Tx], int]]:
    """What goes of all that was said before that time; each is run until there is none left."""
    return {
        "old messages removed": lambda tx: remove_messages(tx, before),
        **{it.when_old: partial(_remove_old, it.table.id, before) for it in _KEPT if it.when_old},
        "silent conversations removed": lambda tx: remove_silent_conversations(tx, before),
    }


def _remove_old(key: InstrumentedAttribute[str], before: float, tx: Tx) -> int:
    return remove_older(tx, key, before)

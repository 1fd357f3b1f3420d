"""What a person leaves in groups: there the conversation is the group's, and a message's content
says who wrote it (`participant`), a message's reactions who reacted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, or_, select, update

from recado.conversations.model import Conversation, Message
from recado.conversations.summaries.keeping import drop_summaries
from recado.store import Tx
from recado.subscriptions.keeping import forget_what_tells_of


def said_in_groups(tx: Tx, identities: Collection[str]) -> tuple[str, ...]:
    """The ids of the messages that somebody known by `identities` has written in groups.

    Reads through all messages: for what is done once in a person's life here.
    """
    found = tx.all(select(Message.id, Message.content).where(_names(Message.content, identities)))
    return tuple(str(row.id) for row in found if _writers(row.content) & set(identities))


def forget_in_groups(tx: Tx, identities: Collection[str], message_ids: Sequence[str]) -> int:
    """Remove those messages, and the reactions to others. Returns how many messages."""
    for message_id in message_ids:
        where = Message.id == message_id
        conversation_id = tx.scalar(delete(Message).where(where).returning(Message.conversation_id))
        if conversation_id is None:
            continue
        forget_what_tells_of(tx, conversation_id, message_id)
        # The list of conversations shows how the last message begins, the summary what they said.
        drop_summaries(tx, [conversation_id])
        emptied = update(Conversation).where(Conversation.id == conversation_id)
        tx.execute(emptied.values(last_preview=""))
    reacted = select(Message.id, Message.reactions).where(_names(Message.reactions, identities))
    for row in tx.all(reacted):
        kept = {who: emoji for who, emoji in row.reactions.items() if who not in set(identities)}
        tx.execute(update(Message).where(Message.id == row.id).values(reactions=kept))
    return len(message_ids)


def _names(column: Any, identities: Collection[str]) -> ColumnElement[bool]:
    written = cast(column, String)
    named = [written.contains(f'"{value}"', autoescape=True) for value in identities]
    return or_(*named) if named else column.is_(None) & column.is_not(None)


def _writers(content: Any) -> set[str]:
    participant = (content or {}).get("participant")
    found = participant.get("identities") if isinstance(participant, dict) else None
    return {str(it.get("value")) for it in found if isinstance(it, dict)} if found else set()

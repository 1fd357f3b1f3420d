"""Who spoke last in each conversation of a list, and what: one look for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import select

from recado.conversations.model import Conversation, Message, Note
from recado.conversations.views import ConversationView
from recado.security.model import User
from recado.store import Tx

Speaker = Literal["contact", "you", "agent", "assistant", "notice", "note", ""]


class Preview(msgspec.Struct, frozen=True):
    """`name` is a colleague's; `speaker` "" where nobody has spoken yet."""

    text: str
    speaker: Speaker = ""
    name: str = ""


def read_previews(
    tx: Tx, conversations: Sequence[ConversationView], user_id: str
) -> dict[str, Preview]:
    """By the conversations' ids: the last message, or the note that was written after it."""
    found = {it.id: Preview(it.last_preview) for it in conversations}
    found |= _last_messages(tx, conversations, user_id)
    return found | _later_notes(tx, list(found), user_id)


def _last_messages(
    tx: Tx, conversations: Sequence[ConversationView], user_id: str
) -> dict[str, Preview]:
    texts = {it.id: it.last_preview for it in conversations}
    columns = (Message.conversation_id, Message.author, Message.author_user_id)
    # Not as a list of pairs: for more than some twenty of them SQLite reads the whole table.
    rows = tx.all(
        select(*columns, User.name)
        .select_from(Conversation)
        .join(
            Message,
            (Message.conversation_id == Conversation.id)
            & (Message.position == Conversation.message_count),
        )
        .outerjoin(User, User.id == Message.author_user_id)
        .where(Conversation.id.in_(texts))
    )
    return {
        row.conversation_id: Preview(
            texts[row.conversation_id],
            _speaker(row.author, row.author_user_id == user_id),
            row.name or "",
        )
        for row in rows
    }


def _speaker(author: str, own: bool) -> Speaker:
    if author == "agent":
        return "you" if own else "agent"
    return "assistant" if author == "assistant" else "notice" if author == "system" else "contact"


def _later_notes(tx: Tx, ids: Sequence[str], user_id: str) -> dict[str, Preview]:
    rows = tx.all(
        select(Note.conversation_id, Note.text, Note.user_id, User.name)
        .join(Conversation, Conversation.id == Note.conversation_id)
        .outerjoin(User, User.id == Note.user_id)
        .where(Note.conversation_id.in_(ids), Note.created_at > Conversation.last_activity_at)
        .order_by(Note.created_at)
    )
    return {row.conversation_id: Preview(row.text[:200], "note", row.name or "") for row in rows}

"""Reading, extending and forgetting the summary of a conversation.

Whoever extends it reads what it does not cover yet, thinks outside any transaction, and keeps the
new text only if both are as they were: nobody else has extended it, no message of the piece was
taken back, edited, erased or moved. So it may be done twice, or by two at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, select, update

from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Conversation, Message
from recado.conversations.summaries.model import ConversationSummary
from recado.events import SummaryUpdated
from recado.store import Tx, new_id, now

#: No summary is longer, whoever writes it.
MOST_CHARS = 1500


class SummaryView(msgspec.Struct, frozen=True):
    """`text` speaks for the messages up to the position `covers_to`; `model` wrote its last piece,
    `embedded` where it was taken from the words themselves. `extended` is how often it was
    extended."""

    id: str
    conversation_id: str
    text: str
    covers_to: int
    language: str
    model: str
    extended: int
    created_at: float
    updated_at: float


class Piece(msgspec.Struct, frozen=True):
    """What a summary does not cover yet: `rows`, oldest first, are all that was said after `after`
    and up to `to`, but for what says nothing, was taken back, or never went out."""

    conversation_id: str
    after: int
    to: int
    rows: Sequence[Any]


def read_summary(tx: Tx, conversation_id: str) -> SummaryView | None:
    row = tx.first(
        select(ConversationSummary.__table__).where(
            ConversationSummary.conversation_id == conversation_id
        )
    )
    return SummaryView(**row._mapping) if row else None


def next_piece(
    tx: Tx, conversation_id: str, base: SummaryView | None, *, to: int, most: int
) -> Piece:
    """The oldest `most` messages after what `base` covers, up to the position `to`."""
    after = base.covers_to if base else 0
    rows = _said(tx, conversation_id, after, to, most)
    return Piece(conversation_id, after, rows[-1].position if len(rows) == most else to, rows)


def keep_summary(
    tx: Tx, base: SummaryView | None, piece: Piece, text: str, *, language: str, model: str
) -> bool:
    """The summary is `text` now, and covers `piece`. False: something has changed meanwhile, and
    nothing is written."""
    locked = (
        select(Conversation.id)
        .where(Conversation.id == piece.conversation_id)
        .with_for_update(read=True)
    )
    if tx.first(locked) is None:
        return False  # erased, or joined with another one: nobody would find it to erase it, too
    same = _said(tx, piece.conversation_id, piece.after, piece.to, len(piece.rows) + 1)
    if [_print(row) for row in same] != [_print(row) for row in piece.rows]:
        return False
    moment = now()
    told = {"text": text[:MOST_CHARS], "covers_to": piece.to, "language": language, "model": model}
    if not _written(tx, base, piece.conversation_id, {**told, "updated_at": moment}):
        return False
    event = SummaryUpdated(conversation_id=piece.conversation_id, covers_to=piece.to, model=model)
    tx.announce(event)
    return True


def _written(tx: Tx, base: SummaryView | None, conversation_id: str, told: dict[str, Any]) -> bool:
    table = ConversationSummary
    if base is None:
        about = {"id": new_id(), "conversation_id": conversation_id, "extended": 0}
        new = tx.insert(table).values(**about, **told, created_at=told["updated_at"])
        return bool(tx.execute(new.on_conflict_do_nothing()).rowcount)
    own = (table.id == base.id, table.extended == base.extended)
    values = {**told, "extended": base.extended + 1}
    return bool(tx.execute(update(table).where(*own).values(**values)).rowcount)


def drop_summaries(tx: Tx, conversation_ids: Collection[str], *, told_of: int = 0) -> int:
    """Forget them: what they speak for has changed, and they are made anew of what is there. With
    `told_of` only those that speak for the message at this position."""
    own = ConversationSummary.conversation_id.in_(conversation_ids)
    gone = tx.execute(
        delete(ConversationSummary).where(own, ConversationSummary.covers_to >= told_of)
    )
    return int(gone.rowcount)


def _said(tx: Tx, conversation_id: str, after: int, to: int, most: int) -> Sequence[Row[Any]]:
    return tx.all(
        select(
            *(Message.id, Message.position, Message.author, Message.type, Message.text),
            Message.created_at,
        )
        .where(
            Message.conversation_id == conversation_id,
            Message.position > after,
            Message.position <= to,
            Message.type.not_in(SILENT_TYPES),
            Message.status != "failed",
            Message.revoked_at.is_(None),
        )
        .order_by(Message.position)
        .limit(most)
    )


def _print(row: Any) -> tuple[str, int, str]:
    return row.id, row.position, row.text

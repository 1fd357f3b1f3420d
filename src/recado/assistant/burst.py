"""A burst: what the contact has said since the last answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Message
from recado.language.reading import to_think_about
from recado.store import Tx
from recado.store.prepared import prepare

#: No message has this position.
_NEVER = 2**31 - 1
# One statement for all that a turn reads: on PostgreSQL, each takes longer to ask for than to find.
_READ = prepare(
    text(
        "SELECT conversation.id, conversation.line_id, conversation.contact_id, character_id,"
        " state, ownership, conversation.language, message_count, answered_to,"
        " contact.name AS contact_name, message.id AS message_id, position, direction, author,"
        " type, text, content, status, provider_message_id, confidence, message.created_at,"
        " revoked_at"
        " FROM conversation JOIN contact ON contact.id = conversation.contact_id"
        " LEFT JOIN message ON message.conversation_id = conversation.id"
        " AND position > CASE WHEN :after < answered_to THEN :after ELSE answered_to END"
        " WHERE conversation.id = :id AND conversation.deleted_at IS NULL AND NOT contact.blocked"
        " ORDER BY position"
    ).columns(content=Message.__table__.c.content.type)
)


def read_turn(
    tx: Tx, conversation_id: str, *, after: int = _NEVER
) -> tuple[Row[Any] | None, Burst]:
    """The conversation and what in it is to be answered, with what was said after the position
    `after`. None: it is not there, or nobody is to be answered."""
    rows = tx.all(_READ, {"id": conversation_id, "after": after})
    if not rows:
        return None, Burst((), 0)
    return rows[0], Burst([row for row in rows if row.position is not None], rows[0].answered_to)


class Burst:
    """The unanswered messages of `rows`, in order. Falsy when nothing in it asks for an answer."""

    def __init__(self, rows: Sequence[Row[Any]], answered_to: int) -> None:
        self._all = rows
        self._rows = [row for row in rows if _is_unanswered(row, answered_to)]
        self._said = [row for row in self._rows if _is_said_to_us(row)]
        lines = (row.text.strip() for row in self._said)
        #: All that was written, line by line, as it is read and no more than a turn may think
        #: about; "" when it was only pictures and the like.
        self.text = to_think_about("\n".join(line for line in lines if line)).strip()

    def __bool__(self) -> bool:
        return bool(self._said)

    @property
    def message_ids(self) -> list[str]:
        return [row.message_id for row in self._said]

    @property
    def before(self) -> list[Row[Any]]:
        """What was read of the time before it."""
        return [row for row in self._all if row.position < self.first_position]

    @property
    def first_position(self) -> int:
        return int(self._said[0].position)

    @property
    def last_position(self) -> int:
        return int(self._rows[-1].position)

    @property
    def first_at(self) -> float:
        return float(self._said[0].created_at)

    @property
    def last_at(self) -> float:
        return float(self._said[-1].created_at)

    @property
    def last_type(self) -> str:
        return str(self._said[-1].type)

    @property
    def types(self) -> frozenset[str]:
        return frozenset(row.type for row in self._said)

    @property
    def last_provider_id(self) -> str:
        return self._said[-1].provider_message_id or ""


def _is_unanswered(row: Row[Any], answered_to: int) -> bool:
    """The contact's, and not taken back."""
    return row.direction == "inbound" and row.position > answered_to and row.revoked_at is None


def _is_said_to_us(row: Row[Any]) -> bool:
    """Reactions and the like ask for nothing, and in a group the assistant is not addressed."""
    return row.type not in SILENT_TYPES and "participant" not in (row.content or {})

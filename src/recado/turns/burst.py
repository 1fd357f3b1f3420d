"""A burst: what the contact has said since the last answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, text

from recado.assistant.strangers import words_of
from recado.channels.messages import UNASKED
from recado.conversations.asked import asked_in, description_of, given_in, order_lines, wish_in
from recado.conversations.guards import IS_HEARD, IS_THERE
from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Message
from recado.escalation.policy.live import HOLDING
from recado.language.reading import to_think_about
from recado.store import Tx
from recado.store.prepared import prepare
from recado.turns.files import FILE_TYPES, TurnFile, read_files, was_told
from recado.turns.references import MOST_LINES, quotation, reaction, references_of

#: No message has this position.
_NEVER = 2**31 - 1
# One statement for all that a turn reads: on PostgreSQL, each takes longer to ask for than to find.
_READ = prepare(
    text(
        "SELECT conversation.id, conversation.line_id, conversation.contact_id, character_id,"  # noqa: S608
        " state, ownership, conversation.language, message_count, answered_to,"
        f" {HOLDING} AS policy, contact.name AS contact_name,"
        " message.id AS message_id, position, direction, author,"
        " type, text, content, status, provider_message_id, confidence, message.created_at,"
        " reply_to, reactions, revoked_at"
        " FROM conversation JOIN contact ON contact.id = conversation.contact_id"
        " LEFT JOIN message ON message.conversation_id = conversation.id"
        " AND position > CASE WHEN :after < answered_to THEN :after ELSE answered_to END"
        f" WHERE conversation.id = :id AND {IS_THERE} AND {IS_HEARD}"
        " ORDER BY position"
    ).columns(
        content=Message.__table__.c.content.type, reactions=Message.__table__.c.reactions.type
    )
)

_QUOTED = prepare(
    select(Message.author, Message.type, Message.text).where(
        Message.line_id == bindparam("line"),
        Message.provider_message_id == bindparam("id"),
        Message.conversation_id == bindparam("conversation"),
        Message.revoked_at.is_(None),
    )
)
#: Of a burst of more, the first are looked into.
_MOST_READ = 10


def read_turn(
    tx: Tx, conversation_id: str, *, after: int = _NEVER
) -> tuple[Row[Any] | None, Burst]:
    """The conversation and what in it is to be answered, with what was said after the position
    `after`. None: it is not there, or nobody is to be answered."""
    rows = tx.all(_READ, {"id": conversation_id, "after": after})
    if not rows:
        return None, Burst((), 0)
    burst = Burst([row for row in rows if row.position is not None], rows[0].answered_to)
    if burst:
        burst.about = _about(tx, rows[0], burst)
        if burst.types & FILE_TYPES:
            burst.files = read_files(tx, conversation_id, burst.first_position, burst.last_position)
    return rows[0], burst


def _about(tx: Tx, conversation: Row[Any], burst: Burst) -> tuple[str, ...]:
    """What the burst's messages refer to, line by line."""
    lines: list[str] = []
    for row in burst.said[:_MOST_READ]:
        if row.reply_to:
            place = {"line": conversation.line_id, "conversation": conversation.id}
            quoted = tx.first(_QUOTED, {**place, "id": row.reply_to})
            if quoted is not None:
                lines.append(quotation(quoted.author, quoted.type, quoted.text))
        if row.content:
            lines += references_of(row.type, row.content)
    lines += burst.reactions
    return tuple(lines[:MOST_LINES])


class Burst:
    """The unanswered messages of `rows`, in order. Falsy when nothing in it asks for an answer."""

    def __init__(self, rows: Sequence[Row[Any]], answered_to: int) -> None:
        self._all = rows
        self._rows = [row for row in rows if _is_unanswered(row, answered_to)]
        self._said = [row for row in self._rows if _is_said_to_us(row)]
        lines = (
            words_of(row.type, asked_in(row.type, row.text, row.content)) for row in self._said
        )
        #: What the messages refer to.
        self.about: tuple[str, ...] = ()
        #: What came with them.
        self.files: tuple[TurnFile, ...] = ()
        #: All that was written, line by line, as it is read and no more than a turn may think
        #: about; "" when it was only pictures and the like.
        self.text = to_think_about("\n".join(line for line in lines if line)).strip()

    def since(self, position: int) -> Burst:
        """What of it was said after that position; without what it refers to."""
        return Burst(self._rows, position)

    @property
    def wish(self) -> dict[str, str] | None:
        """What the contact wishes about marketing, the last if there are several."""
        return next((it for row in reversed(self._said) if (it := wish_in(row.content))), None)

    @property
    def given(self) -> str:
        """What the last message gives us (conversations/asked.py)."""
        return given_in(self._said[-1].type, self._said[-1].content)

    @property
    def cart(self) -> str:
        """The orders in it, in words."""
        return "\n".join(filter(None, (order_lines(row.content) for row in self._said)))

    @property
    def described(self) -> str:
        """What stands below the tapped rows, where nothing but taps was said."""
        found = [description_of(row.content) for row in self._said]
        return "\n".join(found) if all(found) else ""

    @property
    def is_tapped(self) -> bool:
        return all("reply" in (row.content or {}) for row in self._said)

    @property
    def was_told_to_wait(self) -> bool:
        """Whether the contact has heard that a file of it is still being read."""
        return was_told([row for row in self._all if row.position > self.first_position])

    def __bool__(self) -> bool:
        return bool(self._said)

    @property
    def said(self) -> Sequence[Row[Any]]:
        return self._said

    @property
    def reactions(self) -> list[str]:
        """What the contact thinks of what we said since they were last answered."""
        ours = [row for row in self._all if row.direction == "outbound" and row.reactions]
        return [
            reaction(emoji, row.text)
            for row in ours
            if isinstance(row.reactions, dict) and (emoji := row.reactions.get("contact"))
        ]

    @property
    def message_ids(self) -> list[str]:
        return [row.message_id for row in self._said]

    @property
    def before(self) -> list[Row[Any]]:
        """What was read of the time before it."""
        return [row for row in self._all if row.position < self.first_position]

    @property
    def meanwhile(self) -> list[Row[Any]]:
        """What the assistant said, to what came earlier, after the burst had begun."""
        ours = (row for row in self._all if row.position > self.first_position)
        return [row for row in ours if row.author == "assistant" and row.revoked_at is None]

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
    content = row.content or {}
    return row.type not in SILENT_TYPES and not content.keys() & {"participant", UNASKED}

"""A matter is resolved: the question about it is planned, in the same transaction.

At most one a matter: what the contact has not written anything new after is the same one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select

from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Conversation, Message
from recado.escalation.model import Escalation
from recado.events import Event, OwnershipChanged
from recado.jobs import RATINGS, RatingJob
from recado.lines.registry import Lines
from recado.satisfaction.model import Rating
from recado.satisfaction.policy import policy_of
from recado.settings import Settings
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare

_CONVERSATION = prepare(
    select(
        Conversation.line_id,
        Conversation.thread,
        Conversation.character_id,
        Conversation.ownership,
        Conversation.message_count,
    ).where(Conversation.id == bindparam("conversation"))
)
_LAST_SAID = prepare(
    select(Message.position, Message.content)
    .where(
        Message.conversation_id == bindparam("conversation"),
        Message.direction == "inbound",
        *(Message.type != it for it in sorted(SILENT_TYPES)),
    )
    .order_by(Message.position.desc())
    .limit(1)
)
_COVERED = prepare(
    select(Rating.covers_to)
    .where(Rating.conversation_id == bindparam("conversation"), Rating.state != "planned")
    .order_by(Rating.id.desc())
    .limit(1)
)
_ESCALATION = prepare(
    select(Escalation.id, Escalation.department, Escalation.taken_by, Escalation.created_at)
    .where(Escalation.conversation_id == bindparam("conversation"))
    .order_by(Escalation.id.desc())
    .limit(1)
)


class Planner:
    """Hears of resolutions within their transactions (EventBus.keep)."""

    def __init__(self, settings: Settings, lines: Lines) -> None:
        self._settings = settings
        self._lines = lines

    def hear(self, tx: Tx, event: Event) -> None:
        if not isinstance(event, OwnershipChanged) or event.state != "resolved":
            return
        conversation = tx.first(_CONVERSATION, {"conversation": event.conversation_id})
        if conversation is None or conversation.thread:
            return
        line = self._lines.known(conversation.line_id)
        policy = policy_of(self._settings, line)
        if line is None or not policy.asks_after(event.actor):
            return
        if not _is_new_matter(tx, event.conversation_id):
            return
        planned = (Rating.conversation_id == event.conversation_id, Rating.state == "planned")
        tx.execute(delete(Rating).where(*planned))
        row = _row(tx, event, conversation)
        row |= {
            "channel": line.channel,
            "character_id": conversation.character_id or line.character_id,
            "due_at": row["created_at"] + policy.delay_seconds,
        }
        tx.execute(insert(Rating), row)
        job = RATINGS.job(
            event.conversation_id, RatingJob(row["id"]), delay_seconds=policy.delay_seconds
        )
        tx.publish(job)


def _is_new_matter(tx: Tx, conversation_id: str) -> bool:
    """Whether the contact has written something since they were last asked; nobody asks a group."""
    about = {"conversation": conversation_id}
    said = tx.first(_LAST_SAID, about)
    if said is None or (said.content or {}).keys() & {"group_id", "participant"}:
        return False
    return bool(said.position > (tx.scalar(_COVERED, about) or 0))


def _row(tx: Tx, event: OwnershipChanged, conversation: Row[Any]) -> dict[str, Any]:
    handed = tx.first(_ESCALATION, {"conversation": event.conversation_id})
    kind, _, name = event.actor.partition(":")
    user = name if kind == "user" else handed.taken_by if handed is not None else None
    return {
        "id": new_id(),
        "conversation_id": event.conversation_id,
        "escalation_id": handed.id if handed is not None else None,
        "message_id": None,
        "line_id": conversation.line_id,
        "department": handed.department if handed is not None else "",
        "user_id": None if event.actor == "assistant" else user,
        "state": "planned",
        "ownership": conversation.ownership,
        "covers_to": conversation.message_count,
        "score": None,
        "comment": "",
        "asked_at": None,
        "answered_at": None,
        "expires_at": None,
        "created_at": now(),
    }

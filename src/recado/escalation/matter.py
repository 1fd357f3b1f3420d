"""One matter of a conversation: what it is about now, and how long it has gone on.

It begins where a person last settled or handed back the conversation, or where nobody had written
for long. What was said before it is no reason to call a person.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from recado.assistant.port import ContextMessage
from recado.conversations.model import Message
from recado.store import Tx
from recado.store.prepared import prepare

#: What was said before such a pause is not what is spoken of now.
MATTER_SECONDS = 2 * 3600.0

_BEFORE = prepare(
    select(Message.position, Message.created_at)
    .where(
        Message.conversation_id == bindparam("conversation"),
        Message.position > bindparam("after"),
        Message.position < bindparam("before"),
    )
    .order_by(Message.position.desc())
    .limit(bindparam("most"))
)


def matter_so_far(
    said: Sequence[tuple[int, ContextMessage]], *, after: int, before: int, at: float
) -> list[ContextMessage]:
    """Of messages and their positions, those of the matter that goes on at the time `at`: between
    two positions, without a pause, and after a person's last word."""
    found: list[ContextMessage] = []
    for position, message in reversed(said):
        if position >= before:
            continue
        if position <= after or at - message.at > MATTER_SECONDS or message.role == "agent":
            break
        found.append(message)
        at = message.at
    return found[::-1]


def begins_after(
    times: Sequence[tuple[int, float]], *, after: int, at: float, silence_seconds: float
) -> tuple[int, bool]:
    """The position after which the matter of the time `at` begins, and whether it is known from
    `times` alone: the positions of the newest messages before it and when they came, oldest first.
    `after` is where a person has last dealt with the conversation."""
    for position, came_at in reversed(times):
        if position <= after:
            return after, True
        if at - came_at > silence_seconds:
            return position, True
        at = came_at
    return after, not times or times[0][0] <= after + 1


def times_before(
    tx: Tx, conversation_id: str, *, after: int, before: int, most: int
) -> list[tuple[int, float]]:
    """The newest `most` messages between two positions, as begins_after wants them."""
    asked = {"conversation": conversation_id, "after": after, "before": before, "most": most}
    return [(row.position, row.created_at) for row in reversed(tx.all(_BEFORE, asked))]

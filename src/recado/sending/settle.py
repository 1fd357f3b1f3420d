"""Settling the unknown: a message with an attempt and no outcome.

    evidence for       a status of it came back with our id        → sent (statuses.py)
    evidence against   the grace is over, and since we noticed, statuses of later messages of
                       the line have reached us but none of this   → it was not sent: send it
    neither            the grace is over                           → a person decides, in the desk,
                                                                     unless evidence comes (left.py)

Only a status that brings our own id back counts against it: where the provider does not name our
messages (Evolution), a status of this one would look like any other's.

It is never sent again blindly. The grace counts from when we noticed, not from the attempt:
after an outage of ours, the provider needs that time to bring what it could not deliver. It
grows by the age of the oldest status that waits in our own queue.

Its lane waits for it only while nobody else does: once the contact has written again, or somebody
has said something else, it steps aside after a moment in which its status may come, and is settled
in a lane of its own. docs/adr/0004.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, and_, or_, select, update

from recado.conversations.model import Message
from recado.errors import Conflict, NotFound
from recado.jobs import SEND, SendJob
from recado.security.audit import record
from recado.store import Tx, now

#: A status comes within this many seconds of a message, as a rule: so long what is newer waits.
PASS_SECONDS = 4.0
#: Also after an attempt long ago: what waits in our own queue is read meanwhile.
_LOOK_SECONDS = 0.9


class Settlement(Enum):
    SETTLED = auto()
    WAIT = auto()
    PASS = auto()
    SEND = auto()
    ASK = auto()


def judge_unknown(
    tx: Tx, message_id: str, *, grace_seconds: float, aside: bool = False
) -> Settlement:
    """What the evidence says now. On `SEND` the message is queued afresh, in this transaction.

    `aside`: it has left its lane. Otherwise `PASS` says that it should: somebody waits for what is
    behind it.
    """
    message = tx.first(
        select(
            Message.id,
            Message.status,
            Message.conversation_id,
            Message.position,
            Message.turn_id,
            Message.line_id,
            Message.attempted_at,
            Message.unknown_since,
        )
        .where(Message.id == message_id)
        .with_for_update()  # evidence that is just being written counts
    )
    if message is None or message.status not in {"queued", "unknown"}:
        return Settlement.SETTLED
    if message.attempted_at is None:
        return Settlement.SEND
    noticed_at = message.unknown_since or now()
    if now() - noticed_at < grace_seconds:
        return Settlement.WAIT if aside or not _may_be_passed(tx, message) else Settlement.PASS
    if not _later_confirmed(tx, message.line_id, message.attempted_at, noticed_at):
        return Settlement.ASK
    queue_afresh(tx, message_id)
    return Settlement.SEND


def settle_by_hand(tx: Tx, message_id: str, *, arrived: bool, actor: str) -> None:
    """A person has looked at the phone: it arrived, or it is to be sent again.

    Raises NotFound, and Conflict when the message is not (or no longer) unknown.
    """
    message = tx.first(
        select(Message.status, Message.conversation_id)
        .where(Message.id == message_id)
        .with_for_update()
    )
    if message is None:
        raise NotFound(f"There is no message {message_id}.")
    if message.status != "unknown":
        raise Conflict(f"The message is not unknown but {message.status}.")
    record(tx, actor, "message.settled", message_id, {"arrived": arrived})
    if arrived:
        tx.execute(
            update(Message)
            .where(Message.id == message_id)
            .values(status="sent", accepted_at=now(), error=None)
        )
    else:
        queue_afresh(tx, message_id)
        tx.publish(SEND.job(message.conversation_id, SendJob(message_id)))


def queue_afresh(tx: Tx, message_id: str) -> None:
    """It was not sent: it goes, as if it had never been tried. Once something else of the
    conversation is out, it quotes what it answers, or nobody would know what it is about."""
    message = tx.first(
        select(
            Message.conversation_id,
            Message.position,
            Message.type,
            Message.reply_to,
            Message.in_reply_to,
        ).where(Message.id == message_id)
    )
    values: dict[str, Any] = {}
    if message is not None and message.reply_to is None and _was_passed(tx, message):
        values["reply_to"] = _answered(tx, message.in_reply_to)
    tx.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(status="queued", attempted_at=None, unknown_since=None, error=None, **values)
    )


def _may_be_passed(tx: Tx, message: Row[Any]) -> bool:
    """Does somebody wait for what is behind it, and has its status had a moment to come? Who has
    waited for one message of unknown fate does not wait for the next one, too."""
    moment = now()
    if message.unknown_since is None or moment - message.unknown_since < _LOOK_SECONDS:
        return False
    others = select(Message.id).where(Message.conversation_id == message.conversation_id).limit(1)
    if moment - message.attempted_at < PASS_SECONDS and not tx.first(
        others.where(Message.position < message.position, Message.status == "unknown")
    ):
        return False
    # The rest of the same answer is in no hurry, until the contact writes again.
    newer = or_(
        Message.direction == "inbound",
        and_(Message.status == "queued", Message.turn_id.is_distinct_from(message.turn_id)),
        and_(Message.status == "queued", Message.turn_id.is_(None)),
    )
    return tx.first(others.where(Message.position > message.position, newer)) is not None


def _later_confirmed(tx: Tx, line_id: str, attempted_at: float, noticed_at: float) -> bool:
    """Has a message of the line that was attempted later been confirmed since we noticed?"""
    later = (
        select(Message.id)
        .where(Message.line_id == line_id, Message.confirmed_at > noticed_at)
        .where(Message.attempted_at > attempted_at)
        .limit(1)
    )
    return tx.first(later) is not None


def _was_passed(tx: Tx, message: Row[Any]) -> bool:
    if message.type in ("template", "reaction"):
        return False  # a reaction names its message, a template is not an answer
    later = (
        select(Message.id)
        .where(Message.conversation_id == message.conversation_id)
        .where(Message.position > message.position, Message.direction == "outbound")
        .where(Message.attempted_at.is_not(None))
        .limit(1)
    )
    return tx.first(later) is not None


def _answered(tx: Tx, in_reply_to: Any) -> str | None:
    """The provider's id of the last message that it answers."""
    ids = [id for id in in_reply_to or () if isinstance(id, str)]
    query = select(Message.provider_message_id).where(Message.id.in_(ids))
    found: str | None = tx.scalar(query.order_by(Message.position.desc()).limit(1)) if ids else None
    return found

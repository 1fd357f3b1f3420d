"""Settling the unknown: a message with an attempt and no outcome.

    evidence for       a status of it came back with our id        → sent (statuses.py)
    evidence against   the grace is over, and since we noticed, statuses of later messages of
                       the line have reached us but none of this   → it was not sent: send it
    neither            the grace is over                           → a person decides, in the desk

Only a status that brings our own id back counts against it: where the provider does not name our
messages (Evolution), a status of this one would look like any other's.

It is never sent again blindly. The grace counts from when we noticed, not from the attempt:
after an outage of ours, the provider needs that time to bring what it could not deliver. It
grows by the age of the oldest status that waits in our own queue.
"""

from __future__ import annotations

from enum import Enum, auto

from sqlalchemy import select, update

from recado.conversations.model import Message
from recado.errors import Conflict, NotFound
from recado.queue.port import Queue
from recado.queue.queues import SEND, SendJob
from recado.security.audit import record
from recado.store import Tx, now


class Verdict(Enum):
    SETTLED = auto()
    WAIT = auto()
    SEND = auto()
    ASK = auto()


def judge_unknown(tx: Tx, message_id: str, *, grace_seconds: float) -> Verdict:
    """What the evidence says now. On `SEND` the message is queued afresh, in this transaction."""
    message = tx.first(
        select(Message.status, Message.line_id, Message.attempted_at, Message.unknown_since)
        .where(Message.id == message_id)
        .with_for_update()  # evidence that is just being written counts
    )
    if message is None or message.status not in {"queued", "unknown"}:
        return Verdict.SETTLED
    if message.attempted_at is None:
        return Verdict.SEND
    noticed_at = message.unknown_since or now()
    if now() - noticed_at < grace_seconds:
        return Verdict.WAIT
    if not _later_confirmed(tx, message.line_id, message.attempted_at, noticed_at):
        return Verdict.ASK
    _queue_afresh(tx, message_id)
    return Verdict.SEND


def settle_by_hand(tx: Tx, queue: Queue, message_id: str, *, arrived: bool, actor: str) -> None:
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
        _queue_afresh(tx, message_id)
        queue.publish_in(tx, [SEND.job(message.conversation_id, SendJob(message_id))])


def _later_confirmed(tx: Tx, line_id: str, attempted_at: float, noticed_at: float) -> bool:
    """Has a message of the line that was attempted later been confirmed since we noticed?"""
    later = (
        select(Message.id)
        .where(Message.line_id == line_id, Message.confirmed_at > noticed_at)
        .where(Message.attempted_at > attempted_at)
        .limit(1)
    )
    return tx.first(later) is not None


def _queue_afresh(tx: Tx, message_id: str) -> None:
    tx.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(status="queued", attempted_at=None, unknown_since=None, error=None)
    )

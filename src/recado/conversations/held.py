"""Messages that wait for the contact to write again.

A held message stays queued and has no job, so that its lane goes on. `conversation.held_count`
says how many there are, and spares everyone else the look.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from recado.conversations.messages import DROPPED, recount_held
from recado.conversations.model import Conversation, Message
from recado.conversations.reactions import withdraw_reaction
from recado.errors import Conflict, NotFound
from recado.events import StatusReceived
from recado.jobs import SEND, SendJob
from recado.security.audit import record
from recado.store import Tx

WINDOW = "window"
#: The error of a message that somebody took back.
CANCELLED = "cancelled"
RESOLVED = "The matter was resolved before it could be sent."


def hold(tx: Tx, message_id: str, conversation_id: str, route: dict[str, Any]) -> None:
    """Keep the message until the contact writes again."""
    tx.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "queued")
        .values(held=WINDOW, route=route, attempted_at=None)
    )
    recount_held(tx, conversation_id)


def release_held(tx: Tx, conversation_id: str, *, state: str, trace_id: str = "") -> int:
    """The contact has written: queue what was held, in order. Returns how many.

    `state` is the conversation's before that: once a matter is resolved, the assistant's belated
    replies are dropped; a person's words go out all the same.
    """
    held = tx.all(
        select(Message.id, Message.author)
        .where(Message.conversation_id == conversation_id, Message.held.is_not(None))
        .order_by(Message.position)
    )
    late = [it.id for it in held if it.author == "assistant" and state == "resolved"]
    due = [it.id for it in held if it.id not in late]
    if late:
        error = {"code": DROPPED, "title": RESOLVED}
        tx.execute(
            update(Message)
            .where(Message.id.in_(late))
            .values(status="failed", held=None, error=error)
        )
    if due:
        tx.execute(update(Message).where(Message.id.in_(due)).values(held=None))
        jobs = [SEND.job(conversation_id, SendJob(id), trace_id=trace_id) for id in due]
        tx.publish(*jobs)
    tx.execute(update(Conversation).where(Conversation.id == conversation_id).values(held_count=0))
    return len(due)


def cancel_held(tx: Tx, message_id: str, *, actor: str) -> str:
    """Somebody takes a held message back. Returns its conversation's id.

    Raises NotFound, and Conflict when it does not (or no longer) wait.
    """
    message = tx.first(
        select(Message.conversation_id, Message.held)
        .where(Message.id == message_id)
        .with_for_update()
    )
    if message is None:
        raise NotFound(f"There is no message {message_id}.")
    if message.held is None:
        raise Conflict("The message does not wait for the contact, so it cannot be taken back.")
    error = {"code": CANCELLED, "title": "It was taken back before it was sent."}
    tx.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(status="failed", held=None, error=error)
    )
    withdraw_reaction(tx, message_id)
    recount_held(tx, message.conversation_id)
    record(tx, actor, "message.cancelled", message_id)
    event = StatusReceived(
        conversation_id=message.conversation_id, message_id=message_id, status="failed"
    )
    tx.announce(event)
    return str(message.conversation_id)


def count_held(tx: Tx, line_id: str) -> int:
    """How many messages of the line wait for their contacts."""
    query = select(func.sum(Conversation.held_count)).where(Conversation.line_id == line_id)
    return int(tx.scalar(query) or 0)

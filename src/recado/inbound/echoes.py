"""What the business says outside of Recado: on its own phone, or through another app.

It is shown as said by the team, and the assistant steps back as if a person had taken over: what
the contact said before counts as answered. Some channels echo what Recado itself has sent; that is
known by its provider id and changes nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select, update

from recado.channels.messages import InboundMessage, InboundStatus
from recado.channels.port import Line
from recado.conversations.messages import SILENT_TYPES, append_message
from recado.conversations.model import Conversation, Message
from recado.conversations.ownership import take_over
from recado.escalation.routing.requests import wake_up
from recado.events import MessageQueued
from recado.queue.worker import Defer
from recado.sending.statuses import STATUS_COLUMNS, apply_early_statuses, apply_status
from recado.store import Tx, now

#: So long a message of ours may be on its way to the provider while its echo is here already.
IN_FLIGHT_SECONDS = 30.0
#: How soon to look again whether it has arrived.
LOOK_SECONDS = 0.5
_GIVEN = frozenset({"sent", "delivered", "read"})

_ON_ITS_WAY = (
    select(*STATUS_COLUMNS)
    .where(Message.conversation_id == bindparam("conversation"))
    .where(Message.direction == "outbound", Message.status.in_(("queued", "unknown")))
    .where(Message.attempted_at.is_not(None), Message.provider_message_id.is_(None))
    .where(Message.type == bindparam("type"), Message.text == bindparam("text"))
    .order_by(Message.position)
    .limit(1)
)


def take_in_echo(
    tx: Tx, line: Line, conversation: Row[Any], item: InboundMessage
) -> dict[str, Any] | None:
    """Write what the team said elsewhere. None: it was a message of Recado's.

    Raises Defer while the very message may still be on its way from here.
    """
    if _is_our_own(tx, conversation, item):
        return None
    speaks = item.type not in SILENT_TYPES
    actor = str(item.content.get("said_by") or "phone")
    if speaks and conversation.state == "snoozed":
        wake_up(tx, conversation.id, actor=actor)
    elif speaks and conversation.state != "human":
        take_over(tx, conversation.id, actor=actor)
    message = append_message(
        tx,
        conversation.id,
        direction="outbound",
        author="agent",
        type=item.type,
        text=item.text,
        content={"said_by": "phone", **item.content},
        provider_message_id=item.provider_message_id,
        reply_to=item.reply_to,
        status=_status(item),
        sent_at=item.sent_at,
        accepted_at=item.sent_at,
        raw=item.raw,
    )
    if speaks:
        tx.execute(
            update(Conversation)
            .where(Conversation.id == conversation.id)
            .values(answered_to=message["position"], unread_count=0)
        )
    apply_early_statuses(tx, line.id, item.provider_message_id, message["id"])
    said = MessageQueued(conversation_id=conversation.id, message_id=message["id"], author="agent")
    tx.announce(said)
    return message


def _is_our_own(tx: Tx, conversation: Row[Any], item: InboundMessage) -> bool:
    """Is it a message of Recado's whose receipt has not been written yet?"""
    about = {"conversation": conversation.id, "type": item.type, "text": item.text}
    ours = tx.first(_ON_ITS_WAY, about)
    if ours is None or item.type == "call":
        return False
    if ours.status == "queued" and now() - ours.attempted_at < IN_FLIGHT_SECONDS:
        raise Defer(LOOK_SECONDS)
    # Nobody knew whether it had gone out: the echo is the evidence that it has.
    evidence = InboundStatus(
        channel=item.channel,
        line_address=item.line_address,
        provider_message_id=item.provider_message_id,
        status="sent",
        at=item.sent_at,
        recipient=item.sender.identities[0],
    )
    apply_status(tx, ours, evidence)
    return True


def _status(item: InboundMessage) -> str:
    given = str(item.content.get("status", ""))
    return given if given in _GIVEN else "sent"

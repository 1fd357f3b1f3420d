"""The simulator's inbound side: what a phone would send, on exactly the way of webhooks.

A simulated person is a `provider` identity on the web line whose address is "simulator". The
messages go through the inbound queue, the receipts ("delivered", "read") through the statuses
queue, so that nothing in the system can tell a simulated phone from a real one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import uuid4

from recado.channels.messages import Identity, InboundMessage, InboundStatus, Sender
from recado.channels.web.said import Said
from recado.jobs import INBOUND, STATUSES
from recado.queue.port import Queue
from recado.store import now

CHANNEL = "web"
ADDRESS = "simulator"


async def publish_message(
    queue: Queue, *, person: str, name: str, said: Said, key: str = "", trace_id: str = ""
) -> InboundMessage:
    """The person `person`, called `name`, says it; returns when the message is durable. `key` is
    the phone's own name for it: sent again with the same, it is one message.

    Raises ServiceUnavailable.
    """
    message = InboundMessage(
        channel=CHANNEL,
        line_address=ADDRESS,
        provider_message_id=f"web.{key or uuid4().hex}",
        sender=Sender((Identity("provider", person),), name),
        type=said.type,
        text=said.text,
        sent_at=now(),
        content=said.content,
        reply_to=said.reply_to,
    )
    await queue.publish([INBOUND.job(message.lane, message, trace_id=trace_id)])
    return message


async def publish_receipts(
    queue: Queue,
    *,
    person: str,
    messages: Sequence[tuple[str, str]],
    status: Literal["delivered", "read"],
) -> None:
    """The person's phone has shown `messages`: pairs of our id and the provider's."""
    recipient = Identity("provider", person)
    moment = now()
    statuses = [
        InboundStatus(
            channel=CHANNEL,
            line_address=ADDRESS,
            provider_message_id=provider_id,
            status=status,
            at=moment,
            recipient=recipient,
            callback_data=message_id,
        )
        for message_id, provider_id in messages
    ]
    await queue.publish([STATUSES.job(status.lane, status) for status in statuses])

"""The simulator's inbound side: what a phone would send, on exactly the way of webhooks.

A simulated person is a `provider` identity on the web line whose address is "simulator". The
messages go through the inbound queue, the receipts ("delivered", "read") through the statuses
queue, so that nothing in the system can tell a simulated phone from a real one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import uuid4

from recado.channels.port import Identity, InboundMessage, InboundStatus, Sender
from recado.errors import Unprocessable
from recado.queue.port import Queue
from recado.queue.queues import INBOUND, STATUSES
from recado.store import now

CHANNEL = "web"
ADDRESS = "simulator"
MAX_TEXT = 4096


async def publish_message(
    queue: Queue,
    *,
    person: str,
    name: str,
    text: str,
    reply: dict[str, str] | None = None,
    reply_to: str | None = None,
    trace_id: str = "",
) -> InboundMessage:
    """The person `person`, called `name`, writes `text`; returns when the message is durable.

    `reply` is what was tapped (`id`, `title`), `reply_to` the provider id of the message that the
    button or the quote belongs to. Raises Unprocessable (empty, too long), ServiceUnavailable.
    """
    text = text.strip()
    if not text:
        raise Unprocessable("The message is empty.")
    if len(text) > MAX_TEXT:
        raise Unprocessable(f"The text has {len(text)} characters; WhatsApp takes {MAX_TEXT}.")
    content: dict[str, Any] = {"reply": reply} if reply else {}
    message = InboundMessage(
        channel=CHANNEL,
        line_address=ADDRESS,
        provider_message_id=f"web.{uuid4().hex}",
        sender=Sender((Identity("provider", person),), name),
        type="interactive" if reply else "text",
        text=text,
        sent_at=now(),
        content=content,
        reply_to=reply_to,
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

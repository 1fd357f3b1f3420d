"""What the simulator's phone says, as the web channel hands it to intake."""

from __future__ import annotations

from typing import Any

from recado.channels.messages import Identity, InboundMessage, Sender
from recado.store import new_id, now


def simulated_message(
    type: str, content: dict[str, Any], *, text: str = "", person: str = "ana"
) -> InboundMessage:
    return InboundMessage(
        channel="web",
        line_address="simulator",
        provider_message_id=f"web.{new_id()}",
        sender=Sender((Identity("provider", person),), person.title()),
        type=type,
        text=text,
        sent_at=now(),
        content=content,
    )

"""The web channel's adapter. A message is delivered by being in the store: the person's page
reads it from there, live. Inbound items are published by Recado's own routes, signed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recado.channels.port import (
    InboundItem,
    Line,
    OutboundMessage,
    Recipient,
    SendReceipt,
)
from recado.errors import InvalidSignature, UnparsablePayload


class WebChannel:
    kind = "web"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> None:
        raise InvalidSignature("The web channel has no webhook.")

    def parse(self, body: bytes) -> list[InboundItem]:
        raise UnparsablePayload("The web channel has no webhook.")

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        return SendReceipt(provider_message_id=f"web.{message.id}")

    async def show_typing(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """The page shows it from the turn's own events."""

    async def check(self, line: Line) -> list[str]:
        return []

    async def close(self) -> None:
        """Nothing is open."""

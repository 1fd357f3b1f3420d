"""The web channel's adapter. A message is delivered by being in the store: the person's page
reads it from there, live. Inbound items are published by Recado's own routes, signed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recado.channels.port import (
    Capabilities,
    Channel,
    InboundItem,
    Line,
    OutboundMessage,
    SendReceipt,
)
from recado.errors import InvalidSignature, UnparsablePayload
from recado.settings import Settings


class WebChannel(Channel):
    kind = "web"
    title = "Web (simulator and API)"
    capabilities = Capabilities(
        receives=frozenset({"text", "interactive"}),
        sends=frozenset({"text"}),
        features=frozenset({"reply", "typing", "read", "statuses"}),
    )

    def line_from_settings(self, settings: Settings) -> Line | None:
        """The simulator's line, which is always there."""
        return Line("", "web", "simulator", "Simulator")

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> None:
        raise InvalidSignature("The web channel has no webhook.")

    def parse(self, body: bytes) -> list[InboundItem]:
        raise UnparsablePayload("The web channel has no webhook.")

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        return SendReceipt(provider_message_id=f"web.{message.id}")

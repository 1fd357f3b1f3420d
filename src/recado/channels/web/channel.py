"""The web channel's adapter. A message is delivered by being in the store: the person's page
reads it from there, live. Inbound items are published by Recado's own routes, signed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recado.channels.messages import InboundItem, OutboundMessage, SendReceipt
from recado.channels.port import Capabilities, Channel, Line
from recado.channels.web.limits import check
from recado.errors import InvalidSignature, SendRejected, UnparsablePayload
from recado.settings import Settings

RECEIVES = frozenset({
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts",
    "interactive", "button", "order", "reaction", "edit", "revoke",
})  # fmt: skip
SENDS = frozenset({
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction",
    "template", "interactive.button", "interactive.list", "interactive.cta_url",
    "interactive.flow", "interactive.product", "interactive.product_list", "interactive.catalog",
    "interactive.location_request", "interactive.voice_call", "interactive.address",
    "interactive.call_permission_request", "interactive.carousel",
})  # fmt: skip


class WebChannel(Channel):
    kind = "web"
    title = "Web (simulator and API)"
    capabilities = Capabilities(
        receives=RECEIVES,
        sends=SENDS,
        features=frozenset({"reply", "typing", "read", "statuses"}),
    )

    def line_from_settings(self, settings: Settings) -> Line | None:
        """The simulator's line, which is always there."""
        return Line("", "web", "simulator", "Simulator")

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> Sequence[str]:
        raise InvalidSignature("The web channel has no webhook.")

    def parse(self, body: bytes, url: str = "") -> list[InboundItem]:
        raise UnparsablePayload("The web channel has no webhook.")

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        name, tapped = message.type, message.content.get("interactive")
        if name == "interactive" and isinstance(tapped, dict):
            name += f".{tapped.get('type')}"
        if name not in SENDS:
            raise SendRejected(f"The web channel does not show messages of type {name}")
        check(message)
        return SendReceipt(provider_message_id=f"web.{message.id}")

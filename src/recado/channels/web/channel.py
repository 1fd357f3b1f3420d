"""The web channel's adapter. A message is delivered by being in the store: the person's page
reads it from there, live. Inbound items are published by Recado's own routes, signed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recado.channels.messages import InboundItem, OutboundMessage, SendReceipt
from recado.channels.port import Capabilities, Channel, Line
from recado.channels.whatsapp.check import LARGEST, SHOWN, check
from recado.errors import InvalidSignature, UnparsablePayload
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
    "interactive.request_contact_info", "interactive.order_details", "interactive.order_status",
})  # fmt: skip


class WebChannel(Channel):
    kind = "web"
    title = "Web (simulator and API)"
    shown_files = SHOWN
    largest_files = LARGEST
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

    def check_message(self, message: OutboundMessage) -> None:
        """See the port. What looks right in the simulator is what WhatsApp takes."""
        super().check_message(message)
        check(message)

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        self.check_message(message)
        return SendReceipt(provider_message_id=f"web.{message.id}")

"""The Evolution channel: a phone's own WhatsApp behind the channel port.

A line's `address` is the instance's name; its `credentials` are `api_url`, `api_key`,
`webhook_token`, and `number` for pairing by code.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Self

import msgspec

from recado.channels.evolution.addresses import jid_of, number_of
from recado.channels.evolution.answers import receipt_of
from recado.channels.evolution.client import EvolutionApi
from recado.channels.evolution.interactive import ACTIONS
from recado.channels.evolution.media import fetch
from recado.channels.evolution.pairing import Pairing
from recado.channels.evolution.parse import CHANNEL, parse
from recado.channels.evolution.reports import reports_of
from recado.channels.evolution.requests import BAILEYS, BUSINESS, Context
from recado.channels.evolution.send import BUILDERS, build, needs_integration
from recado.channels.evolution.signature import check_headers, verify
from recado.channels.http import Limits, SessionFactory
from recado.channels.messages import (
    ANYBODY,
    InboundItem,
    OutboundFile,
    OutboundMessage,
    Recipient,
    SendReceipt,
)
from recado.channels.port import (
    Capabilities,
    Channel,
    Connection,
    Credential,
    Line,
    MediaSource,
    Webhook,
)
from recado.channels.reports import Report
from recado.channels.whatsapp.check import LARGEST, SHOWN
from recado.errors import SendRejected
from recado.settings import Settings

#: Evolution takes request bodies up to 136 MB (src/main.ts), and base64 is a third longer.
_LARGEST_FILE_BYTES = 100 * 1024 * 1024
#: How long the phone shows "typing…"; Evolution answers only when it is over.
_TYPING_MILLISECONDS = 10_000


class EvolutionChannel(Channel):
    kind = CHANNEL
    title = "WhatsApp (Evolution API)"
    shown_files = SHOWN
    largest_files = LARGEST
    address_label = "Instance name"
    address_setting = "INSTANCE_NAME"
    webhook = Webhook(
        # With "webhook by events", Evolution adds the event's name to the address.
        (
            *("/webhooks/evolution", "/webhook"),
            *("/webhooks/evolution/{event}", "/webhook/{event}"),
        ),
        "webhook_token",
        max_bytes=32 * 1024 * 1024,
    )
    credentials = (
        Credential(
            "api_url",
            "API URL",
            "Where your Evolution API runs.",
            secret=False,
            setting="EVOLUTION_API_URL",
        ),
        Credential(
            "api_key",
            "API key",
            "Evolution's AUTHENTICATION_API_KEY, or the instance's own key.",
            setting="EVOLUTION_API_KEY",
        ),
        Credential(
            "webhook_token",
            "Webhook token",
            "A long random word that you make up; it proves Evolution's webhooks.",
            setting="EVOLUTION_WEBHOOK_TOKEN",
        ),
        Credential(
            "number",
            "Phone number",
            "With its country code: then there is a code to type beside the QR code.",
            required=False,
            secret=False,
        ),
    )
    capabilities = Capabilities(
        receives=frozenset(
            {
                *("text", "image", "video", "audio", "document", "sticker", "location"),
                *("contacts", "interactive", "button", "order", "reaction", "edit", "revoke"),
                *("call", "unknown"),
            }
        ),
        sends=frozenset(BUILDERS) - {"interactive"} | {f"interactive.{kind}" for kind in ACTIONS},
        features=frozenset({"reply", "typing", "read", "statuses", "echoes", "pairing"}),
    )

    def __init__(
        self,
        public_url: str = "",
        own_url: str = "",
        *,
        limits: Limits | None = None,
        session_factory: SessionFactory | None = None,
    ) -> None:
        """`public_url` is where Evolution reaches Recado ("": its webhooks are set by hand),
        `own_url` the server of the line in the settings;
        `session_factory` replaces the HTTP session (a proxy, a test)."""
        self._own_url = own_url
        self._api = EvolutionApi(limits or Limits(), session_factory)
        self._pairing = Pairing(
            self._api, f"{public_url.rstrip('/')}/webhooks/evolution" if public_url else ""
        )
        self._integrations: dict[tuple[str, str], str] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """See the port."""
        limits = Limits.from_settings(settings, connections=32)
        return cls(settings.public_url, settings.evolution_api_url, limits=limits)

    def moved_api(self) -> str:
        """See the port: Evolution runs wherever its owner has it."""
        return self._own_url

    def rest_seconds(self, line: Line) -> float:
        """See the port."""
        return self._api.breaker(line).wait_seconds()

    def breakers(self) -> Mapping[str, str]:
        """See the port."""
        return self._api.breakers.states()

    def check_headers(self, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """See the port. Without a token in the headers, the body may have it."""
        check_headers(headers, secrets)

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> Sequence[str]:
        """See the port. `secrets` are webhook tokens; Evolution does not sign the URL."""
        return verify(headers, body, secrets)

    def reports(self, name: str, value: dict[str, Any]) -> Sequence[Report]:
        """See the port."""
        return reports_of(name, value)

    def line_from_settings(self, settings: Settings) -> Line | None:
        """See the port."""
        credentials = {
            "api_url": settings.evolution_api_url,
            "api_key": settings.evolution_api_key.get_secret_value(),
            "webhook_token": settings.evolution_webhook_token.get_secret_value(),
        }
        if not (settings.evolution_instance or any(credentials.values())):
            return None
        return Line("", CHANNEL, settings.evolution_instance, "Evolution", credentials)

    def parse(self, body: bytes, url: str = "") -> list[InboundItem]:
        """See the port."""
        return parse(body)

    def check_message(self, message: OutboundMessage) -> None:
        """See the port. Which integration the instance has, it says when it is asked: it is
        enough that one of them takes it."""
        super().check_message(message)
        file = "a stored file" if message.file else ""
        message = msgspec.structs.replace(message, to=ANYBODY)
        try:
            build(message, Context(BAILEYS, file))
        except SendRejected:
            build(message, Context(BUSINESS, file))

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        """See the port. Evolution does not send our id back: an unknown fate stays unknown."""
        integration = await self._integration(line) if needs_integration(message) else ""
        file = await _file(message.file) if message.file else ""
        request = build(message, Context(integration, file))
        return receipt_of(await self._api.post_message(line, request.action, request.body))

    async def show_typing(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """See the port."""
        await self.mark_read(line, to, provider_message_id)
        number = number_of(to)
        if number:
            body = {"number": number, "delay": _TYPING_MILLISECONDS, "presence": "composing"}
            await self._api.tell(line, "/chat/sendPresence/{instance}", body)

    async def mark_read(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """See the port."""
        jid = jid_of(to)
        if jid and provider_message_id:
            read = {"remoteJid": jid, "fromMe": False, "id": provider_message_id}
            body = {"readMessages": [read]}
            await self._api.tell(line, "/chat/markMessageAsRead/{instance}", body)

    async def check(self, line: Line) -> list[str]:
        """See the port."""
        return await self._pairing.problems(line)

    async def media_source(self, line: Line, media: Mapping[str, Any], raw: Any) -> MediaSource:
        """See the port."""
        return await fetch(self._api, line, media, raw)

    async def connect(self, line: Line) -> Connection:
        """See the port."""
        self._integrations.clear()  # the instance may be another one now
        return await self._pairing.connect(line)

    async def connection(self, line: Line) -> Connection:
        """See the port."""
        return await self._pairing.connection(line)

    async def disconnect(self, line: Line) -> None:
        """See the port."""
        await self._pairing.disconnect(line)

    async def close(self) -> None:
        """See the port."""
        await self._api.close()

    async def _integration(self, line: Line) -> str:
        """What the instance stands on: asked once, for it does not change while it exists."""
        key = (line.credentials.get("api_url", ""), line.address)
        if key not in self._integrations:
            self._integrations[key] = await self._pairing.integration(line)
        return self._integrations[key]


async def _file(file: OutboundFile) -> str:
    """The file for Evolution: its bytes as base64, which need no public URL; a link when they are
    too many for one request."""
    if file.size_bytes <= _LARGEST_FILE_BYTES:
        return base64.b64encode(await file.read()).decode()
    if file.url:
        return file.url
    raise SendRejected(
        "Evolution takes files over 100 MB only by link: set RECADO_PUBLIC_URL, or send a smaller"
        " file"
    )

"""The Twilio channel: WhatsApp and SMS through Twilio, behind the channel port.

A line's `address` is the business's number in digits. Its `credentials` are `account_sid` and
`auth_token` (which also signs the webhooks), and `messaging_service_sid` where messages are to go
through such a service.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote, urlsplit

import msgspec

from recado.channels.http import Limits, SessionFactory
from recado.channels.messages import (
    InboundItem,
    OutboundMessage,
    ProviderError,
    Recipient,
    SendReceipt,
)
from recado.channels.port import (
    Capabilities,
    Channel,
    Credential,
    Explanation,
    Line,
    MediaSource,
    TemplateInfo,
    Webhook,
)
from recado.channels.twilio.addresses import ends, line_address
from recado.channels.twilio.check import problems_of
from recado.channels.twilio.client import TwilioApi, credentials_of
from recado.channels.twilio.codes import meaning_of
from recado.channels.twilio.contents import Contents
from recado.channels.twilio.parse import CHANNEL, OUR_ID, parse
from recado.channels.twilio.rich import KINDS, content_for
from recado.channels.twilio.send import BUILDERS, TEXT_LIMIT, build, link_of
from recado.channels.twilio.signature import check_header, verify_signature
from recado.channels.twilio.templates import info_of, language_of
from recado.channels.twilio.variables import variables_for
from recado.channels.whatsapp.check import LARGEST, SHOWN
from recado.channels.whatsapp.limits import required, within
from recado.errors import SendRejected, Unprocessable
from recado.settings import Settings

DEFAULT_API_URL = "https://api.twilio.com"
DEFAULT_CONTENT_URL = "https://content.twilio.com"
#: Where files are, and where Twilio redirects to. Sources: help.twilio.com, "Protect Media Access
#: with HTTP Basic Authentication for Programmable Messaging"; www.twilio.com/docs/messaging/api/
#: media-resource.
MEDIA_HOSTS = (".twilio.com", ".twiliocdn.com", "s3-external-1.amazonaws.com")
_PATH = "/webhooks/twilio"


class TwilioChannel(Channel):
    kind = CHANNEL
    title = "Twilio (WhatsApp and SMS)"
    shown_files = SHOWN
    largest_files = LARGEST
    address_label = "Number, in digits with the country code"
    text_limit = TEXT_LIMIT
    caption_limit = TEXT_LIMIT
    webhook = Webhook(
        (_PATH, "/SmsReceived"),
        signed_with="auth_token",
        max_bytes=1024 * 1024,
        accepted=b'<?xml version="1.0" encoding="UTF-8"?><Response/>',
        media_type="text/xml",
    )
    credentials = (
        Credential(
            "account_sid",
            "Account SID",
            "On the Console's start page; it begins with AC.",
            secret=False,
            setting="TWILIO_ACCOUNT_SID",
        ),
        Credential(
            "auth_token",
            "Auth token",
            "Beside it. It also signs the webhooks.",
            setting="TWILIO_AUTH_TOKEN",
        ),
        Credential(
            "messaging_service_sid",
            "Messaging service SID",
            "Only if messages are to go through a messaging service; the number must be in it.",
            required=False,
            secret=False,
        ),
    )
    capabilities = Capabilities(
        receives=frozenset(
            {
                *("text", "image", "video", "audio", "document", "sticker", "location"),
                *("interactive", "button", "unsupported", "unknown"),
            }
        ),
        sends=frozenset(BUILDERS) | {"template"} | {f"interactive.{kind}" for kind in KINDS},
        features=frozenset({"typing", "statuses", "window", "templates"}),
    )

    def __init__(
        self,
        api_url: str = DEFAULT_API_URL,
        content_url: str = DEFAULT_CONTENT_URL,
        public_url: str = "",
        *,
        limits: Limits | None = None,
        session_factory: SessionFactory | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`public_url`: where Twilio reaches us; without it no statuses come. `session_factory`
        replaces the HTTP session, `clock` tells Unix seconds."""
        self._public_url = public_url.rstrip("/")
        self._api_url = api_url
        self._api = TwilioApi(api_url, content_url, limits or Limits(), session_factory)
        self._contents = Contents(self._api)
        self._clock = clock

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """See the port."""
        return cls(
            settings.twilio_api_url,
            settings.twilio_content_url,
            settings.public_url,
            limits=Limits.from_settings(settings),
        )

    def moved_api(self) -> str:
        """See the port."""
        return self._api_url if self._api_url != DEFAULT_API_URL else ""

    def rest_seconds(self, line: Line) -> float:
        """See the port."""
        return self._api.breaker.wait_seconds()

    def breakers(self) -> Mapping[str, str]:
        """See the port."""
        return {self._api.breaker.name: self._api.breaker.state}

    def check_headers(self, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """See the port."""
        check_header(headers)

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> Sequence[str]:
        """See the port. `secrets` are auth tokens; `url` is part of what Twilio signs."""
        return verify_signature(headers, body, secrets, url)

    def parse(self, body: bytes, url: str = "") -> list[InboundItem]:
        """See the port."""
        return parse(body, url, self._clock())

    def read_address(self, given: str) -> str:
        """See the port. A number as people write it, or as Twilio does (whatsapp:+14155238886)."""
        digits = re.sub(r"[\s().+-]", "", given.strip().removeprefix("whatsapp:"))
        if not re.fullmatch(r"[1-9][0-9]{2,14}", digits):
            raise Unprocessable("The number is digits with the country code, such as 14155238886.")
        return line_address(f"+{digits}")

    def line_from_settings(self, settings: Settings) -> Line | None:
        """See the port: every number for which Twilio signs with the account's token."""
        credentials = {
            "account_sid": settings.twilio_account_sid,
            "auth_token": settings.twilio_auth_token.get_secret_value(),
        }
        if not any(credentials.values()):
            return None
        return Line("", CHANNEL, "", "Twilio", credentials)

    def check_message(self, message: OutboundMessage) -> None:
        """See the port. What a template lacks, its account says when it is asked."""
        super().check_message(message)
        if message.type == "interactive":
            content_for(message)
        elif message.type != "template":
            build(message)

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        """See the port. The message's id comes back in the query of the status callbacks."""
        sender, to = ends(line, message.to)
        form = {**await self._content_of(line, message), "From": sender, "To": to}
        service = line.credentials.get("messaging_service_sid", "").strip()
        if service:
            form["MessagingServiceSid"] = service
        if self._public_url:
            our_id = quote(within("message id", message.id), safe="")
            form["StatusCallback"] = f"{self._public_url}{_PATH}?{OUR_ID}={our_id}"
        return await self._api.send(line, form)

    async def show_typing(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """See the port. Twilio's public beta, for WhatsApp only; it also marks the message as read.

        Source: www.twilio.com/docs/whatsapp/api/typing-indicators-resource
        """
        message_id = provider_message_id.partition("/")[0]
        if message_id:
            url = f"{self._api.messaging}/v2/Indicators/Typing.json"
            await self._api.tell(line, url, {"messageId": message_id, "channel": "whatsapp"})

    async def check(self, line: Line) -> list[str]:
        """See the port."""
        return await problems_of(self._api, line, self._public_url)

    def explain(self, error: ProviderError) -> Explanation:
        """See the port."""
        return meaning_of(error.code)

    async def media_source(self, line: Line, media: Mapping[str, Any], raw: Any) -> MediaSource:
        """See the port. The credentials go to Twilio's API alone, not to where it redirects."""
        url = str(media.get("url") or "")
        own = urlsplit(self._api.base).hostname or ""
        host = _host_of(url)
        if not host:
            raise SendRejected("The message does not say where its file is")
        return MediaSource(
            url=url,
            headers=credentials_of(line) if host == own else {},
            hosts=(own, *MEDIA_HOSTS),
            mime_type=str(media.get("mime_type") or ""),
            filename=str(media.get("filename") or ""),
        )

    async def list_templates(self, line: Line) -> list[TemplateInfo]:
        """See the port."""
        found = [info_of(content) for content in await self._contents.list_all(line)]
        return [info for info in found if info is not None]

    async def close(self) -> None:
        """See the port."""
        await self._api.close()

    async def _content_of(self, line: Line, message: OutboundMessage) -> dict[str, str]:
        if message.type == "interactive":
            return {"ContentSid": await self._contents.make(line, content_for(message))}
        if message.type == "template":
            return await self._template(line, message)
        return build(message)

    async def _template(self, line: Line, message: OutboundMessage) -> dict[str, str]:
        template = required(message.content, "template", dict)
        sid = str(template.get("sid") or template.get("provider_id") or "")
        if sid.startswith("HX"):
            # Its parts are needed only to number Meta's values; without values it just goes.
            numbered = bool(template.get("components")) and not template.get("variables")
            content = await self._contents.by_sid(line, sid) if numbered else None
        else:
            name = within("template name", template.get("name") or "")
            language = language_of(template)
            if not language:
                raise SendRejected("A template needs its language, such as es_MX")
            content = await self._contents.find(line, name, language)
            sid = content.sid
        form = {"ContentSid": sid}
        link = link_of(message) if message.file else ""
        variables = variables_for(template, content, link)
        if variables:
            form["ContentVariables"] = msgspec.json.encode(variables).decode()
        return form


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""

"""The WhatsApp channel: Meta's Cloud API behind the channel port.

A line's `address` is its phone number id; its `credentials` are `access_token`, `app_secret`
(signs the webhooks) and `verify_token` (of the webhook's subscription).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from recado.channels.http import Answer, Limits, SessionFactory
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
    Pace,
    TemplateInfo,
    Webhook,
)
from recado.channels.reports import DatedHandover, Report
from recado.channels.whatsapp.check import LARGEST, SHOWN, check
from recado.channels.whatsapp.client import GraphApi, failure_of, graph_error
from recado.channels.whatsapp.codes import meaning_of
from recado.channels.whatsapp.decode import CHANNEL
from recado.channels.whatsapp.direct import marketing
from recado.channels.whatsapp.handovers import date_handover
from recado.channels.whatsapp.interactive import ACTIONS
from recado.channels.whatsapp.media import find_source, with_upload
from recado.channels.whatsapp.parse import parse
from recado.channels.whatsapp.reports import reports_of
from recado.channels.whatsapp.send import BUILDERS, build
from recado.channels.whatsapp.signature import check_header, verify_signature, verify_subscription
from recado.channels.whatsapp.subscription import webhook_problems
from recado.channels.whatsapp.templates import list_all
from recado.errors import SendError, Unprocessable
from recado.settings import Settings

DEFAULT_API_URL = "https://graph.facebook.com"
DEFAULT_API_VERSION = "v23.0"
#: A number's messages a second; to one person a burst of 45, then one in six seconds. Meta answers
#: 130429 and 131056 beyond.
#: https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput
#: https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits
_META_HOST = "graph.facebook.com"
_UNPACED = Pace(pair_burst=45, pair_codes=frozenset({"131056"}))
_PACE = replace(_UNPACED, per_second=80.0, pair_interval_seconds=6.0)
_FIELDS = "id,display_phone_number,verified_name,quality_rating,status"


class _PhoneNumber(msgspec.Struct):
    id: str
    display_phone_number: str = ""
    quality_rating: str = ""
    status: str = ""


class WhatsAppChannel(Channel):
    kind = CHANNEL
    title = "WhatsApp (Meta Cloud API)"
    address_label = "Phone number id"
    shown_files = SHOWN
    largest_files = LARGEST
    address_setting = "WHATSAPP_PHONE_NUMBER_ID"
    webhook = Webhook(("/webhooks/whatsapp",), "app_secret", "verify_token")
    credentials = (
        Credential(
            "access_token",
            "Access token",
            "Of a system user with whatsapp_business_messaging and whatsapp_business_management.",
            setting="WHATSAPP_ACCESS_TOKEN",
        ),
        Credential(
            "app_secret",
            "App secret",
            "App settings, Basic. It signs the webhooks.",
            setting="WHATSAPP_APP_SECRET",
        ),
        Credential(
            "verify_token",
            "Verify token",
            "Any secret word; enter the same where you subscribe.",
            setting="WHATSAPP_VERIFY_TOKEN",
        ),
        Credential(
            "business_account_id",
            "WhatsApp Business account id",
            "Beside the phone number id; needed to list message templates.",
            required=False,
            secret=False,
            setting="WHATSAPP_BUSINESS_ACCOUNT_ID",
        ),
    )
    capabilities = Capabilities(
        receives=frozenset(
            {
                *("text", "image", "video", "audio", "document", "sticker", "location"),
                *("contacts", "interactive", "button", "order", "reaction", "edit", "revoke"),
                *("system", "call", "unsupported", "unknown"),
            }
        ),
        sends=frozenset(BUILDERS) - {"interactive"} | {f"interactive.{kind}" for kind in ACTIONS},
        features=frozenset(
            {"reply", "typing", "read", "statuses", "window", "templates", "echoes", "handover"}
            | {"pricing"}
        ),
    )

    def __init__(
        self,
        api_url: str = DEFAULT_API_URL,
        api_version: str = DEFAULT_API_VERSION,
        *,
        limits: Limits | None = None,
        session_factory: SessionFactory | None = None,
    ) -> None:
        """`session_factory` replaces the HTTP session (a proxy, a test); it is called in the
        running loop when the first request is made."""
        self._api_url = api_url
        # Behind a proxy, or in front of a stub, only what the provider says counts.
        self._pace = _PACE if urlsplit(api_url).hostname == _META_HOST else _UNPACED
        self._api = GraphApi(api_url, api_version, limits or Limits(), session_factory)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """See the port."""
        return cls(
            settings.whatsapp_api_url,
            settings.whatsapp_api_version,
            limits=Limits.from_settings(settings),
        )

    def moved_api(self) -> str:
        """See the port."""
        return self._api_url if self._api_url != DEFAULT_API_URL else ""

    def clock_url(self) -> str:
        """See the port."""
        return self._api_url

    def rest_seconds(self, line: Line) -> float:
        """See the port."""
        return self._api.breaker.wait_seconds()

    def pace(self, line: Line) -> Pace:
        """See the port."""
        return self._pace

    def breakers(self) -> Mapping[str, str]:
        """See the port."""
        return {self._api.breaker.name: self._api.breaker.state}

    def check_headers(self, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """See the port."""
        check_header(headers)

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> Sequence[str]:
        """See the port. `secrets` are app secrets; the URL is no part of Meta's signature."""
        return verify_signature(headers, body, secrets)

    def answer_challenge(self, query: Mapping[str, str], secrets: Sequence[str]) -> str:
        """See the port."""
        return verify_subscription(query, secrets)

    def read_address(self, given: str) -> str:
        """See the port."""
        address = super().read_address(given)
        if not (address.isascii() and address.isdigit()):
            raise Unprocessable(
                "The phone number id is digits: not the number itself, but its id at Meta."
            )
        return address

    def reports(self, name: str, value: dict[str, Any]) -> Sequence[Report]:
        """See the port."""
        return reports_of(name, value)

    def date_handover(self, raw: Any) -> DatedHandover:
        """See the port."""
        return date_handover(raw)

    def line_from_settings(self, settings: Settings) -> Line | None:
        """See the port."""
        credentials = {
            "access_token": settings.whatsapp_access_token.get_secret_value(),
            "app_secret": settings.whatsapp_app_secret.get_secret_value(),
            "verify_token": settings.whatsapp_verify_token.get_secret_value(),
            "business_account_id": settings.whatsapp_business_account_id,
        }
        address = settings.whatsapp_phone_number_id
        if not (address or any(credentials.values())):
            return None
        return Line("", CHANNEL, address, "WhatsApp", credentials)

    def parse(self, body: bytes, url: str = "") -> list[InboundItem]:
        """See the port."""
        return parse(body)

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        """See the port. The message's id travels as `biz_opaque_callback_data`."""
        if message.file is not None:
            message = await with_upload(self._api, line, message, message.file)
        is_marketing = message.type == "template" and marketing(message) is not None
        path = "/marketing_messages" if is_marketing else "/messages"
        return await self._api.send(line, build(message), path=path)

    def check_message(self, message: OutboundMessage) -> None:
        """See the port."""
        super().check_message(message)
        check(message)

    async def media_source(self, line: Line, media: Mapping[str, Any], raw: Any) -> MediaSource:
        """See the port."""
        return await find_source(self._api, line, media, self._api_url)

    def explain(self, error: ProviderError) -> Explanation:
        """See the port."""
        return meaning_of(error.code)

    async def mark_read(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """See the port. Earlier messages of the conversation count as read with it.

        Source: …/documentation/business-messaging/whatsapp/messages/mark-message-as-read
        """
        if provider_message_id:
            await self._api.tell(
                line,
                {
                    "messaging_product": "whatsapp",
                    "status": "read",
                    "message_id": provider_message_id,
                },
            )

    async def show_typing(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """See the port. Shown for 25 seconds or until the next message.

        Source: …/documentation/business-messaging/whatsapp/typing-indicators
        """
        if provider_message_id:
            await self._api.tell(
                line,
                {
                    "messaging_product": "whatsapp",
                    "status": "read",
                    "message_id": provider_message_id,
                    "typing_indicator": {"type": "text"},
                },
            )

    async def list_templates(self, line: Line) -> list[TemplateInfo]:
        """See the port. Needs the line's `business_account_id`."""
        return await list_all(self._api, line)

    async def check(self, line: Line) -> list[str]:
        """See the port."""
        problems = [
            f"The line has no {name}: {consequence}"
            for name, consequence in (
                ("app_secret", "its webhooks are refused. Copy it from App settings, Basic."),
                ("verify_token", "Meta cannot subscribe the webhook. Choose any secret word."),
            )
            if not line.credentials.get(name)
        ]
        try:
            answer = await self._api.look(line, _FIELDS)
        except SendError as error:
            return [*problems, error.detail]
        return problems + _problems(line, answer)

    async def shown_number(self, line: Line) -> str:
        """See the port."""
        try:
            answer = await self._api.look(line, "display_phone_number")
            return msgspec.json.decode(answer.body, type=_PhoneNumber).display_phone_number
        except (SendError, msgspec.DecodeError, UnicodeDecodeError):  # or nothing of Meta's
            return ""

    async def webhook_problems(self, line: Line, expected_url: str) -> list[str]:
        """See the port."""
        return await webhook_problems(self._api, line, expected_url)

    async def close(self) -> None:
        """See the port."""
        await self._api.close()


def _problems(line: Line, answer: Answer) -> list[str]:
    if answer.status == 200:
        return _warnings(answer)
    error = graph_error(answer.body)
    code = error.code if error else None
    # Meta answers 100 ("does not exist or cannot be loaded") for an id that the token cannot see.
    if code in (33, 100) or (error is None and answer.status == 404):
        unknown = (
            f"Meta knows no phone number id {line.address} for this token: copy the id (not the"
            " number) from WhatsApp, API setup, and let the token's user see the account."
        )
        return [unknown]
    return [failure_of(answer).detail]


def _warnings(answer: Answer) -> list[str]:
    try:
        number = msgspec.json.decode(answer.body, type=_PhoneNumber)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ["The answer is not the Graph API's: check WHATSAPP_API_URL."]
    problems = []
    if number.quality_rating == "RED":
        problems.append(
            f"{number.display_phone_number} has quality RED: people block it or mark it as spam. "
            "Send less marketing before Meta limits the number."
        )
    if number.status not in ("", "CONNECTED", "UNKNOWN"):
        problems.append(
            f"{number.display_phone_number} is {number.status}: see the number in WhatsApp Manager."
        )
    return problems

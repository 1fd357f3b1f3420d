"""Every channel as the contract suite needs it. A new channel: one more entry in `CASES`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

from recado.channels.evolution import EvolutionChannel
from recado.channels.http import Limits
from recado.channels.messages import (
    INTERACTIVE_KINDS,
    MESSAGE_TYPES,
    Identity,
    OutboundMessage,
    Recipient,
)
from recado.channels.port import Channel, Line
from recado.channels.twilio import TwilioChannel
from recado.channels.twilio.signature import sign as sign_as_twilio
from recado.channels.web import WebChannel
from recado.channels.whatsapp import WhatsAppChannel
from tests.contracts.example_channel import PigeonChannel
from tests.support import evolution
from tests.support.evolution import EvolutionStub, Instance
from tests.support.graph import GraphStub
from tests.support.payloads import sign as sign_as_meta
from tests.support.providers import Provider, answering

TESTS = Path(__file__).parents[1]
SECRET = "a secret of the contract suite"


class HasUrl(Protocol):
    @property
    def url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ChannelCase:
    """`make` opens the adapter for a provider at a URL, waiting so long for it; `line` is a line
    there, and a type that its account does not take may need one of `other_addresses`. `sign`
    gives the headers of a webhook: body, secret, the URL that is called. `signs_body`: a signature
    fits one body only. `undocumented` types are read if they come, though the vendor does not
    promise them. `provider` None: it calls nobody."""

    make: Callable[[str, float], Channel]
    line: Callable[[str], Line]
    provider: Callable[[], AbstractAsyncContextManager[HasUrl]] | None = None
    sign: Callable[[bytes, str, str], dict[str, str]] | None = None
    signs_body: bool = True
    payloads: Path | None = None
    other_addresses: tuple[str, ...] = ()
    undocumented: frozenset[str] = frozenset()


def recorded(case: ChannelCase) -> list[Path]:
    """The vendor's payloads: JSON, or forms."""
    found = sorted(case.payloads.iterdir()) if case.payloads else []
    return [file for file in found if file.suffix in {".json", ".form", ".txt"}]


def _limits(seconds: float) -> Limits:
    return Limits(connect_seconds=seconds, total_seconds=seconds)


def _whatsapp_line(url: str) -> Line:
    credentials = {"access_token": "a token", "app_secret": SECRET, "verify_token": "a word"}
    return Line("1", "whatsapp", "106540352242922", "Ventas", credentials)


def _evolution_line(url: str) -> Line:
    credentials = {"api_url": url, "api_key": evolution.API_KEY, "webhook_token": SECRET}
    return Line("1", "evolution", evolution.INSTANCE, "Tienda", credentials)


def _twilio_line(url: str) -> Line:
    credentials = {"account_sid": "AC" + "0" * 32, "auth_token": SECRET}
    return Line("1", "twilio", "14155238886", "Twilio", credentials)


def _pigeon_line(url: str) -> Line:
    return Line("1", "pigeon", "plaza", "Plaza", {"key": "a key", "secret": SECRET})


def _sign_as_pigeon(body: bytes, secret: str, url: str) -> dict[str, str]:
    digest = sign_as_meta(body, secret)["x-hub-signature-256"].removeprefix("sha256=")
    return {"content-type": "application/json", "x-pigeon-signature": digest}


def _sign_as_twilio(body: bytes, secret: str, url: str) -> dict[str, str]:
    fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": sign_as_twilio(url, fields, secret),
    }


def _answer_as_twilio(method: str, path: str, body: bytes) -> tuple[int, Any]:
    if "/Content" in path and method == "POST":
        return 201, {"sid": "HX" + "0" * 32}
    if "/Content" in path:
        types = {"twilio/text": {"body": "Hola {{1}}"}}
        content = {"sid": "HX" + "1" * 32, "friendly_name": "answer", "language": "es_MX"}
        return 200, {
            "contents": [content | {"types": types, "variables": {"1": "Ana"}}],
            "meta": {},
        }
    return 201, {"sid": "SM" + "0" * 32, "status": "queued"}


def _answer_as_pigeon(method: str, path: str, body: bytes) -> tuple[int, Any]:
    return 200, {"id": "p-9"}


def _evolution_provider() -> EvolutionStub:
    official = Instance(integration="WHATSAPP-BUSINESS")
    return EvolutionStub(instances={evolution.INSTANCE: Instance(), "official": official})


CASES: dict[str, ChannelCase] = {
    "whatsapp": ChannelCase(
        make=lambda url, seconds: WhatsAppChannel(url, limits=_limits(seconds)),
        line=_whatsapp_line,
        provider=GraphStub,
        sign=lambda body, secret, url: sign_as_meta(body, secret),
        payloads=TESTS / "channels" / "whatsapp" / "payloads",
    ),
    "evolution": ChannelCase(
        make=lambda url, seconds: EvolutionChannel(limits=_limits(seconds)),
        line=_evolution_line,
        provider=_evolution_provider,
        sign=lambda body, secret, url: {"authorization": f"Bearer {secret}"},
        signs_body=False,
        payloads=TESTS / "channels" / "evolution" / "payloads",
        other_addresses=("official",),
    ),
    "twilio": ChannelCase(
        make=lambda url, seconds: TwilioChannel(url, url, limits=_limits(seconds)),
        line=_twilio_line,
        provider=functools.partial(answering, _answer_as_twilio),
        sign=_sign_as_twilio,
        payloads=TESTS / "channels" / "twilio" / "payloads",
        undocumented=frozenset({"reaction"}),
    ),
    "web": ChannelCase(
        make=lambda url, seconds: WebChannel(),
        line=lambda url: Line("1", "web", "simulator", "Simulator"),
    ),
    "pigeon": ChannelCase(
        make=PigeonChannel,
        line=_pigeon_line,
        provider=functools.partial(answering, _answer_as_pigeon),
        sign=_sign_as_pigeon,
        payloads=TESTS / "contracts" / "pigeon",
    ),
}

#: What can be sent, as capabilities name it.
SENDABLE = [
    *(name for name in MESSAGE_TYPES if name != "interactive"),
    *(f"interactive.{kind}" for kind in INTERACTIVE_KINDS),
]
PERSON = Recipient((Identity("phone", "5215512345678"), Identity("provider", "lucia")))
_FILE = {"media": {"link": "https://files.example.com/menu", "filename": "menu.pdf"}}
_SECTION = {"title": "Café", "rows": [{"id": "r1", "title": "Latte"}, {"id": "r2", "title": "Té"}]}
_PRODUCTS = {"catalog_id": "c1", "product_id": "p1"}
_CONTENT: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("¡Hola!", {}),
    "image": ("El menú", _FILE),
    "video": ("El menú", _FILE),
    "audio": ("", _FILE),
    "document": ("El menú", _FILE),
    "sticker": ("", _FILE),
    "location": ("", {"location": {"latitude": 20.97, "longitude": -89.62, "name": "Centro"}}),
    "contacts": (
        "",
        {
            "contacts": [
                {
                    "name": {"formatted_name": "Ana", "first_name": "Ana"},
                    "phones": [{"phone": "+5215512345678", "wa_id": "5215512345678"}],
                }
            ]
        },
    ),
    "reaction": ("", {"reaction": {"message_id": "wamid.1", "emoji": "👍"}}),
    "template": (
        "",
        {
            "template": {
                "name": "answer",
                "language": "es_MX",
                "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}],
            }
        },
    ),
}
_CARD = {
    "image": {"link": "https://files.example.com/latte.jpg"},
    "text": "Latte",
    "label": "Ver",
    "url": "https://example.com/latte",
}
_INTERACTIVE: dict[str, dict[str, Any]] = {
    "button": {"buttons": [{"id": "yes", "title": "Sí"}, {"id": "no", "title": "No"}]},
    "list": {"button": "Ver", "sections": [_SECTION]},
    "cta_url": {"label": "Abrir", "url": "https://example.com"},
    "flow": {"label": "Reservar", "flow_id": "f1"},
    "product": _PRODUCTS,
    "product_list": {
        "catalog_id": "c1",
        "header": {"text": "Menú"},
        "sections": [{"title": "Café", "product_ids": ["p1"]}],
    },
    "catalog": {"product_id": "p1"},
    "carousel": {"cards": [_CARD, _CARD]},
    "location_request": {},
    "address": {"country": "IN"},
    "voice_call": {"label": "Llamar"},
    "call_permission_request": {},
    "request_contact_info": {},
    "order_details": {
        "reference_id": "pedido-7",
        "currency": "BRL",
        "total": 2150,
        "payment_settings": [
            {"type": "payment_link", "payment_link": {"uri": "https://example.com/pay"}}
        ],
        "order": {
            "items": [{"id": "p1", "name": "Torta", "amount": 1000, "quantity": 2}],
            "shipping": 150,
        },
    },
    "order_status": {"reference_id": "pedido-7", "status": "shipped"},
}


def sample(name: str) -> OutboundMessage:
    """A message of that name, "interactive.list" and the like too, to somebody who has a phone
    number, in answer to a message of theirs."""
    kind, _, tapped = name.partition(".")
    text, content = _CONTENT.get(kind, ("Something", {}))
    if tapped:
        text, content = "¿Qué desea?", {"interactive": {"type": tapped, **_INTERACTIVE[tapped]}}
    reply_to = "wamid.1" if kind == "reaction" else None
    return OutboundMessage("our-id-1", PERSON, kind, text, content, reply_to)


def nowhere() -> Provider:
    """For adapters that are only described or verified."""
    return Provider("http://127.0.0.1:9")

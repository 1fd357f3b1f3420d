"""Pigeon Post: a channel that does not exist, as an example of one in a single file.

Its webhooks are JSON, signed with HMAC-SHA256 in `X-Pigeon-Signature`:

    {"loft": "plaza", "letters": [{"id", "from", "name", "text", "at"}],
     "receipts": [{"letter", "to", "state", "at", "note"}]}

To send: POST {api_url}/letters {"to", "text", "note"} with a key gives {"id": "…"}.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from recado.channels.http import Answer, Limits, ProviderHttp, to_json
from recado.channels.messages import (
    Identity,
    InboundEvent,
    InboundItem,
    InboundMessage,
    InboundStatus,
    OutboundMessage,
    Sender,
    SendReceipt,
    Unparsable,
)
from recado.channels.port import Capabilities, Channel, Credential, Line, Webhook
from recado.errors import (
    InvalidSignature,
    SendRejected,
    SendThrottled,
    SendUnknown,
    UnparsablePayload,
)
from recado.resilience.breaker import Breaker, host_of

KIND = "pigeon"
API_URL = "https://api.pigeon.example"
Name = Annotated[str, msgspec.Meta(min_length=1)]


class Letter(msgspec.Struct):
    id: Name
    from_: Name = msgspec.field(name="from")
    text: str
    at: Any = None  # a detail that is other than documented costs nobody their words
    name: Any = ""


class Receipt(msgspec.Struct):
    letter: Name
    to: Name
    state: Literal["sent", "delivered", "read", "failed"]
    at: float
    note: str | None = None


class PigeonChannel(Channel):
    kind = KIND
    title = "Pigeon Post"
    address_label = "Loft"
    webhook = Webhook(("/webhooks/pigeon",), signed_with="secret")
    credentials = (
        Credential("key", "API key", "On your pigeon's ring."),
        Credential("secret", "Webhook secret", "In the loft's settings; it signs the webhooks."),
    )
    capabilities = Capabilities(
        receives=frozenset({"text"}),
        sends=frozenset({"text"}),
        features=frozenset({"statuses"}),
    )

    def __init__(self, api_url: str = API_URL, patience_seconds: float = 30.0) -> None:
        self._letters = f"{api_url}/letters"
        self._breaker = Breaker(host_of(api_url))
        limits = Limits(total_seconds=patience_seconds)
        self._http = ProviderHttp("The pigeon loft", "PIGEON_API_URL", limits, idle_seconds=15)

    def rest_seconds(self, line: Line) -> float:
        return self._breaker.wait_seconds()

    def breakers(self) -> Mapping[str, str]:
        return {self._breaker.name: self._breaker.state}

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> Sequence[str]:
        given = headers.get("x-pigeon-signature", "").encode("utf-8", "replace")
        fitting = []
        for secret in filter(None, secrets):
            # All of them are tried, in constant time: nobody learns which one nearly fitted.
            expected = hmac.digest(secret.encode(), body, "sha256").hex().encode()
            if hmac.compare_digest(expected, given):
                fitting.append(secret)
        if not fitting:
            raise InvalidSignature("No webhook secret fits X-Pigeon-Signature: compare it")
        return fitting

    def parse(self, body: bytes, url: str = "") -> list[InboundItem]:
        try:
            value = msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnparsablePayload(f"Not a pigeon's JSON: {error}") from error
        loft = value.get("loft") if isinstance(value.get("loft"), str) else ""
        items = [
            _read(item, loft or "", kind)
            for kind, key in ((Letter, "letters"), (Receipt, "receipts"))
            for item in _listed(value.get(key))
        ]
        return items or [InboundEvent(KIND, loft or "", "empty", value)]

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        to = message.to.of("provider") or message.to.of("phone")
        if message.type != "text" or not message.text or not to:
            raise SendRejected(f"A pigeon carries texts to somebody, not a {message.type}")
        headers = {"Authorization": f"Bearer {line.credentials.get('key', '')}"}
        letter = to_json({"to": to, "text": message.text, "note": message.id})
        who = (line.id, to)
        return await self._http.send(self._breaker, who, self._letters, headers, letter, _receipt)

    async def close(self) -> None:
        await self._http.close()


def _read(item: Any, loft: str, kind: type[Letter] | type[Receipt]) -> InboundItem:
    """One item; what cannot be read is kept beside its readable neighbours."""
    try:
        found = msgspec.convert(item, kind)
    except msgspec.ValidationError as error:
        return Unparsable(KIND, loft, cause=str(error), raw=msgspec.json.encode(item).decode())
    if isinstance(found, Receipt):
        to = Identity("provider", found.to)
        return InboundStatus(KIND, loft, found.letter, found.state, found.at, to, found.note)
    name = found.name if isinstance(found.name, str) else ""
    at = float(found.at) if type(found.at) in (int, float) else time.time()
    sender = Sender((Identity("provider", found.from_),), name)
    return InboundMessage(KIND, loft, found.id, sender, "text", found.text, at, raw=item)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _receipt(answer: Answer) -> SendReceipt:
    if answer.status == 429:
        raise SendThrottled("The loft is busy")
    if 400 <= answer.status < 500:
        raise SendRejected(f"The loft refused the letter: HTTP {answer.status}")
    try:
        return SendReceipt(msgspec.json.decode(answer.body, type=dict[str, str])["id"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
        raise SendUnknown(f"The loft answered {answer.status} and no letter's id") from error

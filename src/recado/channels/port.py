"""The channel port: what an adapter author writes (verify, parse, send), and the shapes between.

An adapter is stateless: the line with its credentials comes in with each call, so that one
adapter serves every line of its kind. Inbound items are msgspec structs because they travel
through the queue as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

IdentityKind = Literal["phone", "bsuid", "username", "provider"]

#: What a message can be. `unsupported` and `unknown` are kept whole and shown as what they are.
MESSAGE_TYPES = (
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts",
    "interactive", "button", "order", "reaction", "edit", "revoke", "system", "template",
    "note", "unsupported", "unknown",
)  # fmt: skip


class Identity(msgspec.Struct, frozen=True):
    """One way a channel names a person.

    `phone` is digits in E.164 without the plus sign; `bsuid` Meta's business-scoped user id
    (such as `BR.1502576394655843`); `username` without the at sign; `provider` the id that the
    channel itself gives (a web session, a Twilio address).
    """

    kind: IdentityKind
    value: str


class Sender(msgspec.Struct, frozen=True):
    identities: tuple[Identity, ...]
    name: str = ""


class InboundMessage(msgspec.Struct, frozen=True, tag="message", tag_field="item"):
    """One message of a webhook, normalised.

    `line_address` is the channel's own name of the business's line (Meta: the phone number id).
    `text` is what a person would read, also for taps and captions ("" where there is nothing to
    read). `content` holds the normalised details of the type, `raw` the vendor's item untouched.
    `sent_at` is Unix seconds. `reply_to` is the provider id of the message it answers.
    """

    channel: str
    line_address: str
    provider_message_id: str
    sender: Sender
    type: str
    text: str
    sent_at: float
    content: dict[str, Any] = {}
    reply_to: str | None = None
    raw: Any = None

    @property
    def lane(self) -> str:
        """One person on one line: the unit of order."""
        return f"{self.channel}:{self.line_address}:{self.sender.identities[0].value}"


class ProviderError(msgspec.Struct, frozen=True):
    code: int | str
    title: str
    detail: str = ""


class InboundStatus(msgspec.Struct, frozen=True, tag="status", tag_field="item"):
    """What became of a message that we sent.

    `callback_data` is what we gave along with the message (our message id), where the channel
    echoes it. `recipient` is the person the message went to.
    """

    channel: str
    line_address: str
    provider_message_id: str
    status: Literal["sent", "delivered", "read", "played", "failed"]
    at: float
    recipient: Identity
    callback_data: str | None = None
    error: ProviderError | None = None
    pricing: dict[str, Any] | None = None
    raw: Any = None

    @property
    def lane(self) -> str:
        return f"{self.channel}:{self.line_address}:{self.provider_message_id}"


class InboundEvent(msgspec.Struct, frozen=True, tag="event", tag_field="item"):
    """Anything else a vendor documents and sends: kept for the line's log, never answered."""

    channel: str
    line_address: str
    name: str
    raw: Any = None

    @property
    def lane(self) -> str:
        return f"{self.channel}:{self.line_address}:events"


class Unparsable(msgspec.Struct, frozen=True, tag="unparsable", tag_field="item"):
    """A signed item that nobody can read: becomes a dead letter with its raw body."""

    channel: str
    line_address: str
    cause: str
    raw: str

    @property
    def lane(self) -> str:
        return f"{self.channel}:{self.line_address}:unparsable"


InboundItem = InboundMessage | InboundStatus | InboundEvent | Unparsable


class Line(msgspec.Struct, frozen=True):
    """A business's address on a channel, with its credentials in the clear (memory only)."""

    id: str
    channel: str
    address: str
    name: str
    credentials: dict[str, str] = {}
    settings: dict[str, Any] = {}
    enabled: bool = True


class Recipient(msgspec.Struct, frozen=True):
    """Whom to send to: all we know of the person; the channel takes what it prefers."""

    identities: tuple[Identity, ...]

    def of(self, kind: IdentityKind) -> str | None:
        return next((i.value for i in self.identities if i.kind == kind), None)


class OutboundMessage(msgspec.Struct, frozen=True):
    """One message to send. `id` is ours, and travels as callback data where the channel can.

    `type` and `content` are the normalised form (see the channel guide); a text message has its
    text, already in the channel's markup and within its limit.
    """

    id: str
    to: Recipient
    type: str
    text: str = ""
    content: dict[str, Any] = {}
    reply_to: str | None = None


class SendReceipt(msgspec.Struct, frozen=True):
    provider_message_id: str
    raw: Any = None


class Channel(Protocol):
    """A kind of channel. Adapters are registered by `kind` in `wiring.py`."""

    kind: str

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> None:
        """Check that the channel itself sent these bytes.

        `headers` has lower-case names, `body` is the raw request body, `secrets` are all secrets
        that may have signed it (several lines, rotation), `url` the public URL that was called.

        Raises InvalidSignature: missing, wrong, or no secret configured (fails closed).
        """

    def parse(self, body: bytes) -> list[InboundItem]:
        """Every message, status and event of a webhook body, in the order they stand there.

        Items that cannot be read come back as `Unparsable`, the readable rest beside them. The
        result is never empty: a body without any item gives an `InboundEvent`.

        Raises UnparsablePayload when the body as a whole is not the vendor's.
        """

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        """Hand one message to the provider and return its id there.

        Raises SendRejected (final), SendThrottled (with a delay), SendFailed (it surely did not
        go out; retry), SendUnknown (it may have gone out: never retried blindly).
        """

    async def show_typing(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """Mark that message as read and show that an answer is being written. Best effort."""

    async def check(self, line: Line) -> list[str]:
        """Problems with the line's credentials or reachability, each with its fix. Empty: fine."""

    async def close(self) -> None:
        """Release connections."""

"""What travels between a channel and the conversations: items that came in, messages that go out.

Inbound items are msgspec structs because they travel through the queue as they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

IdentityKind = Literal["phone", "bsuid", "username", "provider"]


#: What a message can be. `unsupported` and `unknown` are kept whole and shown as what they are.
MESSAGE_TYPES = (
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts",
    "interactive", "button", "order", "reaction", "edit", "revoke", "system", "call", "template",
    "note", "unsupported", "unknown",
)  # fmt: skip


#: What can be tapped; a channel names those it sends as "interactive.list" and so on.
INTERACTIVE_KINDS = (
    "button", "list", "cta_url", "flow", "product", "product_list", "catalog", "carousel",
    "location_request", "address", "voice_call", "call_permission_request",
    "request_contact_info", "order_details", "order_status",
)  # fmt: skip


class Identity(msgspec.Struct, frozen=True):
    """One way a channel names a person.

    `phone` is digits in E.164 without the plus sign; `bsuid` Meta's business-scoped user id
    (such as `BR.1502576394655843`); `username` without the at sign; `provider` the id that the
    channel itself gives (a web session, a Twilio address).
    """

    kind: IdentityKind
    value: str

    def scope_on(self, line_id: str) -> str:
        """A channel's own ids mean something on their line only; the others are global ("")."""
        return line_id if self.kind == "provider" else ""


def identities_in(found: Any) -> list[Identity]:
    """The identities of a message's content: [{kind, value}]."""
    items = found if isinstance(found, list) else []
    return [Identity(item["kind"], item["value"]) for item in items if isinstance(item, dict)]


class Sender(msgspec.Struct, frozen=True):
    identities: tuple[Identity, ...]
    name: str = ""


#: In a message's content: why nobody expects an answer to it. `empty`: what it says comes later,
#: under the same id; `old`: it was said long before it came; `answered`: it was, in a conversation
#: that has been joined to this one.
UNASKED, EMPTY, OLD, ANSWERED = "unasked", "empty", "old", "answered"
#: In a message's content: its text is a thing's name, or our description of it, and nobody's words.
NAMED = "named"


class InboundMessage(msgspec.Struct, frozen=True, tag="message", tag_field="item"):
    """One message of a webhook, normalised.

    `line_address` is the channel's own name of the business's line (Meta: the phone number id).
    `text` is what a person would read, also for taps and captions ("" where there is nothing to
    read). `content` holds the normalised details of the type (see the channel guide), `raw` the
    vendor's item untouched. `sent_at` is Unix seconds. `reply_to` is the provider id of the message
    it answers, reacts to, edits or takes back.

    `echo`: the business itself said it, on its own phone or through another app; `sender` is then
    the person to whom it was said. It is never answered, and the assistant steps back.
    In a group, `sender` is the group (a `provider` identity), `content["participant"]` who wrote.
    `formerly` are identities that the same person had until now, where the vendor says so in the
    same webhook. `signed_by` are the marks of the secrets that signed it (lines/signers.py),
    where its address was no line yet.
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
    echo: bool = False
    formerly: tuple[Identity, ...] = ()
    signed_by: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        """One person on one line: the unit of order."""
        return f"{self.channel}:{self.line_address}:{self.sender.identities[0].value}"


class InboundHandover(msgspec.Struct, frozen=True, tag="handover", tag_field="item"):
    """The vendor gives the conversation with `person` to Recado, or to another app."""

    channel: str
    line_address: str
    person: Sender
    owner: Literal["recado", "other"]
    raw: Any = None
    signed_by: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        return f"{self.channel}:{self.line_address}:{self.person.identities[0].value}"


class ProviderError(msgspec.Struct, frozen=True):
    code: int | str
    title: str
    detail: str = ""


class InboundStatus(msgspec.Struct, frozen=True, tag="status", tag_field="item"):
    """What became of a message that we sent.

    `callback_data` is what we gave along with the message (our message id), where the channel
    echoes it. `recipient` is the person the message went to, `also` are further identities that
    the vendor names the same person by.
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
    also: tuple[Identity, ...] = ()
    signed_by: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        return f"{self.channel}:{self.line_address}:{self.provider_message_id}"


class InboundEvent(msgspec.Struct, frozen=True, tag="event", tag_field="item"):
    """Anything else a vendor documents and sends: kept for the line's log, never answered.

    `signed_for`: of the lines that a report about an account is about, those whose secret signed
    it, by their addresses; None: all of them.
    """

    channel: str
    line_address: str
    name: str
    raw: Any = None
    signed_for: tuple[str, ...] | None = None

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


InboundItem = InboundMessage | InboundStatus | InboundHandover | InboundEvent | Unparsable


class Recipient(msgspec.Struct, frozen=True):
    """Whom to send to: all we know of the person; the channel takes what it prefers."""

    identities: tuple[Identity, ...]

    def of(self, kind: IdentityKind) -> str | None:
        for identity in self.identities:
            if identity.kind == kind:
                return identity.value
        return None


#: For a message that is only looked at: whom it goes to does not matter yet.
ANYBODY = Recipient((Identity("phone", "10000000000"),))


@dataclass(frozen=True, slots=True)
class OutboundFile:
    """A stored file that goes out. `read` gives its bytes; `url` is a link with an expiry under
    which the provider can fetch it, "" when Recado has no public URL.

    `provider_id` is the provider's id of it on this line, from an upload that is still good ("":
    none); an adapter that uploads it hands the new id to `keep_provider_id`.
    """

    media_id: str
    mime_type: str
    filename: str
    size_bytes: int
    url: str
    read: Callable[[], Awaitable[bytes]]
    provider_id: str = ""
    keep_provider_id: Callable[[str], Awaitable[None]] | None = None


class OutboundMessage(msgspec.Struct, frozen=True):
    """One message to send. `id` is ours, and travels as callback data where the channel can.

    `type` and `content` are the normalised form (see the channel guide); a text message has its
    text, already in the channel's markup and within its limit. `file` is there when the content
    names a stored file (`media.media_id`).
    """

    id: str
    to: Recipient
    type: str
    text: str = ""
    content: dict[str, Any] = {}
    reply_to: str | None = None
    file: OutboundFile | None = None


class SendReceipt(msgspec.Struct, frozen=True):
    """The provider has taken the message. `person`: all the identities by which the answer names
    whom it went to, () where it does not."""

    provider_message_id: str
    person: tuple[Identity, ...] = ()

"""The channel port: what an adapter author writes (verify, parse, send).

An adapter is stateless: the line with its credentials comes in with each call, so that one
adapter serves every line of its kind. How to add a channel: docs/guide/add-a-channel.md.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import msgspec

from recado.channels.messages import (
    InboundItem,
    OutboundMessage,
    ProviderError,
    Recipient,
    SendReceipt,
)
from recado.channels.reports import DatedHandover, Report
from recado.errors import InvalidSignature, SendRejected, Unprocessable
from recado.settings import Settings


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a provider's error means for a message, and what to do about it, in plain words.

    `kind`: `retry` (the same message may go later), `never` (not as it is), `person` (nothing of
    the line goes out until somebody acts). `window_closed`: only a template may be sent until the
    person writes again.
    """

    kind: Literal["retry", "never", "person"]
    advice: str = ""
    retry_after_seconds: float = 60.0
    window_closed: bool = False


class Line(msgspec.Struct, frozen=True):
    """A business's address on a channel, with its credentials in the clear (memory only).

    `kin` are the ids of the lines for whose webhooks the same secret signs, its own among them;
    what a webhook says of a person counts for these (conversations/vouching.py). `character_id` is
    who answers here, None the default character.
    """

    id: str
    channel: str
    address: str
    name: str
    credentials: dict[str, str] = {}
    settings: dict[str, Any] = {}
    enabled: bool = True
    kin: frozenset[str] = frozenset()
    character_id: str | None = None


class MediaSource(msgspec.Struct, frozen=True):
    """Where a received file is: at `url` (fetched with `headers`), or already here as `data`.

    `hosts` are the vendor's own, from its documentation: a host, or ".example.com" for every host
    under it. Nothing is fetched from anywhere else, nor after a redirect to anywhere else.
    """

    url: str = ""
    headers: dict[str, str] = {}
    hosts: tuple[str, ...] = ()
    data: bytes | None = None
    mime_type: str = ""
    filename: str = ""
    sha256: str = ""


class TemplateInfo(msgspec.Struct, frozen=True):
    """A message template as its vendor has it. `components` are in Meta's form for every channel
    (https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components).
    """

    provider_id: str
    name: str
    language: str
    category: Literal["marketing", "utility", "authentication", ""]
    status: Literal["approved", "pending", "rejected", "paused", "disabled", "unknown"]
    components: list[dict[str, Any]]
    quality: str = ""
    reason: str = ""


class Connection(msgspec.Struct, frozen=True):
    """How a line that pairs with a phone stands. `qr` is the text to show as a QR code."""

    state: Literal["open", "connecting", "closed"]
    qr: str = ""
    pairing_code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential of a line, as the desk asks for it and the docs explain it. One that is not
    `secret` is seen while it is typed. `setting` is where the environment has it, if it does."""

    name: str
    label: str
    help: str
    required: bool = True
    secret: bool = True
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the provider takes of a line: messages a second, and to one person a burst, then one in
    `pair_interval_seconds` (0: as many as the line may). `pair_codes`: its errors that concern the
    person alone; any other throttling concerns the line."""

    per_second: float = float("inf")
    pair_burst: int = 1
    pair_interval_seconds: float = 0.0
    pair_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Webhook:
    """How a channel's webhooks come in.

    `paths` are Starlette paths, the first is the one to enter at the vendor. `signed_with` names
    the credential that verifies a body, `challenged_with` the one that answers the vendor's GET
    ("": the vendor sends none). `accepted` is the body of the 200. Meta's are at most 3 MB:
    https://developers.facebook.com/docs/graph-api/webhooks/getting-started
    """

    paths: tuple[str, ...]
    signed_with: str
    challenged_with: str = ""
    max_bytes: int = 3 * 1024 * 1024
    accepted: bytes = b"EVENT_RECEIVED"
    media_type: str = "text/plain"


#: What a channel may be able to do beside messages; the docs' matrix says it in these words.
FEATURES = {
    "reply": "Replies quote the message they answer",
    "typing": "Shows that an answer is being written",
    "read": "Marks messages as read",
    "statuses": "Reports sent, delivered, read and failed",
    "window": "Free messages only within 24 hours of the customer's last one",
    "templates": "Lists the vendor's message templates",
    "echoes": "Shows what the business says on its own phone",
    "handover": "Tells when another app takes the conversation",
    "pairing": "Pairs with a phone by QR code",
    "pricing": "Reports what a message costs",
}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`receives` and `sends` hold names of MESSAGE_TYPES; of `interactive`, each kind that can be
    sent stands apart, as "interactive.list"."""

    receives: frozenset[str]
    sends: frozenset[str]
    features: frozenset[str] = frozenset()


class Channel(ABC):
    """A kind of channel. Adapters are registered in `wiring.py`.

    To be written: verify, parse, send, and the description above them. The rest has an answer for
    channels that do not have it.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    credentials: ClassVar[tuple[Credential, ...]] = ()
    #: What a line's address is, for whoever has to enter it.
    address_label: ClassVar[str] = "Address"
    #: The setting that holds it; "" where the settings describe no line.
    address_setting: ClassVar[str] = ""
    webhook: ClassVar[Webhook | None] = None
    #: The longest text of one message; the assistant's longer answers are split.
    text_limit: ClassVar[int] = 4096
    #: The longest text beside a picture, a video or a document.
    caption_limit: ClassVar[int] = 1024
    #: What people's app plays or shows by itself, by type of message; other files are documents.
    shown_files: ClassVar[Mapping[str, frozenset[str]]] = {}
    #: In bytes, by type of message; what is larger goes as a document, too.
    largest_files: ClassVar[Mapping[str, int]] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The adapter as the settings have it."""
        return cls()

    def moved_api(self) -> str:
        """Where the settings have moved the provider's API ("": it is where the provider has it):
        received files may come from there, too."""
        return ""

    def clock_url(self) -> str:
        """An address whose answers tell the time by which the vendor judges ours; "": none."""
        return ""

    def check_headers(self, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Refuse a webhook whose headers alone show that the channel did not send it: its body,
        which may come slowly, is then not even read. `verify` decides about the others.

        Raises InvalidSignature.
        """

    @abstractmethod
    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str = ""
    ) -> Sequence[str]:
        """Check that the channel itself sent these bytes, and return those of `secrets` that fit:
        the body is taken in for the lines that have one of them, and for no other.

        `headers` has lower-case names, `body` is the raw request body, `secrets` are all secrets
        that may have signed it (several lines, rotation), `url` the public URL that was called.

        Raises InvalidSignature: missing, wrong, or no secret configured (fails closed).
        """

    @abstractmethod
    def parse(self, body: bytes, url: str = "") -> list[InboundItem]:
        """Every message, status and event of a webhook body, in the order they stand there.

        `url` is what was called, as `verify` had it: a channel that signs it may read from it what
        we put there ourselves (Twilio's status callbacks carry our message id in their query).

        Items that cannot be read come back as `Unparsable`, the readable rest beside them. The
        result is never empty: a body without any item gives an `InboundEvent`.

        Raises UnparsablePayload when the body as a whole is not the vendor's.
        """

    def reports(self, name: str, value: dict[str, Any]) -> Sequence[Report]:
        """What an `InboundEvent` of that name and raw value says about the line, its templates or
        people. Never raises: a value in no known form says nothing, and stays in the log."""
        return ()

    def date_handover(self, raw: Any) -> DatedHandover:
        """Reads the raw value of an `InboundHandover`: of two about the same person, the later one
        counts, whichever comes first. Never raises."""
        return DatedHandover(None)

    def check_message(self, message: OutboundMessage) -> None:
        """Refuse a message that the vendor would never take as it is, before it is queued.

        Asks nobody. Who it goes to may not be known yet: `to` is anybody. Of a stored file, `file`
        has the facts and cannot be read. Raises SendRejected, naming the limit that is broken.
        """
        name, tapped = message.type, message.content.get("interactive")
        if name == "interactive" and isinstance(tapped, dict):
            name += f".{tapped.get('type')}"
        if name not in self.capabilities.sends:
            raise SendRejected(f"{self.title} sends no messages of type {name}")

    def type_of_file(self, mime_type: str, size_bytes: int) -> str:
        """As which type of message a file goes, so that it is taken and shown."""
        for kind in ("image", "video", "audio"):
            fits = size_bytes <= self.largest_files.get(kind, size_bytes)
            shown = mime_type in self.shown_files.get(kind, ())
            if kind in self.capabilities.sends and fits and shown:
                return kind
        return "document"

    @abstractmethod
    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        """Hand one message to the provider and return its id there.

        Raises SendRejected (final), SendThrottled (with a delay), SendFailed (it surely did not
        go out; retry), SendUnknown (it may have gone out: never retried blindly).
        """

    def rest_seconds(self, line: Line) -> float:
        """How long sending should wait since the line's provider is away; 0: it may go."""
        return 0.0

    def pace(self, line: Line) -> Pace:
        """What may be sent ahead of the provider's asking to slow down."""
        return Pace()

    def breakers(self) -> Mapping[str, str]:
        """The circuit breakers of its providers: closed, half-open or open, by host."""
        return {}

    def read_address(self, given: str) -> str:
        """A line's address, as webhooks spell it, from what a person entered.

        Raises Unprocessable, saying what it should look like.
        """
        address = given.strip()
        if not address or len(address) > 200 or any(char.isspace() for char in address):
            raise Unprocessable(f"{self.address_label}: 1 to 200 characters without a space.")
        return address

    def line_from_settings(self, settings: Settings) -> Line | None:
        """The line that the settings describe, without an id; None when they describe none.

        With credentials and no address it serves every address that the vendor signs for.
        """
        return None

    def answer_challenge(self, query: Mapping[str, str], secrets: Sequence[str]) -> str:
        """The answer to the vendor's GET when a webhook is subscribed.

        Raises InvalidSignature: it does not know the secret, or this channel has no such GET.
        """
        raise InvalidSignature(f"{self.title} sends no challenge.")

    async def show_typing(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """Mark that message as read and show that an answer is being written. Best effort."""

    async def mark_read(self, line: Line, to: Recipient, provider_message_id: str) -> None:
        """Tell the person that the message was read. Best effort."""

    async def check(self, line: Line) -> list[str]:
        """Problems with the line's credentials or reachability, each with its fix. Empty: fine."""
        return []

    async def shown_number(self, line: Line) -> str:
        """The number that customers see, where the line's address is another: reports about a
        number name it so. "": there is none, or the vendor cannot be asked."""
        return ""

    async def webhook_problems(self, line: Line, expected_url: str) -> list[str]:
        """What the vendor says against the line's webhooks reaching `expected_url`, each with its
        fix ("" when Recado has no public URL). Empty: nothing, or the vendor cannot be asked."""
        return []

    def explain(self, error: ProviderError) -> Explanation:
        """What an error of the provider means, whether it came as an answer or in a status."""
        return Explanation("never")

    async def media_source(self, line: Line, media: Mapping[str, Any], raw: Any) -> MediaSource:
        """Where the file of a received message is; `media` is its `content["media"]`, `raw` the
        vendor's item. Raises SendError's family for the vendor's refusals, as `send` does."""
        raise Unprocessable(f"{self.title} has no files to fetch.")

    async def list_templates(self, line: Line) -> list[TemplateInfo]:
        """All templates of the line's account. Raises as `send` does."""
        raise Unprocessable(f"{self.title} has no message templates.")

    async def connect(self, line: Line) -> Connection:
        """Begin to pair with a phone, making the instance where it is not there yet.

        Raises as `send` does."""
        raise Unprocessable(f"{self.title} does not pair with a phone.")

    async def connection(self, line: Line) -> Connection:
        """How the pairing stands. Raises as `send` does."""
        raise Unprocessable(f"{self.title} does not pair with a phone.")

    async def disconnect(self, line: Line) -> None:
        """End the pairing. Raises as `send` does."""
        raise Unprocessable(f"{self.title} does not pair with a phone.")

    async def close(self) -> None:
        """Release connections."""

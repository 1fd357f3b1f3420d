"""A signed webhook body as Recado's items: an incoming message, or the status of one we sent.

A message's webhook tells no time, so the moment it came stands for it. Source of the fields:
www.twilio.com/docs/messaging/guides/webhook-request (messages) and
www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks (statuses).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from recado.channels.messages import (
    InboundEvent,
    InboundItem,
    InboundMessage,
    InboundStatus,
    ProviderError,
    Unparsable,
)
from recado.channels.twilio import content
from recado.channels.twilio.addresses import Unreadable, line_address, person, sender_of
from recado.channels.twilio.codes import explain
from recado.channels.twilio.form import Fields
from recado.channels.whatsapp.decode import load
from recado.errors import UnparsablePayload

CHANNEL = "twilio"
#: In the query of our own status callbacks.
OUR_ID = "message"
LONGEST_ID = 256
Reached = Literal["sent", "delivered", "read", "failed"]
#: Twilio's words. Whatever it has taken over counts as sent: it has the message.
STATUSES: dict[str, Reached] = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
_RECEIVED = {"", "received", "receiving"}


def parse(body: bytes, url: str, at: float) -> list[InboundItem]:
    """Every item of a webhook body that came at `at` (Unix seconds) to `url`. Never empty.

    Raises UnparsablePayload: neither a form of Twilio's nor JSON.
    """
    if body.lstrip()[:1] in (b"{", b"["):
        return [_json_event(body)]
    fields = Fields(body)
    if not fields.first("AccountSid", "MessageSid", "SmsSid", "SmsMessageSid", "EventType"):
        raise UnparsablePayload("The body is no form of Twilio's: it has no AccountSid")
    sid = fields.first("MessageSid", "SmsMessageSid", "SmsSid")
    # Only a status callback says what became of a message; what holds a message is one.
    is_message = bool(fields.first("Body", "NumMedia")) and not fields.first("MessageStatus")
    word = "" if is_message else fields.first("MessageStatus", "SmsStatus").lower()
    try:
        if not sid:
            name = fields.first("EventType") or "webhook without a message"
            return [InboundEvent(CHANNEL, line_address(fields.first("To")), name[:100], fields.raw)]
        if len(sid) + 4 > LONGEST_ID:
            raise Unreadable("a message id that is too long")
        if word not in _RECEIVED:
            return [_status(fields, sid, word, url, at)]
        return list(_messages(fields, sid, at))
    except Unreadable as error:
        line = line_address(fields.first("To"))
        raw = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
        return [Unparsable(CHANNEL, line, str(error), raw)]


def _messages(fields: Fields, sid: str, at: float) -> Sequence[InboundMessage]:
    """One message, or one for each of its files: `SM…`, `SM…/1`, `SM…/2`. The same webhook always
    gives the same ids, so a second delivery of it changes nothing."""
    line = line_address(fields.first("To"))
    if not line:
        raise Unreadable("the message does not say which number it came to")
    sender = sender_of(fields)
    reply_to = fields.first("OriginalRepliedMessageSid")[:LONGEST_ID] or None
    return [
        InboundMessage(
            channel=CHANNEL,
            line_address=line,
            provider_message_id=f"{sid}/{number}" if number else sid,
            sender=sender,
            type=kind,
            text=text,
            sent_at=at,
            content=details,
            reply_to=None if number else reply_to,
            raw=fields.raw,
        )
        for number, (kind, text, details) in enumerate(content.read(fields))
    ]


def _status(
    fields: Fields, sid: str, word: str, url: str, at: float
) -> InboundStatus | InboundEvent:
    line = line_address(fields.first("From"))
    reached = STATUSES.get(word)
    if reached is None or not line:
        return InboundEvent(CHANNEL, line, f"status {word[:50]}", fields.raw)
    recipient = person(fields.first("To")) or person(fields.first("ChannelToAddress"))
    if recipient is None:
        raise Unreadable("the status does not say whom its message went to")
    return InboundStatus(
        channel=CHANNEL,
        line_address=line,
        provider_message_id=sid,
        status=reached,
        at=at,
        recipient=recipient,
        callback_data=_our_id(url),
        error=_error(fields, word) if reached == "failed" else None,
        raw=fields.raw,
    )


def _our_id(url: str) -> str | None:
    """Our message id, from the query of the callback URL that we gave along with the message."""
    try:
        found = parse_qs(urlsplit(url).query).get(OUR_ID, [""])[0]
    except ValueError:
        return None
    return found if 0 < len(found) <= LONGEST_ID and found.isprintable() else None


def _error(fields: Fields, word: str) -> ProviderError:
    code = fields.first("ErrorCode")
    words = fields.first("ErrorMessage", "ChannelStatusMessage")
    if not code:
        return ProviderError(word, f"Twilio reports the message as {word}", words[:2000])
    return ProviderError(
        int(code) if code.isascii() and code.isdigit() and len(code) < 10 else code[:50],
        explain(code).advice,
        words[:2000],
    )


def _json_event(body: bytes) -> InboundEvent:
    found: dict[str, Any] = load(body)
    name = found.get("type") or found.get("EventType")
    return InboundEvent(CHANNEL, "", name[:100] if isinstance(name, str) else "json", found)

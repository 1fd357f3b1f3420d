"""A webhook body of Evolution API as Recado's items.

The envelope is {event, instance, data, sender (our own address), …}. Events come in two
spellings ("messages.upsert", "MESSAGES_UPSERT"); `data` is one item, or a list of them.

Source: github.com/EvolutionAPI/evolution-api,
src/api/integrations/channel/whatsapp/whatsapp.baileys.service.ts
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from recado.channels.evolution import addresses, content
from recado.channels.evolution.addresses import server_of
from recado.channels.evolution.lenient import Json, first_text, obj, seconds, text
from recado.channels.evolution.statuses import DELETED, status_item
from recado.channels.evolution.things import Reading
from recado.channels.messages import (
    EMPTY,
    UNASKED,
    InboundEvent,
    InboundItem,
    InboundMessage,
    Sender,
    Unparsable,
)
from recado.channels.whatsapp.decode import load

CHANNEL = "evolution"
LONGEST_ID = 256
#: A file inside a webhook is kept up to here; a larger one is fetched from Evolution.
_LONGEST_BASE64 = 1024 * 1024
#: No conversations: posts that vanish after a day, and channels that one follows.
_PUBLIC = ("broadcast", "newsletter")


class Envelope(msgspec.Struct):
    """`own` is the address of the phone behind the instance."""

    event: str
    line: str
    own: str


def parse(body: bytes) -> list[InboundItem]:
    """Every message, status and event of a webhook body. Never empty.

    Raises UnparsablePayload: not JSON, or not an object.
    """
    payload = load(body)
    payload.pop("apikey", None)  # what may have proved it is not for people to read
    event = text(payload.get("event"), 100).strip().lower().replace("_", ".").replace("-", ".")
    named = payload.get("instance")
    line = text(obj(named).get("instanceName") or named, 200).strip()
    envelope = Envelope(event, line, text(payload.get("sender"), 200))
    if not event:
        return [_unparsable(envelope, "a body without an `event`: not Evolution API's", payload)]
    data = payload.get("data")
    reader = READERS.get(event)
    if reader is None:
        return [InboundEvent(CHANNEL, line, event, _without_picture(data))]
    items = [item for one in _each(data) for item in _read(one, reader, envelope)]
    return items or [InboundEvent(CHANNEL, line, event, data)]


def _each(data: Any) -> list[Any]:
    if isinstance(data, list):
        return data
    messages = obj(data).get("messages")
    return messages if isinstance(messages, list) else [data]


def _read(one: Any, reader: Reader, envelope: Envelope) -> Iterator[InboundItem]:
    if not isinstance(one, dict):
        yield _unparsable(envelope, f"{envelope.event} with an item that is not an object", one)
    elif not envelope.line:
        yield _unparsable(envelope, f"{envelope.event} without the name of its instance", one)
    else:
        yield reader(one, envelope)


def _message(item: Json, envelope: Envelope) -> InboundItem:
    key = obj(item.get("key"))
    id, jid = text(key.get("id"), LONGEST_ID).strip(), key.get("remoteJid")
    if server_of(jid) in _PUBLIC:
        return InboundEvent(CHANNEL, envelope.line, f"{envelope.event} {server_of(jid)}", item)
    message = obj(item.get("message"))
    if not message and item.get("messageStubType"):
        return InboundEvent(CHANNEL, envelope.line, f"{envelope.event} notice", item)
    beside = obj(item.get("contextInfo"))
    # Content that cannot be read yet comes later, under the same id.
    empty = Reading("unknown", content={UNASKED: EMPTY})
    reading = content.read(message, beside) if message else empty
    if reading.type in ("unknown", "text") and not reading.text.strip() and not reading.content:
        reading = empty
    if not reading.type:
        return InboundEvent(CHANNEL, envelope.line, f"{envelope.event} protocol", item)
    if key.get("fromMe") is True and reading.content.get("vendor_type") in content.BY_PROGRAMS:
        # Ours, or another program's: nobody types these on the phone, so it is no echo of a person.
        return InboundEvent(CHANNEL, envelope.line, envelope.event, item)
    return _inbound(item, key, envelope, reading, id)


def _inbound(item: Json, key: Json, envelope: Envelope, reading: Reading, id: str) -> InboundItem:
    echo = key.get("fromMe") is True
    given = first_text(item.get("pushName"), item.get("verifiedBizName"))
    name = "" if echo else given[:200].strip()
    sender = addresses.chat_of(key, name)
    if not id or sender is None:
        cause = "without an id" if not id else "that does not say whose conversation it is in"
        return _unparsable(envelope, f"{envelope.event} with a message {cause}", item)
    if server_of(key.get("remoteJid")) == "g.us":
        reading.content |= _group(sender, key, item, name)
    return InboundMessage(
        channel=CHANNEL,
        line_address=envelope.line,
        provider_message_id=id,
        sender=sender,
        type=reading.type,
        text=reading.text,
        sent_at=seconds(item.get("messageTimestamp"), item.get("timestampMs")),
        content=reading.content,
        reply_to=reading.target or None,
        raw=_without_large_file(item),
        echo=echo,
    )


def _group(group: Sender, key: Json, item: Json, name: str) -> Json:
    found: Json = {"group_id": group.identities[0].value}
    writer = addresses.participant_of(key, item, name)
    if writer is not None:
        named = [{"kind": it.kind, "value": it.value} for it in writer.identities]
        found["participant"] = {"identities": named, "name": writer.name}
    return found


def _update(item: Json, envelope: Envelope) -> InboundItem:
    """A status; or, with an edited `message`, what it says now."""
    key = obj(item.get("key")) or {**item, "id": item.get("keyId") or item.get("id")}
    id = text(item.get("keyId") or key.get("id"), LONGEST_ID).strip()
    changed = obj(item.get("message")) or obj(obj(item.get("update")).get("message"))
    edited = "editedMessage" in changed or "protocolMessage" in changed
    if edited and id and server_of(key.get("remoteJid")) not in _PUBLIC:
        reading = content.edit(changed, id)
        if reading.type:
            return _inbound(item, key, envelope, reading, _derived(id, reading))
    if not edited and changed and key.get("fromMe") is not True and "pollUpdates" not in item:
        # What could not be read when it came, and now can.
        return _message({**item, "key": {**key, "id": id}, "message": changed}, envelope)
    status = status_item(item, key, id, CHANNEL, envelope.line)
    if status == DELETED:
        return _deleted(item, envelope)
    return status or InboundEvent(CHANNEL, envelope.line, envelope.event, item)


def _deleted(item: Json, envelope: Envelope) -> InboundItem:
    key = obj(item.get("key")) or item
    id = text(item.get("keyId") or key.get("id"), LONGEST_ID).strip()
    if not id or server_of(key.get("remoteJid")) in _PUBLIC:
        return InboundEvent(CHANNEL, envelope.line, envelope.event, item)
    reading = Reading("revoke", "", {"revoked": {"message_id": id}}, id)
    return _inbound(item, key, envelope, reading, _derived(id, reading))


def _edited(item: Json, envelope: Envelope) -> InboundItem:
    """WhatsApp's own note of an edit or deletion, whose key is as its writer sees it.

    For what a person changes, that says "from me, to the business" and not who the person is:
    the same change comes as messages.update or messages.delete, seen from here.
    """
    key = obj(item.get("key"))
    reading = content.protocol(item)
    whose = addresses.identity(key.get("remoteJid"))
    ours = whose is not None and whose.kind == "phone" and whose != addresses.identity(envelope.own)
    if not reading.type or not ours or key.get("fromMe") is not True:
        return InboundEvent(CHANNEL, envelope.line, envelope.event, item)
    return _inbound(item, key, envelope, reading, _derived(reading.target, reading))


def _derived(id: str, reading: Reading) -> str:
    """An id for a change that has none of its own; the same change reported twice has the same."""
    says = msgspec.json.encode((reading.type, reading.text))
    return f"{id[:200]}.{reading.type}.{hashlib.blake2b(says, digest_size=8).hexdigest()}"


def _sent(item: Json, envelope: Envelope) -> InboundItem:
    """What was sent through Evolution, by us or by another program.

    A text is an echo: of ours it is the evidence that it went out, should the answer have been
    lost. Other types do not come back as they were sent (an instance on the Cloud API, whose source
    is "unknown", even tells templates as texts), so of those only the status counts.
    """
    if text(item.get("source")) != "unknown" and obj(item.get("key")).get("fromMe") is True:
        found = _message(item, envelope)
        if isinstance(found, InboundMessage) and found.type == "text":
            return found
    key = obj(item.get("key")) or item
    id = text(item.get("keyId") or key.get("id"), LONGEST_ID).strip()
    status = status_item({**item, "message": None}, key, id, CHANNEL, envelope.line)
    if status is None or status == DELETED:
        return InboundEvent(CHANNEL, envelope.line, envelope.event, _without_large_file(item))
    return status


def _call(item: Json, envelope: Envelope) -> InboundItem:
    """Somebody rings; later events of the same call are for the log."""
    key = {"id": item.get("id"), "remoteJid": item.get("from") or item.get("chatId")}
    key["remoteJidAlt"] = item.get("callerPn")
    if text(item.get("status")) not in ("offer", "") or item.get("isGroup") is True:
        return InboundEvent(CHANNEL, envelope.line, envelope.event, item)
    reading = Reading("call", "", {"call": item})
    dated = {**item, "messageTimestamp": item.get("date")}
    return _inbound(dated, key, envelope, reading, text(item.get("id"), LONGEST_ID))


def _without_large_file(item: Json) -> Json:
    message = obj(item.get("message"))
    if len(text(message.get("base64"), _LONGEST_BASE64 + 1)) <= _LONGEST_BASE64:
        return item
    return {**item, "message": {name: it for name, it in message.items() if name != "base64"}}


def _without_picture(data: Any) -> Any:
    """A QR code's picture; its text says the same."""
    code = obj(obj(data).get("qrcode"))
    if "base64" not in code:
        return data
    return {**data, "qrcode": {name: it for name, it in code.items() if name != "base64"}}


def _unparsable(envelope: Envelope, cause: str, item: Any) -> Unparsable:
    return Unparsable(CHANNEL, envelope.line, cause[:500], msgspec.json.encode(item).decode())


Reader = Callable[[Json, Envelope], InboundItem]
#: Everything else is kept as an event.
READERS: dict[str, Reader] = {
    "messages.upsert": _message,
    "messages.update": _update,
    "messages.delete": _deleted,
    "messages.edited": _edited,
    "send.message": _sent,
    "send.message.update": _sent,
    "call": _call,
}

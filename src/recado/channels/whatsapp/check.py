"""Whether WhatsApp would take a message: the builder of the request reads it, and the file's facts
are looked at. The simulator keeps to the same.

Source of the types of files: developers.facebook.com/documentation/business-messaging/whatsapp/
business-phone-numbers/media#supported-media-types
"""

from __future__ import annotations

from typing import Any

import msgspec

from recado.channels.messages import ANYBODY, OutboundMessage
from recado.channels.whatsapp.send import build
from recado.errors import SendRejected

KB, MB = 1024, 1024 * 1024
#: What WhatsApp plays and shows by itself; any other file goes as a document. "audio/ogg" is Opus
#: in Ogg: what has another codec in it has another type here (media/sniff.py).
SHOWN = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
    "sticker": frozenset({"image/webp"}),
}
#: Of a recorded voice message, which plays with a waveform.
VOICE = frozenset({"audio/ogg"})
#: In bytes.
LARGEST = {
    "image": 5 * MB,
    "sticker": 500 * KB,
    "audio": 16 * MB,
    "video": 16 * MB,
    "document": 100 * MB,
}


def check(message: OutboundMessage) -> None:
    """Raises SendRejected: it says which limit is broken."""
    content = {key: _with_id(value) for key, value in message.content.items()}
    build(msgspec.structs.replace(message, to=ANYBODY, content=content, file=None))
    if message.file is not None:
        media = message.content.get("media")
        voice = isinstance(media, dict) and bool(media.get("voice"))
        kind = message.type if isinstance(media, dict) else _header_kind(message.content)
        check_type(kind, message.file.mime_type, message.file.size_bytes, voice=voice)


def check_type(kind: str, mime_type: str, size_bytes: int, *, voice: bool = False) -> None:
    """Raises SendRejected: WhatsApp takes no such file as that `kind` of message."""
    allowed = VOICE if voice else SHOWN.get(kind)
    if allowed is not None and mime_type not in allowed:
        what = "a voice message" if voice else f"type {kind}"
        raise SendRejected(
            f"WhatsApp takes no file of the type {mime_type} as {what}"
            f" ({', '.join(sorted(allowed))}). Send it as a document"
        )
    most = LARGEST.get(kind)
    if most is not None and size_bytes > most:
        size = f"{most // MB} MB" if most >= MB else f"{most // KB} KB"
        raise SendRejected(f"The file has more than the {size} that WhatsApp takes as {kind}")


def _header_kind(content: dict[str, Any]) -> str:
    """As what the file stands over a message to tap; "" where it stands elsewhere."""
    given = content.get("interactive")
    header = given.get("header") if isinstance(given, dict) else None
    named = header if isinstance(header, dict) else {}
    return next((kind for kind in ("image", "video", "document") if kind in named), "")


def _with_id(value: Any) -> Any:
    """The same, where files that Recado keeps have an `id` as those of the media API do."""
    if isinstance(value, dict):
        found = {key: _with_id(inner) for key, inner in value.items()}
        if isinstance(found.get("media_id"), str) and "id" not in found:
            found["id"] = found["media_id"]
        return found
    return [_with_id(inner) for inner in value] if isinstance(value, list) else value

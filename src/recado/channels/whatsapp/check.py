"""Whether WhatsApp would take a message: the builder of the request reads it, and the file's facts
are looked at. The simulator keeps to the same.

Source of the types of files: developers.facebook.com/documentation/business-messaging/whatsapp/
business-phone-numbers/media#supported-media-types
"""

from __future__ import annotations

from collections.abc import Iterator
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
#: What WhatsApp asks of a file besides its type, by what stands behind the type (media/inside.py).
INSIDE = {
    "codecs": "it plays H.264 with AAC only",
    "color": "it takes RGB only",
    "depth": "it takes eight bits a colour only",
    "animated": "it moves as a sticker only",
}
MOVING_STICKER = "image/webp; animated=1"
#: In bytes; a sticker that does not move may have less.
LARGEST_STILL = 100 * KB
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
        file = message.file
        media = message.content.get("media")
        voice = isinstance(media, dict) and bool(media.get("voice"))
        for name in _places_of(message.content, file.media_id):
            kind = message.type if name == "media" else name
            check_type(kind, file.mime_type, file.size_bytes, voice=voice)


def check_type(kind: str, mime_type: str, size_bytes: int, *, voice: bool = False) -> None:
    """Raises SendRejected: WhatsApp takes no such file as that `kind` of message."""
    allowed = VOICE if voice else SHOWN.get(kind)
    moves = mime_type == MOVING_STICKER
    if allowed is not None and mime_type not in allowed and not (moves and kind == "sticker"):
        what = "a voice message" if voice else f"type {kind}"
        _, _, inside = mime_type.partition("; ")
        why = INSIDE.get(inside.partition("=")[0]) or ", ".join(sorted(allowed))
        raise SendRejected(
            f"WhatsApp takes no file of the type {mime_type} as {what} ({why})."
            " Send it as a document"
        )
    most = LARGEST_STILL if kind == "sticker" and not moves else LARGEST.get(kind)
    if most is not None and size_bytes > most:
        size = f"{most // MB} MB" if most >= MB else f"{most // KB} KB"
        raise SendRejected(f"The file has more than the {size} that WhatsApp takes as {kind}")


def _places_of(value: Any, media_id: str, under: str = "") -> Iterator[str]:
    """Under which names a file stands in a content: `media`, or `image` of a header or a card."""
    if isinstance(value, dict):
        if value.get("media_id") == media_id:
            yield under
        for key, inner in value.items():
            yield from _places_of(inner, media_id, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _places_of(inner, media_id, under)


def _with_id(value: Any) -> Any:
    """The same, where files that Recado keeps have an `id` as those of the media API do."""
    if isinstance(value, dict):
        found = {key: _with_id(inner) for key, inner in value.items()}
        if isinstance(found.get("media_id"), str) and "id" not in found:
            found["id"] = found["media_id"]
        return found
    return [_with_id(inner) for inner in value] if isinstance(value, list) else value

"""How big a file may be, by the type of the message that carries it.

WhatsApp's own limits are 5 MB for images, 16 MB for audio and video, 100 MB for documents, 100 KB
for stickers and 500 KB for animated ones:
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media/#supported-media-types
What comes in gets more room, because other channels allow more, and because a picture that WhatsApp
has let through must not be lost here. What goes out must be within the provider's limits, which
its adapter knows (channels/whatsapp/check.py).
"""

from __future__ import annotations

from recado.errors import FileRefused

KB, MB = 1024, 1024 * 1024
#: No file is bigger than this, whatever it is.
MAX_BYTES = 100 * MB

INBOUND: dict[str, int] = {
    "image": 25 * MB,
    "sticker": 5 * MB,
    "audio": 64 * MB,
    "video": 100 * MB,
    "document": 100 * MB,
}


def inbound_limit(type: str) -> int:
    return INBOUND.get(type, MAX_BYTES)


def check_size(size_bytes: int, limit: int) -> None:
    """Raises FileRefused: empty, or over the limit."""
    if size_bytes == 0:
        raise FileRefused("The file is empty.")
    if size_bytes > limit:
        raise too_big(limit)


def too_big(limit: int) -> FileRefused:
    return FileRefused(f"The file has more than the {in_words(limit)} that are taken.")


def in_words(size_bytes: int) -> str:
    if size_bytes < MB:
        return f"{max(1, size_bytes // KB)} KB"
    return f"{size_bytes // MB} MB"

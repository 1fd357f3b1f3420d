"""A file that goes out is made one that the channel shows, where it would only go as a document."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import PurePath
from typing import NamedTuple

import structlog

from recado.channels.mime import bare
from recado.channels.port import Channel
from recado.channels.sizes import MAX_BYTES, check_size
from recado.errors import FileRefused
from recado.media.checks import check_file
from recado.media.convert.apart import Converter, What

log = structlog.get_logger(__name__)

#: Pictures that Pillow reads; of one that moves only the first would be left, so it stays.
_PICTURES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/tiff",
        "image/bmp",
        "image/x-ms-bmp",
        "image/avif",
    }
)


class Fitting(NamedTuple):
    data: bytes
    filename: str
    declared: str


async def fit(
    converter: Converter, channel: Channel, data: bytes, filename: str, declared: str
) -> Fitting:
    """A photo as JPEG within the channel's size, a recording as OGG/Opus, anything else as it is;
    so is what cannot be converted here: it then goes as a document, as it came.

    Raises FileRefused: it is not what it says, or a trap."""
    check_size(len(data), MAX_BYTES)
    given = Fitting(data, filename, declared)
    mime_type = await asyncio.to_thread(check_file, data, declared, "")
    if channel.type_of_file(mime_type, len(data)) != "document":
        return given
    what = _maker_of(mime_type)
    if what is None or not converts(channel, mime_type):
        return given
    kind, ending, becomes = _BECOMES[what]
    most = channel.largest_files.get(kind, len(data))
    try:
        made = await converter.make(what, data, most_bytes=most)
    except FileRefused as error:
        log.info("media.not_converted", type=mime_type, reason=error.detail)
        return given
    if len(made) > most:
        return given
    stem = PurePath(filename).stem
    return Fitting(made, f"{stem}{ending}" if stem else "", becomes)


def converts(channel: Channel, mime_type: str) -> bool:
    """Whether a file of this type may have another form that the channel shows."""
    what = _maker_of(mime_type)
    if what is None:
        return False
    kind, _, becomes = _BECOMES[what]
    return kind in channel.capabilities.sends and becomes in channel.shown_files.get(kind, ())


#: The type of message, the name's end, and the type.
_BECOMES: dict[What, tuple[str, str, str]] = {
    "photo": ("image", ".jpg", "image/jpeg"),
    "voice": ("audio", ".ogg", "audio/ogg"),
}


def _maker_of(mime_type: str) -> What | None:
    kind = bare(mime_type)
    if kind == "image/heif":
        return "photo" if find_spec("pi_heif") else None
    if kind in _PICTURES:
        return None if "animated" in mime_type else "photo"
    return "voice" if kind.startswith("audio/") and find_spec("av") else None

"""Everything that a file must pass before it is stored, whichever way it came."""

from __future__ import annotations

import mimetypes
import re

from recado.channels.mime import bare
from recado.media.inside import of_tracks
from recado.media.pictures import check_picture
from recado.media.sniff import family, normal, settle_type

MAX_FILENAME = 240
#: What no file system, header or person can read: control characters, and those that turn the
#: direction of writing, so that `exe.gpj` reads as a picture.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\ud800-\udfff]")
_SUFFIXES = {
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/amr": ".amr",
    "audio/webm": ".webm",
    "audio/x-vorbis+ogg": ".ogg",
    "audio/x-flac+ogg": ".ogg",
    "audio/x-speex+ogg": ".spx",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "video/3gpp": ".3gp",
    "video/quicktime": ".mov",
}


def check_file(data: bytes, declared: str, message_type: str = "") -> str:
    """The type of the file, which has passed, with what of its inside decides who takes it
    (inside.py). Takes a while: not for the event loop.

    Raises FileRefused: it is not what it says, or a trap.
    """
    mime_type = settle_type(data, declared=declared, message_type=message_type)
    if family(mime_type) == "image":
        return check_picture(data, mime_type)
    return of_tracks(data, mime_type)


def safe_filename(given: str) -> str:
    """The name without a path and without what misleads; "" stays "". It is never a path here."""
    name = _UNSAFE.sub("", given).replace("\\", "/").rpartition("/")[2].strip().strip(".")
    if len(name) > MAX_FILENAME:
        stem, dot, ending = name.rpartition(".")
        ending = f".{ending}" if dot and len(ending) <= 10 else ""
        name = (stem or name)[: MAX_FILENAME - len(ending)] + ending
    return name


def named_by_type(filename: str, mime_type: str) -> str:
    """The name with an ending that its content has: from the ending, others take what a file is.

    A name that says another type gets the right ending in its place; one that says none gets it
    added. What only says that it is text or bytes keeps its name: `notes.md`, `data.csv`.
    """
    mime_type = bare(mime_type)
    says_little = mime_type == "application/zip" or family(mime_type) in ("", "text", "other")
    if not filename or says_little:
        return filename
    stem, dot, ending = filename.rpartition(".")
    promised = mimetypes.guess_type(f"x.{ending}")[0] if dot else None
    if promised is not None and normal(promised) == mime_type:
        return filename
    if f".{ending.lower()}" in mimetypes.guess_all_extensions(mime_type):
        return filename
    right = _SUFFIXES.get(mime_type) or mimetypes.guess_extension(mime_type) or ""
    return f"{stem if promised and stem else filename}{right}" if right else filename


def download_name(filename: str, media_id: str, mime_type: str) -> str:
    """The name to save it under: its own, or one made of its id and type."""
    mime_type = bare(mime_type)
    ending = _SUFFIXES.get(mime_type) or mimetypes.guess_extension(mime_type) or ""
    return filename or f"{media_id}{ending}"

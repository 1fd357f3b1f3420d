"""What is said between Recado and the process that unpacks pictures (process.py, inside.py).

Each message stands behind its length in four bytes. A file comes in a task as it was sent.
"""

from __future__ import annotations

import struct

import msgspec

#: A file of 100 MB (WhatsApp's largest), or pictures that were made of it.
MOST_BYTES = 110 << 20
LENGTH = struct.Struct(">I")


class ReadText(msgspec.Struct, tag=True, frozen=True):
    """The lines of text in a picture, by OCR. `language` is a hint."""

    data: bytes
    mime_type: str
    language: str = ""


class ReadCodes(msgspec.Struct, tag=True, frozen=True):
    """What barcodes and QR codes in a picture say."""

    data: bytes
    mime_type: str


class MakeSmall(msgspec.Struct, tag=True, frozen=True):
    """A picture as JPEG: upright, of `side` pixels at most on its longer side, and `most_bytes`."""

    data: bytes
    mime_type: str
    side: int
    most_bytes: int


class TakeFrames(msgspec.Struct, tag=True, frozen=True):
    """The first and the middle frame of a video, each as JPEG of `side` pixels at most."""

    data: bytes
    side: int


Task = ReadText | ReadCodes | MakeSmall | TakeFrames


class Line(msgspec.Struct, frozen=True):
    text: str
    confidence: float


class Lines(msgspec.Struct, tag=True, frozen=True):
    """In reading order. `left` lines were found and not read: there are too many of them."""

    lines: tuple[Line, ...] = ()
    left: int = 0


class Codes(msgspec.Struct, tag=True, frozen=True):
    """What each says, after its kind: `QR Code: https://…`."""

    said: tuple[str, ...] = ()


class Frame(msgspec.Struct, frozen=True):
    """A picture as JPEG; `at_seconds` is where in a video it was."""

    data: bytes
    width: int
    height: int
    at_seconds: float | None = None


class Frames(msgspec.Struct, tag=True, frozen=True):
    frames: tuple[Frame, ...] = ()


class Refused(msgspec.Struct, tag=True, frozen=True):
    """The file is damaged or a trap; `reason` is for a person."""

    reason: str


Answer = Lines | Codes | Frames | Refused


class Answered(msgspec.Struct, frozen=True):
    """`last`: the process has grown, and another takes the next task."""

    answer: Answer
    last: bool = False

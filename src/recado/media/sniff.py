"""What a file is, from its content: what it is called outside proves nothing.

A file that says one thing and is another is refused. A close relative is not a lie (a JPEG called
image/jpg, Opus in Ogg, an m4a that says mp4, a .docx that says zip): then the content decides.
"""

from __future__ import annotations

import re
import zipfile
from typing import Literal

import puremagic

from recado.documents.archives import archive_type, check_archive
from recado.errors import FileRefused, Unprocessable

Family = Literal[
    "image", "sound", "pdf", "archive", "office", "text", "markup", "program", "other", ""
]

OCTETS = "application/octet-stream"
#: Types with more than one name, or with names that nobody uses.
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/opus": "audio/ogg",
    "audio/x-aac": "audio/aac",
    "audio/3gpp": "video/3gpp",
    "video/3gp": "video/3gpp",
    "image/heic": "image/heif",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "application/x-zip": "application/zip",
}
_EXACT: dict[str, Family] = {
    "": "",
    OCTETS: "",
    "text/html": "markup",
    "text/xml": "markup",
    "image/svg+xml": "markup",
    "application/xhtml+xml": "markup",
    "application/ogg": "sound",
    "application/pdf": "pdf",
    "application/zip": "archive",
    "application/msword": "office",
    "application/vnd.ms-excel": "office",
    "application/vnd.ms-powerpoint": "office",
    "application/json": "text",
    "application/rtf": "text",
    "application/csv": "text",
    "application/x-executable": "program",
    "application/x-sharedlib": "program",
    "application/x-mach-binary": "program",
    "application/x-msdownload": "program",
    "application/vnd.microsoft.portable-executable": "program",
}
_STARTS: tuple[tuple[str, Family], ...] = (
    ("image/", "image"),
    ("audio/", "sound"),
    ("video/", "sound"),
    ("text/", "text"),
    ("application/vnd.openxmlformats", "archive"),
    ("application/vnd.oasis", "archive"),
    ("application/epub", "archive"),
)
#: How a file of a kind begins, where the magic of others is too weak or too eager.
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"OggS", "application/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
)
_TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|img|style|meta|link|object|form|a)\b",
    re.IGNORECASE,
)
_BOMS = (b"\xff\xfe", b"\xfe\xff")
#: RFC 6838, 4.2. What a sender says is served as a header: anything else is no type.
_NAME = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}"
_TYPE = re.compile(f"{_NAME}/{_NAME}", re.ASCII)
#: Types that a page of the same origin could run or apply: they are kept as plain text.
_RUN = re.compile(r"(?:text|application)/(?:x-)?(?:javascript|ecmascript|jscript|livescript|css)")
#: Control characters that no text has.
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_HEAD = 4096
#: The handlers of an ISO media file's tracks, and a video codec's name in Matroska.
_SOUND_TRACK = re.compile(rb"hdlr.{8}soun", re.DOTALL)
_VIDEO_TRACK = re.compile(rb"hdlr.{8}vide", re.DOTALL)
_VIDEO_CODEC = re.compile(rb"V_(?:VP8|VP9|AV1|MPEG|THEORA|UNCOMPRESSED)")

#: What each declared family may turn out to be. An unknown content ("") is harmless where the
#: type makes nobody run or draw it.
_MAY_BE: dict[Family, frozenset[Family]] = {
    "image": frozenset({"image"}),
    "sound": frozenset({"sound", ""}),
    "pdf": frozenset({"pdf"}),
    # A locked .docx is an old Office file around the encrypted one; an .xls is often a .csv.
    "archive": frozenset({"archive", "office"}),
    "office": frozenset({"office", "archive", "text"}),
    "text": frozenset({"text", "markup", ""}),
    "markup": frozenset({"markup", "text"}),
}
_OF_MESSAGE: dict[str, Family] = {
    "image": "image",
    "sticker": "image",
    "audio": "sound",
    "video": "sound",
}


def settle_type(data: bytes, *, declared: str, message_type: str = "") -> str:
    """The type that the file is kept and served with.

    `declared` is what the channel or the browser says ("" for nothing), `message_type` the type of
    the message that carries it. Raises FileRefused: it is not what it says, or it is a trap.
    """
    named = normal(declared)
    found = content_type(data, named)
    promised = _OF_MESSAGE.get(message_type) or family(named)
    actual = family(found)
    allowed = _MAY_BE.get(promised)
    if allowed is not None and actual not in allowed:
        if named in ("", found):
            raise FileRefused(f"A file of the type {found} is not taken as {message_type}.")
        raise FileRefused(f"The file says that it is {named}, and is {found}.")
    if actual in ("", "office") and named and family(named) == promised:
        return named  # the content says less than the name
    if found in ("text/plain", "application/zip") and family(named) == "other":
        return named
    if found == "text/plain" and family(named) == "text":
        return named
    if found == "application/ogg":
        return _ogg(data[:_HEAD], message_type)
    return found


def _ogg(head: bytes, message_type: str) -> str:
    """By the codec that its first page names (RFC 7845, 5.1; RFC 5334, 4): voice messages are Opus,
    and WhatsApp plays no other."""
    if message_type == "video" or b"theora" in head:
        return "video/ogg"
    others = {b"\x01vorbis": "vorbis", b"Speex   ": "speex", b"\x7fFLAC": "flac"}
    codec = next((name for mark, name in others.items() if mark in head), "")
    return f"audio/x-{codec}+ogg" if codec else "audio/ogg"


def normal(mime_type: str) -> str:
    """The bare type in lower case, without parameters and under its usual name; "" for none."""
    bare = mime_type.partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(bare):
        return ""
    return "text/plain" if _RUN.match(bare) else _ALIASES.get(bare, bare)


def family(mime_type: str) -> Family:
    """What a type is a kind of; "" for the unknown."""
    exact = _EXACT.get(mime_type)
    if exact is not None:
        return exact
    starts = (kind for start, kind in _STARTS if mime_type.startswith(start))
    return next(starts, "other")


def content_type(data: bytes, declared: str = "") -> str:
    """What the bytes themselves are. Of several readings, the one that was declared counts.

    Raises FileRefused: an archive that unpacks to too much.
    """
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data)
    if data[4:8] == b"ftyp":
        return _boxed(data)
    # Readers of PDF look this far, and so do those who hide one.
    if data.startswith(b"%PDF-") or (b"%PDF-" in data[:1024] and declared == "application/pdf"):
        return "application/pdf"
    is_text = _is_text(data)
    for beginning, mime_type in _BEGINNINGS:
        if data.startswith(beginning) and (not is_text or mime_type == "audio/amr"):
            return mime_type
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return _matroska(data[:_HEAD])
    return _text(data[:_HEAD]) if is_text else _by_magic(data, declared)


def _by_magic(data: bytes, declared: str) -> str:
    try:
        found = [normal(match.mime_type) for match in puremagic.magic_string(data)]
    except (puremagic.PureError, ValueError):
        return OCTETS
    known = [mime_type for mime_type in found if family(mime_type) not in ("", "other", "archive")]
    if declared in known:
        return declared
    return next(iter(known), next(filter(None, found), OCTETS))


def _boxed(data: bytes) -> str:
    """An ISO media file by its brand (https://mp4ra.org/registered-types/brands), and a video by
    its track."""
    brand = data[8:12]
    if brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"):
        return "image/heif"
    if brand in (b"avif", b"avis"):
        return "image/avif"
    if brand == b"qt  ":
        return "video/quicktime"
    if brand.startswith(b"3g"):
        return "video/3gpp"
    sounds = brand in (b"M4A ", b"M4B ", b"F4A ") or _SOUND_TRACK.search(data)
    return "audio/mp4" if sounds and not _VIDEO_TRACK.search(data) else "video/mp4"


def _matroska(head: bytes) -> str:
    is_sound = b"A_OPUS" in head and not _VIDEO_CODEC.search(head)
    return "audio/webm" if is_sound else "video/webm"


def _text(head: bytes) -> str:
    tag = _TAG.search(head)
    if tag is None:
        return "text/plain"
    return "image/svg+xml" if tag[0].lower() == b"<svg" else "text/html"


def _zipped(data: bytes) -> str:
    try:
        with check_archive(data) as archive:
            return archive_type(archive)
    except Unprocessable as error:
        raise FileRefused(error.detail) from error
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, NotImplementedError, RuntimeError):
        return "application/zip"  # damaged: kept, and nobody here opens it


def _is_text(data: bytes) -> bool:
    head = data[:_HEAD]
    return head.startswith(_BOMS) or not _BINARY.search(head)

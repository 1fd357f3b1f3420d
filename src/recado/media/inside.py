"""What of a file's inside decides who takes it, and its type alone does not say: a video's codec, a
picture's colours, whether a sticker moves. It stands behind the type as a parameter.

    video/mp4; codecs=hvc1   an iPhone's video     image/jpeg; color=cmyk   for a printing house
    image/png; depth=16      a scanner's           image/webp; animated=1   a moving sticker
"""

from __future__ import annotations

import re

from PIL import Image

#: The sample descriptions of an ISO media file: what its tracks are encoded with (ISO/IEC 14496-12,
#: 8.5.2). The box's version and flags and the count of entries come first.
_TRACKS = re.compile(rb"stsd.{12}([0-9A-Za-z-]{4})", re.DOTALL)
#: What phones, cameras and editing programs use besides H.264 and AAC.
_OTHERS = frozenset(
    {b"hvc1", b"hev1", b"dvh1", b"dvhe", b"vp08", b"vp09", b"av01", b"mp4v", b"s263", b"h263",
     b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"mjp2", b"jpeg", b"Opus", b"alac", b"ac-3",
     b"ec-3", b"samr", b"sawb", b"fLaC"}
)  # fmt: skip
_BOXED = frozenset({"video/mp4", "video/3gpp", "video/quicktime", "audio/mp4"})
_CMYK = frozenset({"CMYK", "YCCK"})
#: Pillow's modes of more than eight bits a colour start so.
_DEEP = ("I", "F")


def of_tracks(data: bytes, mime_type: str) -> str:
    """The type, with the first codec that is neither H.264 nor AAC."""
    if mime_type not in _BOXED:
        return mime_type
    found = (match[1] for match in _TRACKS.finditer(data))
    other = next((codec for codec in found if codec in _OTHERS), b"")
    return f"{mime_type}; codecs={other.decode()}" if other else mime_type


def of_picture(picture: Image.Image, mime_type: str) -> str:
    """The type, with what a phone may not show of the picture."""
    if mime_type == "image/webp" and getattr(picture, "n_frames", 1) > 1:
        return f"{mime_type}; animated=1"
    if picture.mode in _CMYK:
        return f"{mime_type}; color=cmyk"
    return f"{mime_type}; depth=16" if picture.mode.startswith(_DEEP) else mime_type

"""Pictures drawn anew, smaller or as another type. Called in a process of their own (apart.py)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from contextlib import suppress

from PIL import Image, ImageOps, UnidentifiedImageError

from recado.errors import FileRefused
from recado.media.pictures import MAX_PIXELS

#: The desk shows pictures 220 points high, 320 wide at most, on screens of twice the points.
THUMBNAIL = (640, 440)
#: WhatsApp shows no picture larger than its own cameras make.
PHOTO = (4096, 4096)
_BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, RuntimeError)


def thumbnail(data: bytes) -> bytes:
    """A small WebP, the right way up, of a picture's first frame. Raises FileRefused."""
    return _drawn(data, THUMBNAIL, lambda picture: _saved(picture, "WEBP", quality=78, method=4))


def photo(data: bytes, most_bytes: int) -> bytes:
    """A JPEG of at most so many bytes, transparent parts white, without what the camera noted of
    place and device. Raises FileRefused."""

    def draw(picture: Image.Image) -> bytes:
        picture = _on_white(picture)
        for quality, longest in ((88, 4096), (80, 3000), (75, 2048), (70, 1600), (60, 1024)):
            picture.thumbnail((longest, longest))
            if len(made := _saved(picture, "JPEG", quality=quality, optimize=True)) <= most_bytes:
                return made
        raise FileRefused("The picture cannot be made as small as it must be.")

    return _drawn(data, PHOTO, draw)


def _drawn(data: bytes, box: tuple[int, int], draw: Callable[[Image.Image], bytes]) -> bytes:
    _know_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise FileRefused("The picture unpacks to too many pixels.")
                opened.draft("RGB", box)  # a JPEG is decoded no larger than it is needed
                picture = ImageOps.exif_transpose(opened)
                return draw(_plain(picture, box))
    except Image.DecompressionBombError as error:
        raise FileRefused("The picture unpacks to too many pixels.") from error
    except _BROKEN as error:
        raise FileRefused("The picture is damaged and cannot be shown.") from error


def _plain(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """In eight bits a colour, and no larger than the box."""
    if picture.mode.startswith(("I", "F")):  # a scanner's: 16 bits a point
        picture = picture.convert("F").point(lambda it: it / 257.0).convert("L")
    see_through = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    picture = picture.convert("RGBA" if see_through else "RGB")
    picture.thumbnail(box)
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def _saved(picture: Image.Image, kind: str, **options: int | bool) -> bytes:
    made = io.BytesIO()
    picture.save(made, kind, **options)
    return made.getvalue()


def _know_heif() -> None:
    """What phones of Apple make, where the extra `heic` is installed."""
    with suppress(ImportError):
        from pi_heif import register_heif_opener

        register_heif_opener(thumbnails=False)

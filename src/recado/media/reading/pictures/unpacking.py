"""A stranger's picture, unpacked within limits: only in the process of its own."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps, UnidentifiedImageError

from recado.errors import FileRefused
from recado.media.pictures import check_picture
from recado.media.reading.pictures.tasks import Frame, Frames, MakeSmall

#: What readers of pictures take beside JPEG: what Pillow reads without a plug-in.
READABLE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"})
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "MPO")
_QUALITIES = (85, 70, 50)
#: Of what is left where a picture is still too large in bytes.
_STEP = 0.7


def is_readable(mime_type: str) -> bool:
    return mime_type.partition(";")[0].strip() in READABLE


@contextmanager
def damaged_is_refused() -> Iterator[None]:
    """Around what reads a stranger's picture. Raises FileRefused where that fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise FileRefused("The picture unpacks to too many pixels: it is a trap.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise FileRefused("The picture is damaged and cannot be read.") from error


def unpack(data: bytes, mime_type: str, side: int) -> Image.Image:
    """Upright (as its EXIF says), on white, its first frame, RGB, of `side` pixels at most.

    Raises FileRefused: damaged, or too large."""
    check_picture(data, mime_type.partition(";")[0])
    with damaged_is_refused(), Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        opened.draft("RGB", (side, side))  # a JPEG is unpacked at half its size, or a quarter
        small = _scaled(_plain(opened), min(1.0, side / max(opened.size)))
        return _on_white(ImageOps.exif_transpose(small))


def make_small(task: MakeSmall) -> Frames:
    """The picture as a JPEG within the task's limits. Raises FileRefused."""
    return Frames((as_frame(unpack(task.data, task.mime_type, task.side), task.most_bytes),))


def as_frame(picture: Image.Image, most_bytes: int, at_seconds: float | None = None) -> Frame:
    """The picture as JPEG, made smaller until it has no more bytes."""
    while True:
        for quality in _QUALITIES:
            made = io.BytesIO()
            picture.save(made, "JPEG", quality=quality)
            if made.tell() <= most_bytes:
                return Frame(made.getvalue(), picture.width, picture.height, at_seconds)
        picture = _scaled(picture, _STEP)


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    if factor == 1.0:
        return picture
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _plain(picture: Image.Image) -> Image.Image:
    """In a mode that can be scaled without steps."""
    if picture.mode in ("RGB", "RGBA", "L", "LA"):
        return picture
    if picture.mode.startswith("I;16"):  # a scanner's: the upper of two bytes
        return picture.point(lambda it: it / 256).convert("L")
    has_alpha = "transparency" in picture.info or "A" in picture.getbands()
    return picture.convert("RGBA" if has_alpha else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA"):
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper
    return picture.convert("RGB")

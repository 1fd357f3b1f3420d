"""Pictures: only their headers are read here, because a small file can draw gigapixels."""

from __future__ import annotations

import io
import warnings

from PIL import Image, UnidentifiedImageError

from recado.errors import FileRefused
from recado.media.inside import of_picture

#: The largest cameras of phones make 200 megapixels and send fewer; a screen shows 8.
MAX_PIXELS = 64_000_000
MAX_FRAMES = 1_000
#: Of all frames together.
MAX_MOVING_PIXELS = 1_000_000_000
#: Nothing here reads them, so there is nothing to look at; browsers do not draw them either.
_UNREAD = frozenset({"image/heif", "image/avif", "image/tiff", "image/x-icon"})


def check_picture(data: bytes, mime_type: str) -> str:
    """Its type, with what decides who takes it. Raises FileRefused: not a picture, or one that
    unpacks to too much."""
    if mime_type in _UNREAD:
        return mime_type
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                _check_dimensions(picture)
                return of_picture(picture, mime_type)
    except Image.DecompressionBombError as error:
        raise FileRefused("The picture unpacks to too many pixels: it is a trap.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise FileRefused("The picture is damaged and cannot be shown.") from error


def _check_dimensions(picture: Image.Image) -> None:
    pixels = picture.width * picture.height
    if pixels > MAX_PIXELS:
        raise FileRefused(
            f"The picture unpacks to {picture.width} × {picture.height} pixels: too many to show."
        )
    frames = getattr(picture, "n_frames", 1)
    if frames > MAX_FRAMES or frames * pixels > MAX_MOVING_PIXELS:
        raise FileRefused(f"The moving picture has {frames} frames: too many to show.")

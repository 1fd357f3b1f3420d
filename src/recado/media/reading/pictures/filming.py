"""Frames of a stranger's video: only in the process of its own."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
from PIL import Image

from recado.errors import FileRefused
from recado.media.pictures import MAX_PIXELS
from recado.media.reading.pictures.tasks import Frame, Frames, TakeFrames
from recado.media.reading.pictures.unpacking import as_frame

#: What a video is sought from its last key frame: those of phones are two seconds apart.
_MOST_DECODED = 300
_MOST_BYTES = 1 << 20


def take_frames(task: TakeFrames) -> Frames:
    """None where it has no pictures. Raises FileRefused: damaged, or too large."""
    try:
        with av.open(io.BytesIO(task.data), metadata_errors="ignore") as film:
            if not film.streams.video:
                return Frames()
            stream = film.streams.video[0]
            if stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
                raise FileRefused("The video unpacks to too many pixels: it is a trap.")
            return _frames(film, stream, task.side)
    except (av.FFmpegError, OSError, ValueError, EOFError) as error:
        raise FileRefused("The video is damaged and cannot be read.") from error


def _frames(film: Any, stream: Any, side: int) -> Frames:
    first = next(film.decode(stream), None)
    if first is None:
        return Frames()
    taken = [_frame(first, side)]
    duration = float(stream.duration * stream.time_base) if stream.duration else 0.0
    duration = duration or (film.duration or 0) / av.time_base
    middle = duration / 2
    if middle >= 1.0 and (found := _at(film, stream, middle)) is not None:
        taken.append(_frame(found, side))
    return Frames(tuple(taken))


def _at(film: Any, stream: Any, seconds: float) -> Any:
    """The frame that is shown then, or the last before that can be had."""
    begin = stream.start_time or 0
    film.seek(begin + int(Fraction(seconds) / stream.time_base), stream=stream)
    found = None
    for count, frame in enumerate(film.decode(stream)):
        found = frame
        if (frame.time or 0) >= seconds or count >= _MOST_DECODED:
            break
    return found


def _frame(frame: Any, side: int) -> Frame:
    if frame.width * frame.height > MAX_PIXELS:
        raise FileRefused("The video unpacks to too many pixels: it is a trap.")
    picture: Image.Image = frame.to_image()
    picture.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if frame.rotation:
        picture = picture.rotate(frame.rotation, expand=True)
    return as_frame(picture, _MOST_BYTES, round(float(frame.time or 0), 1))

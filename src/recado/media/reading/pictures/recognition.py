"""OCR: only in the process of its own. The models come with rapidocr's wheel: nothing is loaded
from elsewhere.

RapidOCR finds where lines are and what they say; which way up the picture is, which of its lines
belong together and how long all of it may take is decided here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rapidocr import RapidOCR

from recado.media.reading.pictures.lines import (
    Box,
    from_above,
    height_of,
    is_sideways,
    length_of,
    read_in_order,
    turned,
)
from recado.media.reading.pictures.tasks import Lines, ReadText
from recado.media.reading.pictures.unpacking import unpack

#: Small print on a page in a photo is still ten pixels high.
SIDE = 2400
#: Lines are looked for in a smaller one: it takes a quarter of the time and memory.
FINDING_SIDE = 1280
#: Of computing, both threads together: after it, the rest of a picture full of lines is left.
READING_SECONDS = 40.0
THREADS = 2
#: Below it, what is read is a pattern and no text.
_LEAST_CONFIDENCE = 0.5
#: So many lines, and so much of each, tell which way up a picture is.
_TASTED, _TASTED_LENGTH = 3, 8
#: The recognition sees lines of 48 pixels.
_LINE_HEIGHT = 48
_AT_ONCE = 8

Pixels = Any  # an array of height × width × 3 bytes: blue, green, red


def models() -> dict[str, Path]:
    """The files of the models that come with the package."""
    import rapidocr

    folder = Path(rapidocr.__file__).parent / "models"
    return {
        "Det": folder / "PP-OCRv6_det_small.onnx",
        "Rec": folder / "PP-OCRv6_rec_small.onnx",
    }


def read_text(task: ReadText) -> Lines:
    """Raises FileRefused: damaged, or a trap."""
    until = time.process_time() + READING_SECONDS
    picture = np.asarray(unpack(task.data, task.mime_type, SIDE))
    pixels = np.ascontiguousarray(picture[:, :, ::-1])
    boxes = _find(pixels)
    if not boxes:
        return Lines()
    if is_sideways(boxes):
        pixels, boxes = _turned(pixels, boxes)
    if _is_upside_down(pixels, boxes):
        for _ in range(2):
            pixels, boxes = _turned(pixels, boxes)
    boxes = from_above(boxes)
    found: list[tuple[Box, str, float]] = []
    for at in range(0, len(boxes), _AT_ONCE):
        if time.process_time() > until:
            break
        some = boxes[at : at + _AT_ONCE]
        told = _recognise([_cut(pixels, box) for box in some])
        found += [(box, text, sure) for box, (text, sure) in zip(some, told, strict=True)]
    left = len(boxes) - len(found)
    sure = [it for it in found if it[2] >= _LEAST_CONFIDENCE and it[1].strip()]
    return Lines(tuple(read_in_order(sure)), left)


@cache
def _engine() -> RapidOCR:
    paths = {f"{part}.model_path": str(path) for part, path in models().items()}
    return RapidOCR(
        params={
            **paths,
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.max_side_len": 2 * SIDE,  # it scales nothing: that is done
            "Det.limit_type": "max",
            "Det.limit_side_len": FINDING_SIDE,
            "Rec.rec_batch_num": 1,  # several take no less time, and twice the memory
            "EngineConfig.onnxruntime.intra_op_num_threads": min(THREADS, os.cpu_count() or 1),
        }
    )


def _find(pixels: Pixels) -> list[Box]:
    found: Any = _engine()(pixels, use_det=True, use_cls=False, use_rec=False)
    if found.boxes is None:
        return []
    return [tuple((float(x), float(y)) for x, y in box) for box in found.boxes]  # type: ignore[misc]


def _recognise(cuts: Sequence[Pixels]) -> list[tuple[str, float]]:
    told = _engine().recognize_txt(list(cuts))
    return list(zip(told.txts or (), told.scores or (), strict=True))


def _turned(pixels: Pixels, boxes: Sequence[Box]) -> tuple[Pixels, list[Box]]:
    width = pixels.shape[1]
    return np.ascontiguousarray(np.rot90(pixels)), [turned(it, width) for it in boxes]


def _is_upside_down(pixels: Pixels, boxes: Sequence[Box]) -> bool:
    """Whether the longest lines can be read better from the other side."""
    longest = sorted(boxes, key=lambda it: -length_of(it) / max(height_of(it), 1))[:_TASTED]
    cuts = [_cut(pixels, it)[:, : _TASTED_LENGTH * _LINE_HEIGHT] for it in longest]
    told = _recognise(cuts)
    other = _recognise([np.ascontiguousarray(np.rot90(it, 2)) for it in cuts])
    return sum(sure for _, sure in other) > sum(sure for _, sure in told)


def _cut(pixels: Pixels, box: Box) -> Pixels:
    """A line, level and as high as the recognition wants it."""
    length, height = max(length_of(box), 1.0), max(height_of(box), 1.0)
    size = (max(1, round(length)), max(1, round(height)))
    corners = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(box, np.float32), corners)
    level = cv2.warpPerspective(
        pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if size[1] == _LINE_HEIGHT:
        return level
    scaled = (max(1, round(size[0] * _LINE_HEIGHT / size[1])), _LINE_HEIGHT)
    shrinks = size[1] > _LINE_HEIGHT
    return cv2.resize(level, scaled, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)

"""Amazon Rekognition: the text in a picture, and what it shows in single words.

https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Any

from recado.aws.client import AwsClient, AwsFailed
from recado.errors import FileRefused, ReadingFailed
from recado.media.reading.pictures.lines import Box, read_in_order
from recado.media.reading.pictures.process import PictureProcess
from recado.media.reading.pictures.tasks import Frame, Frames, MakeSmall
from recado.media.reading.pictures.unpacking import is_readable
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece
from recado.media.reading.spending import using
from recado.settings import Settings

SETTING = "RECADO_IMAGE_READER=rekognition"
TIMEOUT_SECONDS = 15.0
#: A picture that comes with the request; 4,096 pixels are more than the service looks at.
MOST_BYTES, SIDE = 5 * 1024 * 1024, 4096
LEAST_CONFIDENCE, MOST_LABELS = 80, 20
_MOST_LINES = 200
#: The picture's own fault.
_REFUSED = frozenset(
    {
        *("InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"),
        "InvalidImageException",
    }
)


class Rekognition(FileReader):
    name = "rekognition"
    paid_model = "aws:rekognition"

    def __init__(self, client: AwsClient, process: PictureProcess | None = None) -> None:
        self._client = client
        self._process = process or PictureProcess()

    def takes(self, file: FileToRead) -> bool:
        return is_readable(file.mime_type)

    async def read(self, file: FileToRead) -> FileReading:
        """Lines as they are read, then labels. As the port says."""
        task = MakeSmall(file.data, file.mime_type, SIDE, MOST_BYTES)
        frame = (await self._process.ask(task, Frames)).frames[0]
        image = {"Bytes": frame.data}
        text, labels = await asyncio.gather(
            self._asked("detect_text", Image=image),
            self._asked(
                "detect_labels", Image=image, MaxLabels=MOST_LABELS, MinConfidence=LEAST_CONFIDENCE
            ),
        )
        return FileReading((*_lines(text, frame), *_labels(labels)))

    async def check(self) -> None:
        """Raises AwsFailed: there are no credentials."""
        await self._client.check()

    async def close(self) -> None:
        await self._process.close()
        await self._client.close()

    async def _asked(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            with using(self.paid_model, "picture", 1):
                return await self._client.call(operation, **parameters)
        except AwsFailed as error:
            if error.aws_code in _REFUSED:
                raise FileRefused(
                    f"Amazon Rekognition does not take it ({error.aws_code})."
                ) from error
            raise ReadingFailed(error.detail) from error


def open_rekognition(settings: Settings) -> Rekognition | None:
    """None: it is not asked for. Raises SettingsError: its packages are not installed, or no region
    is set."""
    if settings.image_reader != "rekognition":
        return None
    return Rekognition(
        AwsClient(
            "rekognition",
            "Amazon Rekognition",
            SETTING,
            region=settings.aws_region,
            timeout_seconds=TIMEOUT_SECONDS,
        )
    )


def _lines(answer: Mapping[str, Any], frame: Frame) -> list[Piece]:
    """What an answer of DetectText says; a malformed part of it costs that part."""
    told = [it for it in _entries(answer, "TextDetections") if it.get("Type") == "LINE"]
    found = [
        (box, str(it.get("DetectedText") or ""), _share(it.get("Confidence")))
        for it in told[:_MOST_LINES]
        if (box := _box(it, frame))
    ]
    sure = [it for it in found if it[2] >= LEAST_CONFIDENCE / 100]
    return [Piece(it.text, "text", confidence=it.confidence) for it in read_in_order(sure)]


def _labels(answer: Mapping[str, Any]) -> list[Piece]:
    found = [
        Piece(" ".join(str(it.get("Name") or "").split())[:80], "label", confidence=sure)
        for it in _entries(answer, "Labels")
        if (sure := _share(it.get("Confidence"))) >= LEAST_CONFIDENCE / 100
    ]
    return [it for it in found if it.text][:MOST_LABELS]


def _entries(answer: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return [it for it in answer.get(name) or () if isinstance(it, Mapping)]


def _box(told: Mapping[str, Any], frame: Frame) -> Box | None:
    """Its corners in pixels; they are told as shares of the picture."""
    corners = (told.get("Geometry") or {}).get("Polygon") or ()
    try:
        points = [(float(it["X"]) * frame.width, float(it["Y"]) * frame.height) for it in corners]
        first, second, third, fourth = points
    except (KeyError, TypeError, ValueError):
        return None
    return first, second, third, fourth


def _share(value: Any) -> float:
    known = isinstance(value, int | float) and math.isfinite(value)
    return round(min(max(value / 100, 0.0), 1.0), 3) if known else 0.0

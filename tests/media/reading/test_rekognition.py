"""Amazon Rekognition reads pictures through the real SDK, against its recorded shape."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from recado.errors import FileRefused, ReadingFailed, SettingsError
from recado.media.reading.pictures.rekognition import Rekognition, open_rekognition
from recado.media.reading.port import FileToRead
from recado.settings import load_settings
from tests.support.aws import REGION, Asked, AwsStub, Says, aws_stub, denied, throttled
from tests.support.files import picture
from tests.support.photographs import LISTS, jpeg, png, printed


def line(text: str, left: float, top: float, width: float, sure: float = 99.1) -> dict[str, Any]:
    right, below = left + width, top + 0.05
    corners = [(left, top), (right, top), (right, below), (left, below)]
    return {
        "DetectedText": text,
        "Type": "LINE",
        "Id": 0,
        "Confidence": sure,
        "Geometry": {
            "BoundingBox": {"Width": width, "Height": 0.05, "Left": left, "Top": top},
            "Polygon": [{"X": x, "Y": y} for x, y in corners],
        },
    }


TEXT = {
    "TextDetections": [
        line("2,50", 0.8, 0.3, 0.1, 97.0),
        line("Café con leche", 0.1, 0.3, 0.3),
        line("Menú", 0.1, 0.1, 0.2),
        line("sombra", 0.1, 0.6, 0.2, 41.0),
        {**line("Menú", 0.1, 0.1, 0.2), "Type": "WORD", "ParentId": 0},
        {"Type": "LINE", "DetectedText": "sin lugar", "Confidence": 99.0},
    ],
    "TextModelVersion": "3.0",
}
LABELS = {
    "Labels": [
        {"Name": "Coffee Cup", "Confidence": 98.2, "Instances": [], "Parents": [{"Name": "Cup"}]},
        {"Name": "Menu", "Confidence": 88.0, "Instances": [], "Parents": []},
        {"Name": "Dog", "Confidence": 55.0, "Instances": [], "Parents": []},
    ],
    "LabelModelVersion": "3.0",
}


def says(asked: Asked) -> Says:
    return Says(TEXT if asked.operation == "DetectText" else LABELS)


@pytest.fixture
async def reader() -> AsyncIterator[Rekognition]:
    settings = load_settings(None, RECADO_IMAGE_READER="rekognition", AWS_REGION=REGION)
    opened = open_rekognition(settings)
    assert opened
    yield opened
    await opened.close()


def file(data: bytes, mime_type: str = "image/jpeg") -> FileToRead:
    return FileToRead("01", "image", mime_type, "foto", data)


def sent(stub: AwsStub) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(stub.asked[0].body["Image"]["Bytes"])))


async def test_lines_come_as_they_are_read_and_labels_of_which_it_is_sure(
    reader: Rekognition,
) -> None:
    async with aws_stub(says) as stub:
        found = await reader.read(file(picture(size=(400, 300))))
    told = [(it.kind, it.text) for it in found.pieces]
    assert told == [
        ("text", "Menú"),
        ("text", "Café con leche  2,50"),
        ("label", "Coffee Cup"),
        ("label", "Menu"),
    ]
    assert found.pieces[2].confidence == 0.982
    labels = next(it for it in stub.asked if it.operation == "DetectLabels")
    assert (labels.body["MaxLabels"], labels.body["MinConfidence"]) == (20, 80)


async def test_what_it_does_not_take_is_made_a_jpeg_of_five_megabytes_at_most(
    reader: Rekognition,
) -> None:
    noise = Image.effect_noise((3600, 2800), 120).convert("RGB")
    made = png(noise)
    assert len(made) > 5 << 20
    async with aws_stub(says) as stub:
        await reader.read(file(made, "image/png"))
    seen = sent(stub)
    assert seen.format == "JPEG"
    assert len(base64.b64decode(stub.asked[0].body["Image"]["Bytes"])) <= 5 << 20


async def test_a_photo_goes_out_upright(reader: Rekognition) -> None:
    turned = printed(LISTS["es"], "Liberation Sans").rotate(90, expand=True)
    async with aws_stub(says) as stub:
        await reader.read(file(jpeg(turned, orientation=6)))
    assert sent(stub).size == (turned.height, turned.width)


async def test_while_it_is_busy_it_is_asked_again_later(reader: Rekognition) -> None:
    async with aws_stub(throttled()):
        with pytest.raises(ReadingFailed, match="Throttling"):
            await reader.read(file(picture(size=(100, 100))))


async def test_who_may_not_use_it_is_told_what_to_allow(reader: Rekognition) -> None:
    async with aws_stub(denied("User is not authorized to perform: rekognition:DetectText")):
        with pytest.raises(ReadingFailed, match="IAM"):
            await reader.read(file(picture(size=(100, 100))))


async def test_a_picture_that_it_cannot_read_is_not_sent_again(reader: Rekognition) -> None:
    refusal = Says(
        {"Message": "Request has invalid image format"}, 400, "InvalidImageFormatException"
    )
    async with aws_stub(refusal):
        with pytest.raises(FileRefused, match="InvalidImageFormat"):
            await reader.read(file(picture(size=(100, 100))))


async def test_a_damaged_picture_is_not_sent_at_all(reader: Rekognition) -> None:
    async with aws_stub(says) as stub:
        with pytest.raises(FileRefused, match="damaged"):
            await reader.read(file(picture()[:60]))
    assert stub.asked == []


def test_without_a_region_the_start_says_what_to_set() -> None:
    with pytest.raises(SettingsError, match="AWS_REGION"):
        open_rekognition(load_settings(None, RECADO_IMAGE_READER="rekognition"))

"""Amazon Textract reads pages that are pictures, asked by the real SDK."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from recado.app.doctor.readers import check_readers, check_readers_answer
from recado.app.readers import READERS, READERS_OVER
from recado.aws.client import AwsClient
from recado.errors import FileRefused, ReadingFailed, SettingsError
from recado.media.reading.papers import textract
from recado.media.reading.papers.opening import open_textract
from recado.media.reading.plan import open_plan
from recado.media.reading.port import FileReader
from recado.settings import load_settings
from tests.support.aws import (
    REGION,
    Asked,
    Says,
    aws_stub,
    denied,
    hangs,
    nobodys_environment,
    throttled,
)
from tests.support.papers import TERMS_PT, invoice_pdf, joined, pdf_of, scan_of, sent
from tests.support.runtime import make_runtime

CHOSEN = {"RECADO_DOCUMENT_READER": "textract", "AWS_REGION": REGION}

#: A line's words with where each begins; the lines from the top down.
Lines = list[list[tuple[float, str]]]
BILL: Lines = [
    [(0.1, "Fatura nº 2026/113")],
    [(0.1, "Produto"), (0.5, "Qtd"), (0.7, "Valor")],
    [(0.1, "Pão de queijo"), (0.5, "3"), (0.7, "30,00")],
    [(0.1, "Café da manhã"), (0.5, "1"), (0.7, "24,50")],
    [(0.1, "Total a pagar"), (0.7, "R$ 54,50")],
]


def blocks(lines: Lines, confidence: float = 98.6) -> Says:
    """An answer in the shape that Textract gives: the page, its lines, their words."""
    found: list[dict[str, Any]] = [{"BlockType": "PAGE", "Id": "p", "Geometry": box(0, 0, 1, 1)}]
    for row, line in enumerate(lines):
        top = 0.1 + row * 0.03
        for left, text in line:
            width = len(text) * 0.011
            told = {"Text": text, "Confidence": confidence}
            found.append({"BlockType": "LINE", **told, "Geometry": box(left, top, width, 0.015)})
            at = left
            for word in text.split():
                place = box(at, top + 0.001 * (row % 2), len(word) * 0.011, 0.014)
                words = {"Text": word, "Confidence": confidence, "TextType": "PRINTED"}
                found.append({"BlockType": "WORD", **words, "Geometry": place})
                at += (len(word) + 0.5) * 0.011
    return Says(
        {"Blocks": found, "DocumentMetadata": {"Pages": 1}, "DetectDocumentTextModelVersion": "1.0"}
    )


def box(left: float, top: float, width: float, height: float) -> dict[str, Any]:
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    return {
        "BoundingBox": {"Left": left, "Top": top, "Width": width, "Height": height},
        "Polygon": [{"X": x, "Y": y} for x, y in corners],
    }


def opened(**more: str) -> FileReader:
    reader = open_textract(load_settings(None, **CHOSEN, **more))
    assert reader is not None
    return reader


async def test_a_scan_is_read_page_by_page_and_nothing_is_put_anywhere() -> None:
    says = [blocks(BILL), blocks([[(0.1, line)] for line in TERMS_PT])]
    async with aws_stub(*says) as stub:
        reader = opened()
        data = scan_of(pdf_of(["um"], ["dois"]), dpi=60)
        reading = await reader.read(sent(data, language="pt"))
        await reader.close()
    assert [asked.operation for asked in stub.asked] == ["DetectDocumentText"] * 2
    for asked in stub.asked:
        assert base64.b64decode(asked.body["Document"]["Bytes"]).startswith(b"\xff\xd8")
        assert set(asked.body) == {"Document"}
        assert set(asked.body["Document"]) == {"Bytes"}
        assert f"/{REGION}/textract/aws4_request" in asked.signed
    words = [piece for piece in reading.pieces if piece.kind != "description"]
    assert {piece.page for piece in words} == {1, 2}
    assert {piece.confidence for piece in words} == {0.986}
    assert (reading.language, reading.pages, reading.unread) == ("pt", 2, ())
    assert "Total a pagar: R$ 54,50" in reading.pieces[0].text


def test_a_table_is_made_of_words_by_their_places() -> None:
    reading = textract.page_reading(blocks(BILL).body)
    (table,) = [piece for piece in reading.pieces if piece.kind == "table"]
    assert table.text == (
        "| Produto | Qtd | Valor |\n| --- | --- | --- |\n| Pão de queijo | 3 | 30,00 |\n"
        "| Café da manhã | 1 | 24,50 |\n| Total a pagar |  | R$ 54,50 |"
    )
    assert "Fatura nº 2026/113" in reading.pieces[0].text


async def test_only_pages_without_text_are_paid_for() -> None:
    async with aws_stub(blocks([[(0.1, "assinado")]])) as stub:
        reader = opened()
        reading = await reader.read(sent(joined(invoice_pdf(), scan_of(pdf_of(["x"]), dpi=60))))
        await reader.close()
    assert len(stub.asked) == 1
    assert [piece.page for piece in reading.pieces if "assinado" in piece.text] == [3]
    assert any("1.234,50 €" in piece.text for piece in reading.pieces)


@pytest.mark.parametrize("says", [throttled(), Says({}, 500, "InternalServerError"), denied()])
async def test_while_it_is_away_the_file_waits_or_another_reads_it(says: Says) -> None:
    async with aws_stub(says):
        reader = opened()
        with pytest.raises(ReadingFailed, match="Amazon Textract"):
            await reader.read(sent(scan_of(pdf_of(["x"]), dpi=60)))
        await reader.close()


async def test_a_page_that_it_does_not_take_costs_that_page() -> None:
    def answers(asked: Asked) -> Says:
        if not seen:
            seen.append(asked)
            return Says({"message": "bad"}, 400, "UnsupportedDocumentException")
        return blocks([[(0.1, "lido")]])

    seen: list[Asked] = []
    async with aws_stub(answers):
        reader = opened()
        reading = await reader.read(sent(scan_of(pdf_of(["x"], ["y"]), dpi=60)))
        await reader.close()
    assert len([piece for piece in reading.pieces if piece.kind == "text"]) == 1
    assert len(reading.unread) == 1


async def test_a_picture_that_it_does_not_take_is_refused_with_its_reason() -> None:
    async with aws_stub(Says({"message": "no"}, 400, "BadDocumentException")):
        reader = textract.open_textract_pages(load_settings(None, **CHOSEN))
        page = sent(b"\xff\xd8", "image/jpeg")
        assert reader.takes(page)
        with pytest.raises(FileRefused, match="BadDocumentException"):
            await reader.read(page)
        await reader.close()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Blocks": None},
        {"Blocks": [None, {"BlockType": "WORD"}, {"BlockType": "WORD", "Text": "a"}]},
        {
            "Blocks": [
                {"BlockType": "WORD", "Text": "a", "Geometry": {"BoundingBox": {"Left": "x"}}}
            ]
        },
    ],
)
def test_an_answer_that_is_malformed_says_nothing(body: dict[str, Any]) -> None:
    assert textract.page_reading(body).pieces == ()


def test_it_comes_before_those_that_stand_in_for_it(tmp_path: Path) -> None:
    with nobodys_environment():
        settings = load_settings(None, **CHOSEN, RECADO_DATA=str(tmp_path))
        plan = open_plan(settings, READERS, READERS_OVER)
    names = [it.name for step in plan.steps_for(sent(invoice_pdf())) for it in step.readers]
    assert names[0] == "textract"
    assert names[-1] == "documents"


def test_without_a_region_the_start_says_so() -> None:
    with nobodys_environment(), pytest.raises(SettingsError, match="AWS_REGION"):
        open_textract(load_settings(None, RECADO_DOCUMENT_READER="textract"))


async def test_the_doctor_says_what_is_missing(tmp_path: Path) -> None:
    with nobodys_environment():
        async with make_runtime(tmp_path / "a", **CHOSEN) as runtime:
            found = [it.in_english() for it in await check_readers(runtime)]
            ((said, fix),) = [it for it in found if "textract" in it[0]]
            assert said == "textract cannot read what people send"
            assert "AWS_ACCESS_KEY_ID" in fix
    async with aws_stub(blocks([])), make_runtime(tmp_path / "b", **CHOSEN) as runtime:
        assert [it.mark for it in await check_readers(runtime)] == ["fine"]
        texts = [it.text for it in await check_readers_answer(runtime)]
        assert "textract answered" in texts
    refused = denied("not authorized to perform: textract:DetectDocumentText")
    async with aws_stub(refused), make_runtime(tmp_path / "c", **CHOSEN) as runtime:
        (wrong,) = [it for it in await check_readers_answer(runtime) if it.mark == "wrong"]
        assert "let this account use it (IAM)" in wrong.in_english()[1]


async def test_it_does_not_wait_for_ever() -> None:
    assert textract.TIMEOUT_SECONDS <= 20
    async with aws_stub(hangs()):
        client = AwsClient(
            "textract", "Amazon Textract", textract.SETTING, region=REGION, timeout_seconds=0.2
        )
        reader = textract.Textract(client)
        with pytest.raises(ReadingFailed, match="did not answer"):
            await reader.read(sent(b"\xff\xd8", "image/jpeg"))
        await reader.close()

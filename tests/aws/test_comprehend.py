"""Amazon Comprehend reads how texts feel, asked by the real SDK; ours reads where it does not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from recado.app.doctor.aws import check_aws, check_aws_answers
from recado.app.wiring import open_runtime
from recado.aws.comprehend import Comprehend, analyse, cut, open_comprehend
from recado.errors import SettingsError
from recado.language.sentiment import SentimentLabel, analyze_sentiment
from recado.settings import load_settings
from tests.support.aws import (
    REGION,
    SECRET_KEY,
    Asked,
    Says,
    aws_stub,
    denied,
    hangs,
    nobodys_environment,
    throttled,
)
from tests.support.flow import running_flow
from tests.support.payloads import text_message
from tests.support.runtime import make_runtime

CHOSEN = {"RECADO_SENTIMENT": "comprehend", "AWS_REGION": REGION}
SCORES = {"Positive": 0.01, "Negative": 0.95, "Neutral": 0.03, "Mixed": 0.01}
NEGATIVE = Says({"Sentiment": "NEGATIVE", "SentimentScore": SCORES})


def answers(asked: Asked) -> Says:
    if asked.operation == "DetectDominantLanguage":
        return Says({"Languages": [{"LanguageCode": "gl", "Score": 0.5},
                                   {"LanguageCode": "pt", "Score": 0.4}]})  # fmt: skip
    if asked.operation == "DetectKeyPhrases":
        return Says({"KeyPhrases": [
            {"Text": "o pedido", "Score": 0.8, "BeginOffset": 0, "EndOffset": 8},
            {"Text": "uma vergonha", "Score": 0.99, "BeginOffset": 10, "EndOffset": 22},
            {"Text": "o pedido", "Score": 0.7, "BeginOffset": 30, "EndOffset": 38},
        ]})  # fmt: skip
    return NEGATIVE


def opened(**more: str) -> Comprehend:
    found = open_comprehend(load_settings(None, **CHOSEN, **more))
    assert found is not None
    return found


async def test_how_a_text_feels_is_told_on_our_scale() -> None:
    async with aws_stub(NEGATIVE) as stub:
        comprehend = opened()
        found = await comprehend.sentiment("la mesa es de madera", "es")
        assert found.label is SentimentLabel.NEGATIVE
        assert found.scores == {"positive": 0.01, "negative": 0.95, "neutral": 0.03, "mixed": 0.01}
        (asked,) = stub.asked
        assert asked.operation == "DetectSentiment"
        assert asked.body == {"Text": "la mesa es de madera", "LanguageCode": "es"}
        assert f"/{REGION}/comprehend/aws4_request" in asked.signed
        assert SECRET_KEY not in str(asked)
        await comprehend.close()


async def test_language_and_phrases_are_told_too() -> None:
    async with aws_stub(answers) as stub:
        comprehend = opened()
        found = await analyse("o pedido chegou mal, uma vergonha", None, comprehend)
        assert (found.language, found.language_confidence) == ("pt", 0.4)
        assert found.phrases == ("uma vergonha", "o pedido")
        assert found.analyst == "comprehend"
        assert [it.operation for it in stub.asked] == [
            "DetectDominantLanguage",
            "DetectSentiment",
            "DetectKeyPhrases",
        ]
        await comprehend.close()


@pytest.mark.parametrize(
    "says",
    [
        throttled(),
        denied("not authorized to perform: comprehend:DetectSentiment"),
        Says({"message": "x"}, 500, "InternalServerException"),
        Says({"Sentiment": "NEGATIVE"}),
        Says({"Sentiment": "NEGATIVE", "SentimentScore": {"Negative": "very"}}),
        hangs(),
    ],
)
async def test_where_comprehend_gives_no_answer_the_embedded_lexicon_does(says: Says) -> None:
    text = "esto es una vergüenza, muy mal"
    async with aws_stub(says):
        comprehend = opened()
        began = time.monotonic()
        assert await comprehend.sentiment(text, "es") == analyze_sentiment(text, "es")
        found = await analyse(text, None, comprehend)
        assert (found.analyst, found.sentiment) == ("embedded", analyze_sentiment(text, "es"))
        assert time.monotonic() - began < 60
        await comprehend.close()


async def test_comprehend_that_is_away_is_not_waited_for_with_each_message() -> None:
    async with aws_stub(Says({"message": "x"}, 500, "InternalServerException")) as stub:
        comprehend = opened()
        for _ in range(8):
            await comprehend.sentiment("hola", "es")
        before = len(stub.asked)
        await comprehend.sentiment("hola", "es")
        assert len(stub.asked) == before
        await comprehend.close()


@pytest.mark.parametrize(
    ("text", "characters"),
    [("a" * 6000, 5000), ("ñ" * 6000, 2500), ("👍🏽" * 3000, 1250), ("a" + "ñ" * 6000, 2500)],
)
async def test_a_long_text_is_cut_where_a_character_ends(text: str, characters: int) -> None:
    assert len(cut(text)) == characters
    assert len(cut(text).encode()) <= 5000
    assert text.startswith(cut(text))
    assert cut("hola \ud83d") == "hola "


async def test_a_complaint_that_only_comprehend_sees_goes_to_a_person(tmp_path: Path) -> None:
    words = "la mesa que me dieron era para dos"
    async with aws_stub(NEGATIVE) as stub, running_flow(tmp_path, plan=None, **_chosen()) as flow:
        await flow.receive(text_message(words))
        await flow.quiet()
        assert [it.body["Text"] for it in stub.asked] == [words]
        rows = await flow.runtime.store.read(_reasons)
        assert "negative_sentiment" in rows


def _chosen() -> Any:
    return dict(CHOSEN)


def _reasons(tx: Any) -> list[str]:
    from sqlalchemy import select

    from recado.assistant.model import Turn

    return [it["code"] for row in tx.all(select(Turn.reasons)) for it in row.reasons]


async def test_what_is_missing_for_comprehend_is_told_with_what_to_set(tmp_path: Path) -> None:
    with nobodys_environment():
        settings = load_settings(None, RECADO_DATA=str(tmp_path), RECADO_SENTIMENT="comprehend")
        with pytest.raises(SettingsError, match="set AWS_REGION"):
            open_runtime(settings)
        async with make_runtime(tmp_path / "b", **CHOSEN) as runtime:
            (found,) = await check_aws(runtime)
            assert "AWS_ACCESS_KEY_ID" in found.in_english()[1]
    async with (
        aws_stub(denied("not authorized")),
        make_runtime(tmp_path / "c", **CHOSEN) as runtime,
    ):
        assert await check_aws(runtime) == []
        (found,) = await check_aws_answers(runtime)
        assert "IAM" in found.in_english()[1]


async def test_no_customers_words_and_no_secret_are_in_the_logs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "mi tarjeta es 4111-SECRETA"
    said = f"1 validation error detected: Value '{text}' at 'text' failed {SECRET_KEY}"
    async with aws_stub(Says({"message": said}, 400, "InvalidRequestException")):
        comprehend = opened()
        await comprehend.sentiment(text, "es")
        await comprehend.close()
    out, err = capsys.readouterr()
    assert "InvalidRequestException" in out + err
    assert "SECRETA" not in out + err
    assert SECRET_KEY not in out + err

"""Amazon Comprehend: how a text feels, its language, and what it is about.

Its scores take the place of the embedded lexicon's (language/sentiment.py), in the same shape.
Where it is away, slow or does not take the text, the embedded one answers: nobody waits for it.
https://docs.aws.amazon.com/comprehend/latest/dg/guidelines-and-limits.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from recado.aws.client import AwsClient, AwsFailed
from recado.language.detection import LANGUAGES, LanguageCode, detect_language
from recado.language.sentiment import Sentiment, SentimentLabel, analyze_sentiment
from recado.settings import Settings

log = structlog.get_logger(__name__)

SETTING = "RECADO_SENTIMENT=comprehend"
#: A message waits so long for it, and no longer.
TIMEOUT_SECONDS = 1.5
MOST_BYTES = 5000
#: Nobody reads more phrases beside a text, or longer ones.
MOST_PHRASES, LONGEST_PHRASE = 20, 80
_FEELINGS = ("positive", "negative", "neutral", "mixed")


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What a text alone tells. `analyst` is who read it: comprehend or embedded. `phrases` are what
    it is about, the surest first."""

    sentiment: Sentiment
    language: LanguageCode
    language_confidence: float
    phrases: tuple[str, ...] = ()
    analyst: str = "comprehend"


class Comprehend:
    """Raises SettingsError: its packages are not installed, or no region is set."""

    def __init__(self, client: AwsClient) -> None:
        self._client = client

    async def sentiment(self, text: str, language: LanguageCode) -> Sentiment:
        """As Comprehend sees it, or the embedded lexicon where that gives none."""
        if not text.strip():
            return analyze_sentiment(text, language)
        try:
            answer = await self._client.call(
                "detect_sentiment", Text=cut(text), LanguageCode=language
            )
            return _sentiment(answer)
        except AwsFailed as error:
            log.warning("embedded sentiment instead", error=error.for_log)
            return analyze_sentiment(text, language)

    async def analyse(self, text: str, language: LanguageCode | None = None) -> Analysis:
        """All of it. Raises AwsFailed."""
        sent = cut(text)
        confidence = 1.0
        if language is None:
            found = await self._client.call("detect_dominant_language", Text=sent)
            language, confidence = _language(found, text)
        feeling = await self._client.call("detect_sentiment", Text=sent, LanguageCode=language)
        phrases = await self._client.call("detect_key_phrases", Text=sent, LanguageCode=language)
        return Analysis(
            sentiment=_sentiment(feeling),
            language=language,
            language_confidence=confidence,
            phrases=_phrases(phrases),
        )

    async def check(self) -> None:
        """Raises AwsFailed: there are no credentials."""
        await self._client.check()

    async def close(self) -> None:
        await self._client.close()


def open_comprehend(settings: Settings) -> Comprehend | None:
    """None: the embedded analysis is enough. Raises SettingsError."""
    if settings.sentiment != "comprehend":
        return None
    client = AwsClient(
        "comprehend",
        "Amazon Comprehend",
        SETTING,
        region=settings.aws_region,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    return Comprehend(client)


async def analyse(
    text: str, language: LanguageCode | None, comprehend: Comprehend | None
) -> Analysis:
    """By Comprehend where there is one and it answers, else by the embedded analysis."""
    if comprehend is not None and text.strip():
        try:
            return await comprehend.analyse(text, language)
        except AwsFailed as error:
            log.warning("embedded analysis instead", error=error.for_log)
    found = detect_language(text)
    return Analysis(
        sentiment=analyze_sentiment(text, language or found.code),
        language=language or found.code,
        language_confidence=1.0 if language else found.confidence,
        analyst="embedded",
    )


def cut(text: str) -> str:
    """So much of a text as Comprehend takes; no character is cut in half."""
    whole = text.encode("utf-8", "ignore")
    return whole[:MOST_BYTES].decode("utf-8", "ignore")


def _sentiment(answer: Mapping[str, Any]) -> Sentiment:
    """Comprehend's labels are ours; its shares sum to 1 here, too. Raises AwsFailed: it is none."""
    told = answer.get("SentimentScore") or {}
    scores = {name: _share(told.get(name.title())) for name in _FEELINGS}
    total = sum(scores.values())
    if total <= 0:
        raise AwsFailed("Amazon Comprehend told no sentiment.")
    shares = {name: round(it / total, 4) for name, it in scores.items()}
    label = str(answer.get("Sentiment"))
    if label not in SentimentLabel.__members__:
        label = max(shares, key=shares.__getitem__).upper()
    return Sentiment(SentimentLabel(label), shares)


def _share(value: Any) -> float:
    known = isinstance(value, int | float) and math.isfinite(value)
    return min(max(float(value), 0.0), 1.0) if known else 0.0


def _language(answer: Mapping[str, Any], text: str) -> tuple[LanguageCode, float]:
    """The surest of ours; what is none of them is read as the embedded detection reads it."""
    told = answer.get("Languages") or ()
    found = {str(it.get("LanguageCode")): _share(it.get("Score")) for it in told}
    ours = [code for code in LANGUAGES if code in found]
    if not ours:
        guess = detect_language(text)
        return guess.code, guess.confidence
    surest = max(ours, key=found.__getitem__)
    return surest, found[surest]


def _phrases(answer: Mapping[str, Any]) -> tuple[str, ...]:
    found = sorted(answer.get("KeyPhrases") or (), key=lambda it: -_share(it.get("Score")))
    texts = (" ".join(str(it.get("Text") or "").split())[:LONGEST_PHRASE] for it in found)
    return tuple(dict.fromkeys(filter(None, texts)))[:MOST_PHRASES]

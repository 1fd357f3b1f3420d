"""Transcription by Amazon Transcribe: a job over a bucket of S3.

Its streaming would need no bucket, but an SDK of its own: the old one (amazon-transcribe) is given
up, the new one (aws-sdk-transcribe-streaming) wants a newer Python than Recado, and both send a
recording as if it were spoken now. A job takes seconds more, and the SDK that is there anyway.

    put the part in the bucket → StartTranscriptionJob → ask until it is over → read what it wrote
    there → delete the job and both files

A job's name is made from the part: whoever is stopped in between finds the same job at the next
try, and nothing is paid for twice.
https://docs.aws.amazon.com/transcribe/latest/APIReference/API_StartTranscriptionJob.html
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import structlog

from recado.aws.client import AwsClient, AwsFailed
from recado.errors import (
    FileRefused,
    NotFound,
    ReadingFailed,
    RecadoError,
    SettingsError,
    StorageFailed,
)
from recado.media.reading.sound.recording import Part
from recado.media.reading.sound.transcriber import Segment, Transcriber, Transcript
from recado.media.storage.opening import open_storage
from recado.media.storage.places import S3_OPTIONS, bucket_of
from recado.media.storage.port import Blobs, derived_key, key_of
from recado.resilience.breaker import Figures
from recado.settings import Settings

log = structlog.get_logger(__name__)

SETTING = "RECADO_TRANSCRIPTION"
TITLE = "Amazon Transcribe"
TIMEOUT_SECONDS = 10.0
#: A job of five minutes takes one or two.
WAIT_SECONDS = 300.0
_POLL_SECONDS, _POLL_MOST_SECONDS = 1.0, 5.0
#: More than five make it guess worse.
LANGUAGES = ("es-US", "es-ES", "pt-BR", "pt-PT", "en-US")
_OF_HINT = {"es": "es-US", "pt": "pt-BR", "en": "en-US"}
#: What it says of a recording that is too short for it to tell the language.
_TOO_SHORT = "language identification"
#: A job that was just started may not be seen at the first looks.
_UNSEEN = 3
_MISSING = frozenset({"NotFoundException", "BadRequestException"})
_ENDS = frozenset(".?!")


class AmazonTranscriber(Transcriber):
    """`blobs` is the bucket, at `place` (`s3://BUCKET/PREFIX/`)."""

    name = "transcribe"
    paid_model = "aws:transcribe"
    least_seconds = 15.0

    def __init__(
        self, client: AwsClient, blobs: Blobs, place: str, *, poll_seconds: float = _POLL_SECONDS
    ) -> None:
        self._client = client
        self._blobs = blobs
        self._place = place
        self._poll_seconds = poll_seconds

    async def transcribe(self, part: Part, hint: str) -> Transcript:
        digest = await asyncio.to_thread(lambda: hashlib.sha256(part.flac).hexdigest())
        name = f"recado-{digest[:40]}"
        try:
            job = await self._over(name, part)
            if _TOO_SHORT in str(job.get("FailureReason")).lower():
                await self._forget(name)
                name = f"{name}-{hint if hint in _OF_HINT else 'es'}"
                job = await self._over(name, part, _OF_HINT.get(hint, "es-US"))
            if job.get("TranscriptionJobStatus") == "FAILED":
                await self._forget(name)
                raise FileRefused(f"{TITLE} does not take it: {_said(job.get('FailureReason'))}")
            written = await self._blobs.get(derived_key(name, "json"))
        except (AwsFailed, StorageFailed) as error:
            raise ReadingFailed(error.detail) from error
        except NotFound as error:
            raise ReadingFailed(f"{TITLE} wrote nothing.") from error
        await self._forget(name)
        segments = await asyncio.to_thread(_segments, written)
        return Transcript(segments, str(job.get("LanguageCode") or "")[:2])

    async def check(self) -> None:
        await self._client.check()

    async def close(self) -> None:
        await self._client.close()
        await self._blobs.close()

    async def _over(self, name: str, part: Part, language: str = "") -> dict[str, Any]:
        """The job of that name when it is over, started where there is none."""
        if await self._job(name) is None:
            await self._start(name, part, language)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                for pauses in itertools.count(1):
                    job = await self._job(name) or {}
                    if not job and pauses > _UNSEEN:  # the same words, sent twice: it ended there
                        raise ReadingFailed(f"{TITLE} has it no more.")
                    if job.get("TranscriptionJobStatus") in ("COMPLETED", "FAILED"):
                        return job
                    await asyncio.sleep(min(self._poll_seconds * pauses, _POLL_MOST_SECONDS))
        except TimeoutError as error:
            raise ReadingFailed(f"{TITLE} is still at it.") from error
        raise AssertionError  # it counts for ever

    async def _start(self, name: str, part: Part, language: str) -> None:
        file = derived_key(name, "flac")
        await self._blobs.put(file, part.flac)
        bucket, _, prefix = self._place.removeprefix("s3://").partition("/")
        spoken: dict[str, Any] = {"IdentifyLanguage": True, "LanguageOptions": list(LANGUAGES)}
        await self._client.call(
            "start_transcription_job",
            TranscriptionJobName=name,
            Media={"MediaFileUri": f"{self._place}{file}"},
            MediaFormat="flac",
            OutputBucketName=bucket,
            OutputKey=f"{prefix}{derived_key(name, 'json')}",
            **({"LanguageCode": language} if language else spoken),
        )

    async def _job(self, name: str) -> dict[str, Any] | None:
        try:
            told = await self._client.call("get_transcription_job", TranscriptionJobName=name)
        except AwsFailed as error:
            if error.aws_code in _MISSING:
                return None
            raise
        job: dict[str, Any] = told.get("TranscriptionJob") or {}
        return job

    async def _forget(self, name: str) -> None:
        """What could not be deleted is told, and does not hold up the words that are there."""
        try:
            await self._blobs.delete(key_of(name))
            await self._client.call("delete_transcription_job", TranscriptionJobName=name)
        except RecadoError as error:
            log.warning("a transcription's files were left", job=name, error=type(error).__name__)


def open_amazon(chosen: str, settings: Settings, breaker: Figures) -> AmazonTranscriber:
    """`aws` with the bucket of RECADO_BLOB_URL, or `aws:s3://BUCKET/PREFIX`. Raises SettingsError:
    there is none, no region, or the extra is missing."""
    wanted_by = f"{SETTING}={chosen}"
    client = AwsClient(
        "transcribe",
        TITLE,
        wanted_by,
        region=settings.aws_region,
        timeout_seconds=TIMEOUT_SECONDS,
        breaker=breaker,
    )
    url = chosen.partition(":")[2] or settings.blob_url
    if not url.startswith("s3://"):
        raise SettingsError(
            f"{wanted_by} needs a bucket for the recordings while they are written down: write"
            " aws:s3://BUCKET/PREFIX, or keep the files in one (RECADO_BLOB_URL)."
        )
    bucket = bucket_of(url, SETTING, options=S3_OPTIONS)
    place = f"s3://{bucket.name}/{bucket.prefix}"
    return AmazonTranscriber(client, open_storage(url, settings, setting=SETTING), place)


def _segments(written: bytes) -> tuple[Segment, ...]:
    """A sentence each, of the words with their times and how sure it is of them. Raises
    ReadingFailed: it is no such file."""
    try:
        items = msgspec.json.decode(written)["results"]["items"]
        sentences = list(_sentences(items))
        return tuple(_segment(sentence) for sentence in sentences)
    except (msgspec.DecodeError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise ReadingFailed(f"{TITLE} wrote what is no transcript.") from error


def _sentences(items: Iterable[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    sentence: list[Mapping[str, Any]] = []
    for item in items:
        sentence.append(item)
        if item["alternatives"][0]["content"] in _ENDS:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _segment(sentence: list[Mapping[str, Any]]) -> Segment:
    text, sure = "", []
    for item in sentence:
        best = item["alternatives"][0]
        if item["type"] == "punctuation":
            text += str(best["content"])
            continue
        text += f" {best['content']}"
        sure.append(_number(best["confidence"]))
    begin = next((_number(it["start_time"]) for it in sentence if "start_time" in it), 0.0)
    confidence = round(min(sum(sure) / len(sure), 1.0), 3) if sure else None
    return Segment(text.strip(), begin, confidence)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or number < 0:
        raise ValueError(value)
    return number


def _said(reason: Any) -> str:
    return " ".join(str(reason or "no reason told").split())[:300]

"""Amazon Transcribe writes voice notes down, asked by the real SDK, over a bucket that the real SDK
fills and empties; the stub hears what was really put there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import msgspec
import pytest

from recado.app.readers import READERS
from recado.errors import FileRefused, ReadingFailed, SettingsError
from recado.media.reading.port import FileToRead
from recado.media.reading.sound.amazon import AmazonTranscriber, open_amazon
from recado.media.reading.sound.reader import SoundReader
from recado.resilience.breaker import FIGURES
from recado.settings import load_settings
from tests.support import voice_notes as vn
from tests.support.aws import REGION, Asked, Says, aws_stub, denied, throttled
from tests.support.storages import Place, s3_place
from tests.support.transcription import Ear, Heard

ES, PT = "¿Tienen turno el jueves por la tarde?", "Quanto custa o corte de cabelo?"
_CODES = {"es": "es-US", "pt": "pt-BR"}
_MISSING = Says({"Message": "The requested job couldn't be found."}, 400, "NotFoundException")
TOO_SHORT = (
    "Your audio file must have a speech segment long enough in duration to perform automatic"
    " language identification. Provide an audio file with someone speaking for a longer period"
    " of time and try your request again."
)


class Transcribe:
    """Jobs as the service keeps them: under way when they are first asked for, then over.

    `fails` is the FailureReason of jobs that identify the language, `broken` of all."""

    def __init__(self, bucket: Place) -> None:
        parts = urlsplit(bucket.url)
        self.bucket = parts.netloc
        endpoint = parse_qs(parts.query)["endpoint"][0]
        self.s3: Any = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        self.jobs: dict[str, dict[str, Any]] = {}
        self.started: list[dict[str, Any]] = []
        self.fails = self.broken = ""
        self.writes: bytes | None = None
        self.ear = Ear()
        for language, text in (("es", ES), ("pt", PT)):
            self.ear.learn(text, vn.speak(text, language), language)

    def answer(self, asked: Asked) -> Says:
        name = asked.body["TranscriptionJobName"]
        if asked.operation == "StartTranscriptionJob":
            self.started.append(asked.body)
            self.jobs[name] = {**asked.body, "TranscriptionJobStatus": "IN_PROGRESS"}
            return Says({"TranscriptionJob": self._told(name)})
        if name not in self.jobs:
            return _MISSING
        if asked.operation == "DeleteTranscriptionJob":
            del self.jobs[name]
            return Says({})
        told = self._told(name)
        self._work(name)
        return Says({"TranscriptionJob": told})

    def _told(self, name: str) -> dict[str, Any]:
        kept = ("TranscriptionJobName", "TranscriptionJobStatus", "LanguageCode", "FailureReason")
        return {it: self.jobs[name][it] for it in kept if it in self.jobs[name]}

    def _work(self, name: str) -> None:
        job = self.jobs[name]
        failure = self.broken or (self.fails if job.get("IdentifyLanguage") else "")
        if failure:
            job.update(TranscriptionJobStatus="FAILED", FailureReason=failure)
            return
        key = job["Media"]["MediaFileUri"].removeprefix(f"s3://{self.bucket}/")
        heard = self.ear.hear(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        written = self.writes if self.writes is not None else _result(heard)
        self.s3.put_object(Bucket=self.bucket, Key=job["OutputKey"], Body=written)
        language = heard[0].language if heard else "es"
        job.update(TranscriptionJobStatus="COMPLETED", LanguageCode=_CODES[language])

    def left(self) -> list[str]:
        """What is in the bucket."""
        told = self.s3.list_objects_v2(Bucket=self.bucket)
        return [it["Key"] for it in told.get("Contents", [])]


def _result(heard: list[Heard]) -> bytes:
    items: list[dict[str, Any]] = []
    for sentence in heard:
        for at, word in enumerate(sentence.text.rstrip("?").split()):
            begin = sentence.at_seconds + at * 0.2
            items.append({
                "type": "pronunciation", "start_time": f"{begin:.2f}",
                "end_time": f"{begin + 0.2:.2f}",
                "alternatives": [{"confidence": "0.9", "content": word}],
            })  # fmt: skip
        items.append(
            {"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": "?"}]}
        )
    text = " ".join(it.text for it in heard)
    return msgspec.json.encode(
        {"status": "COMPLETED", "results": {"transcripts": [{"transcript": text}], "items": items}}
    )


@pytest.fixture
async def bucket(tmp_path: Path) -> AsyncIterator[Place]:
    async with s3_place(tmp_path) as place:
        yield place


def reader_of(bucket: Place) -> SoundReader:
    settings = load_settings(None, AWS_REGION=REGION)
    transcriber = open_amazon(f"aws:{bucket.url}", settings, FIGURES)
    assert isinstance(transcriber, AmazonTranscriber)
    transcriber._poll_seconds = 0.01
    return SoundReader(transcriber)


def note(text: str = ES, language: str = "es", hint: str = "es") -> FileToRead:
    spoken = vn.join(vn.silence(0.5), vn.speak(text, language))
    return FileToRead("m1", "audio", vn.VOICE_NOTE, "nota.ogg", vn.encode(spoken), hint)


@pytest.mark.parametrize(("text", "language"), [(ES, "es"), (PT, "pt")])
async def test_what_was_said_comes_back_and_nothing_is_left_at_amazon(
    bucket: Place, text: str, language: str
) -> None:
    service = Transcribe(bucket)
    async with aws_stub(service.answer):
        reader = reader_of(bucket)
        reading = await reader.read(note(text, language))
        await reader.close()
    (piece,) = reading.pieces
    assert (piece.text, reading.language, piece.confidence) == (text, language, 0.9)
    assert piece.at_seconds == pytest.approx(0.5, abs=0.1)
    (asked,) = service.started
    assert asked["LanguageOptions"] == ["es-US", "es-ES", "pt-BR", "pt-PT", "en-US"]
    assert asked["Media"]["MediaFileUri"].startswith(f"s3://{service.bucket}/recado/")
    assert service.jobs == {}
    assert service.left() == []


async def test_too_short_to_tell_the_language_it_is_taken_for_the_conversations(
    bucket: Place,
) -> None:
    service = Transcribe(bucket)
    service.fails = TOO_SHORT
    async with aws_stub(service.answer):
        reader = reader_of(bucket)
        reading = await reader.read(note(PT, "pt", hint="pt"))
        await reader.close()
    assert [piece.text for piece in reading.pieces] == [PT]
    assert [it.get("LanguageCode") for it in service.started] == [None, "pt-BR"]
    assert service.jobs == {}
    assert service.left() == []


async def test_who_is_stopped_finds_the_same_job_at_the_next_try(bucket: Place) -> None:
    service, away = Transcribe(bucket), [True]

    def answer(asked: Asked) -> Says:
        if asked.operation == "GetTranscriptionJob" and service.jobs and away[0]:
            return Says({"message": "x"}, 500, "InternalFailureException")
        return service.answer(asked)

    async with aws_stub(answer):
        reader = reader_of(bucket)
        with pytest.raises(ReadingFailed):
            await reader.read(note())
        away[0] = False
        reading = await reader.read(note())
        await reader.close()
    assert [piece.text for piece in reading.pieces] == [ES]
    assert len(service.started) == 1


async def test_what_the_service_does_not_take_is_refused_with_its_reason(bucket: Place) -> None:
    service = Transcribe(bucket)
    service.broken = "The media file contains no audio."
    async with aws_stub(service.answer):
        reader = reader_of(bucket)
        with pytest.raises(FileRefused, match="contains no audio"):
            await reader.read(note())
        await reader.close()
    assert service.left() == []


@pytest.mark.parametrize(
    "says",
    [
        throttled(),
        denied("not authorized to perform: transcribe:StartTranscriptionJob"),
        Says({"Message": "too many jobs"}, 400, "LimitExceededException"),
        Says({"message": "x"}, 500, "InternalFailureException"),
    ],
)
async def test_where_the_service_gives_no_job_it_is_asked_again_later(
    bucket: Place, says: Says
) -> None:
    async with aws_stub(_MISSING, says):
        reader = reader_of(bucket)
        with pytest.raises(ReadingFailed, match="Transcribe"):
            await reader.read(note())
        await reader.close()


@pytest.mark.parametrize(
    "written",
    [b"", b"<html>", b"[]", b'{"results": {}}', b'{"results": {"items": [{"type": "x"}]}}'],
)
async def test_a_result_that_is_none_is_asked_for_again(bucket: Place, written: bytes) -> None:
    service = Transcribe(bucket)
    service.writes = written
    async with aws_stub(service.answer):
        reader = reader_of(bucket)
        with pytest.raises(ReadingFailed, match="no transcript"):
            await reader.read(note())
        service.writes = None
        assert (await reader.read(note())).pieces
        await reader.close()


async def test_a_recording_in_which_it_hears_no_words_is_told_as_such(bucket: Place) -> None:
    service = Transcribe(bucket)
    async with aws_stub(service.answer):
        reader = reader_of(bucket)
        reading = await reader.read(note("Nadie sabe esta frase"))
        await reader.close()
    assert reading.unread == ("No words are understood in the recording.",)


async def test_without_a_bucket_or_a_region_it_says_what_to_set() -> None:
    async with aws_stub(_MISSING, AWS_DEFAULT_REGION="", AWS_REGION=""):
        for chosen, region, needed in (
            ("aws", REGION, "needs a bucket"),
            ("aws:file:///tmp", REGION, "needs a bucket"),
            ("aws:s3://shop", "", "set AWS_REGION"),
            ("aws:s3://shop?nonsense=1", REGION, "does not know nonsense"),
        ):
            settings = load_settings(None, RECADO_TRANSCRIPTION=chosen, AWS_REGION=region)
            with pytest.raises(SettingsError, match=needed):
                READERS["transcription"](settings)
        kept = load_settings(
            None, RECADO_TRANSCRIPTION="aws", AWS_REGION=REGION, RECADO_BLOB_URL="s3://shop/files"
        )
        reader = READERS["transcription"](kept)
        assert reader is not None
        await reader.check()
        await reader.close()


@pytest.mark.parametrize("chosen", ["google:x", "openai", "openai:", "local:", "whisper"])
def test_a_transcriber_that_there_is_not_is_told_with_those_that_there_are(chosen: str) -> None:
    with pytest.raises(SettingsError, match="openai:MODEL"):
        READERS["transcription"](load_settings(None, RECADO_TRANSCRIPTION=chosen))

"""Transcription by OpenAI, or by any server that speaks its API (OPENAI_BASE_URL).

POST /audio/transcriptions, multipart: https://developers.openai.com/api/docs/guides/speech-to-text
What a model can be asked for, and what it tells, is its family's:

    gpt-transcribe          takes the languages that may be spoken, tells those that it heard
    gpt-4o…-transcribe      `json` alone, with the tokens' logarithmic probabilities
    whisper-1 and others    `verbose_json`: segments with times and probabilities, the language

None is told to write in the conversation's language: whoever speaks another would be translated,
badly. Only where a model hears none of ours is it asked again with it.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from recado.channels.http import Answer, Limits, ProviderHttp
from recado.channels.verdicts import retry_after_seconds
from recado.errors import FileRefused, ReadingFailed, SendError, SettingsError
from recado.language.detection import LANGUAGES
from recado.media.reading.sound.recording import Part
from recado.media.reading.sound.transcriber import Segment, Transcriber, Transcript
from recado.resilience.breaker import FIGURES, Breaker, BreakerOpen, Figures

BASE_URL = "https://api.openai.com/v1"
#: Five minutes of speech take ten seconds; a server of one's own may need longer.
TIMEOUT_SECONDS = 120.0
#: Five minutes of speech have 6 KB of words, and 60 with their segments.
MOST_BYTES = 1 << 20
_MOST_CHARACTERS = 20_000
#: OpenAI's requests, recordings of several parts included.
_CONNECTIONS = 64
_AGAIN = {408, 409, 425, 429}
#: Not this recording's fault, and nothing that another try mends before a person does.
_SETUP = {401, 402, 403, 404, 405, 407}
_SETUP_REST_SECONDS = 60.0
#: As Whisper itself judges: nobody speaks, and it is not sure of its words.
_NO_SPEECH, _UNSURE = 0.6, -1.0
#: Whisper tells languages by their English names.
_NAMES = {"spanish": "es", "portuguese": "pt", "english": "en", "castilian": "es"}


class OpenAITranscriber(Transcriber):
    """`base_url`: "" is OpenAI's own. The key is OPENAI_API_KEY's, looked up at each request."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str = "",
        breaker: Figures = FIGURES,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.name = self.paid_model = f"openai:{model}"
        self._model = model
        self._base_url = base_url.rstrip("/")
        self._verbose = not model.startswith(("gpt-transcribe", "gpt-4o"))
        self._breaker = Breaker(self.name, breaker)
        limits = Limits(connections=_CONNECTIONS, total_seconds=timeout_seconds, breaker=breaker)
        self._http = ProviderHttp(self.name, "OPENAI_BASE_URL", limits, idle_seconds=20)

    async def transcribe(self, part: Part, hint: str) -> Transcript:
        told = await self._asked(part, "")
        if hint in LANGUAGES and told.language and told.language not in LANGUAGES:
            told = await self._asked(part, hint)
        return told

    async def check(self) -> None:
        if not (self._base_url or os.environ.get("OPENAI_API_KEY")):
            raise SettingsError(f"{self.name} needs a key: set OPENAI_API_KEY.")

    async def close(self) -> None:
        await self._http.close()

    async def _asked(self, part: Part, language: str) -> Transcript:
        answer = await self._post(part, language)
        if answer.status == 400 and self._verbose and b"response_format" in answer.body:
            self._verbose = False  # a server that knows `json` alone
            answer = await self._post(part, language)
        if not answer.ok:
            raise self._refused(answer)
        return self._read(answer)

    async def _post(self, part: Part, language: str) -> Answer:
        await self.check()
        key = os.environ.get("OPENAI_API_KEY")
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        url = f"{self._base_url or BASE_URL}/audio/transcriptions"
        try:
            with self._breaker.call() as call:
                answer = await self._http.ask(
                    "POST", url, headers, self._form(part, language), most_bytes=MOST_BYTES
                )
                if answer.status >= 500:
                    call.broken()
                    raise self._refused(answer)
                return answer
        except BreakerOpen as error:
            raise ReadingFailed(error.detail, again_after_seconds=error.wait_seconds) from error
        except SendError as error:  # no answer, or one without an end
            raise ReadingFailed(error.detail) from error

    def _form(self, part: Part, language: str) -> aiohttp.FormData:
        form = aiohttp.FormData()
        form.add_field(
            "file", io.BytesIO(part.flac), filename="speech.flac", content_type="audio/flac"
        )
        form.add_field("model", self._model)
        form.add_field("response_format", "verbose_json" if self._verbose else "json")
        if self._model.startswith("gpt-transcribe"):
            for code in LANGUAGES:
                form.add_field("languages[]", code)
        elif self._model.startswith("gpt-4o") and "diarize" not in self._model:
            form.add_field("include[]", "logprobs")
        if language:
            form.add_field("language", language)
        return form

    def _refused(self, answer: Answer) -> ReadingFailed | FileRefused:
        said = f"{self.name} answered {answer.status}: {_words_of(answer.json())}"
        if answer.status in _AGAIN or answer.status >= 500:
            rest = retry_after_seconds(answer.headers) or 0.0
            return ReadingFailed(said, again_after_seconds=rest)
        if answer.status in _SETUP or answer.status < 400:
            fix = "Check RECADO_TRANSCRIPTION, OPENAI_API_KEY and OPENAI_BASE_URL."
            return ReadingFailed(f"{said} {fix}", again_after_seconds=_SETUP_REST_SECONDS)
        return FileRefused(said)

    def _read(self, answer: Answer) -> Transcript:
        told = answer.json()
        if not isinstance(told, dict) or not isinstance(told.get("text"), str):
            raise ReadingFailed(f"{self.name} answered with no transcript.")
        segments = _segments(told.get("segments"))
        if segments is None:
            text = told["text"].strip()[:_MOST_CHARACTERS]
            segments = (Segment(text, confidence=_sureness(told.get("logprobs"))),) if text else ()
        return Transcript(segments, _language(told))


def _segments(told: Any) -> tuple[Segment, ...] | None:
    """Those in which somebody speaks. None: there are none told."""
    if not isinstance(told, list) or not told:
        return None
    found, left = [], _MOST_CHARACTERS
    for it in told:
        text = it.get("text") if isinstance(it, dict) else None
        if not isinstance(text, str):
            return None
        likely = _number(it.get("avg_logprob"))
        no_speech = _number(it.get("no_speech_prob")) or 0.0
        if no_speech > _NO_SPEECH and likely is not None and likely < _UNSURE:
            continue
        begin = max(_number(it.get("start")) or 0.0, 0.0)
        found.append(Segment(text.strip()[:left], begin, _share(likely)))
        left -= len(found[-1].text)
    return tuple(it for it in found if it.text)


def _sureness(told: Any) -> float | None:
    """The tokens' average, as Whisper tells it of a segment."""
    if not isinstance(told, Sequence) or isinstance(told, str):
        return None
    likely = [_number(it.get("logprob")) for it in told if isinstance(it, Mapping)]
    known = [it for it in likely if it is not None]
    return _share(sum(known) / len(known)) if known else None


def _language(told: Mapping[str, Any]) -> str:
    first = told.get("language")
    several = told.get("languages")
    if isinstance(several, list) and several and isinstance(several[0], dict):
        first = several[0].get("code")
    if not isinstance(first, str):
        return ""
    name = first.strip().lower()
    code = _NAMES.get(name, name)
    return code[:2] if len(code) == 2 or code[2:3] in ("-", "_") else code[:20]


def _share(likely: float | None) -> float | None:
    return None if likely is None else round(math.exp(min(likely, 0.0)), 3)


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None


def _words_of(told: Any) -> str:
    error = told.get("error") if isinstance(told, dict) else None
    said = error.get("message") if isinstance(error, dict) else error
    return " ".join(said.split())[:200] if isinstance(said, str) else "no reason told."

"""The process in which a local Whisper model lives, loaded with the first question."""

from __future__ import annotations

import io
import math
import os
from typing import TYPE_CHECKING, Any

import msgspec

from recado.media.reading.sound.serving import serve
from recado.media.reading.sound.transcriber import Segment, Transcript

if TYPE_CHECKING:
    from collections.abc import Callable

#: recado.language is not loaded here: it would take its word lists along.
_OURS = ("es", "pt", "en")
#: So sure it has to be that somebody speaks another language.
_SURE = 0.8
_MOST_CHARACTERS = 20_000


class Asked(msgspec.Struct):
    flac: bytes


class Said(msgspec.Struct):
    """`problem`: why there is no transcript, in the library's words."""

    transcript: Transcript | None = None
    problem: str = ""


def answer(folder: str, threads: int) -> None:
    """The process of its own."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is ever downloaded
    serve(_answering(folder, threads))


def _answering(folder: str, threads: int) -> Callable[[bytes], bytes]:
    loaded: list[Any] = []

    def said(question: bytes) -> bytes:
        asked = msgspec.msgpack.decode(question, type=Asked)
        try:
            if not loaded:
                loaded.append(_load(folder, threads))
            told = Said(_written(loaded[0], asked.flac))
        except (RuntimeError, ValueError, OSError, MemoryError) as error:
            told = Said(problem=" ".join(str(error).split())[:300] or type(error).__name__)
        return msgspec.msgpack.encode(told)

    return said


def _load(folder: str, threads: int) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(folder, cpu_threads=threads, local_files_only=True)


def _written(model: Any, flac: bytes) -> Transcript:
    from faster_whisper import decode_audio

    samples = decode_audio(io.BytesIO(flac))
    language = _language(model, samples)
    segments, _ = model.transcribe(
        samples,
        language=language,
        vad_filter=True,  # the model that finds voices comes in the library's package
        condition_on_previous_text=False,  # else a repetition goes on for ever
    )
    found, left = [], _MOST_CHARACTERS
    for it in segments:
        text = it.text.strip()[:left]
        left -= len(text)
        likely = round(math.exp(min(it.avg_logprob, 0.0)), 3)
        found.append(Segment(text, max(it.start, 0.0), likely))
    return Transcript(tuple(it for it in found if it.text), language)


def _language(model: Any, samples: Any) -> str:
    """As it is heard, and one of ours unless it is surely another."""
    if not model.model.is_multilingual:
        return "en"
    heard, likely, every = model.detect_language(samples)
    if heard in _OURS or likely >= _SURE:
        return str(heard)
    shares = dict(every)
    return max(_OURS, key=lambda code: shares.get(code, 0.0))

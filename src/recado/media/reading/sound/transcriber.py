"""The port of transcribers: a stretch of speech in, what is said in it out."""

from __future__ import annotations

from abc import ABC, abstractmethod

import msgspec

from recado.media.reading.sound.recording import Part


class Segment(msgspec.Struct, frozen=True):
    """Some words, and where in the part they begin. `confidence` is from 0 to 1, None where the
    transcriber tells none."""

    text: str
    at_seconds: float = 0.0
    confidence: float | None = None


class Transcript(msgspec.Struct, frozen=True):
    """No segments: it hears nobody speak. `language` is an ISO 639-1 code, "" when not told."""

    segments: tuple[Segment, ...] = ()
    language: str = ""


class Transcriber(ABC):
    """One adapter. `name` stands in settings, metrics and the desk; `at_once` parts of one
    recording are asked for at the same time. `paid_model` as of readers; what is shorter than
    `least_seconds` is charged as that."""

    name: str
    paid_model: str = ""
    least_seconds: float = 0.0
    at_once: int = 3

    @abstractmethod
    async def transcribe(self, part: Part, hint: str) -> Transcript:
        """`hint` is the conversation's language, "" when unknown: this may be in another.

        Ends within its own time. Raises FileRefused (final), ReadingFailed (another try may help),
        SettingsError (a person has to set what is missing)."""

    async def check(self) -> None:
        """For `recado doctor`. Raises RecadoError, saying what to do."""

    async def close(self) -> None:
        """Called once, when the process ends."""

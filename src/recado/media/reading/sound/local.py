"""Transcription on this machine, by a Whisper model that the operator gives as a folder.

The model stays in a process of its own (whisper_child.py), since it computes for seconds and holds
gigabytes. It takes one part at a time; a process that hangs is ended, and the next part has
another.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec

from recado.errors import ReadingFailed, SettingsError
from recado.media.reading.limit import place
from recado.media.reading.sound.apart import Child, ChildEnded
from recado.media.reading.sound.recording import Part
from recado.media.reading.sound.transcriber import Transcriber, Transcript
from recado.media.reading.sound.whisper_child import Asked, Said

#: A part of five minutes, by a middling model on two cores, with the model to be loaded first.
LIMIT_SECONDS = 600.0
#: Beyond four, more threads bring little and take the cores of those who answer.
_THREADS = min(4, os.cpu_count() or 1)
_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_FAULTY_REST_SECONDS = 60.0


class LocalTranscriber(Transcriber):
    """`child` takes the place of the process; `limit_seconds` is for one part."""

    at_once = 1

    def __init__(
        self, folder: Path, *, child: Child | None = None, limit_seconds: float = LIMIT_SECONDS
    ) -> None:
        self.name = f"local:{folder.name}"
        self._folder = folder
        self._limit_seconds = limit_seconds
        self._one_at_a_time = asyncio.Lock()
        code = "from recado.media.reading.sound.whisper_child import answer; answer({!r}, {})"
        self._child = child or Child(code.format(str(folder), _THREADS), threads=_THREADS)

    async def transcribe(self, part: Part, hint: str) -> Transcript:
        asked = msgspec.msgpack.encode(Asked(part.flac))
        async with place(self._one_at_a_time):
            await self.check()
            try:
                answer = await self._child.ask(asked, limit_seconds=self._limit_seconds)
                said = msgspec.msgpack.decode(answer, type=Said)
            except TimeoutError as error:
                raise ReadingFailed(
                    f"The model in {self._folder} took over {self._limit_seconds:g} s."
                ) from error
            except (ChildEnded, OSError, msgspec.DecodeError) as error:
                raise ReadingFailed(
                    f"The model in {self._folder} ended; is there memory?"
                ) from error
        if said.transcript is None:
            raise ReadingFailed(
                f"The model in {self._folder} does not work: {said.problem}",
                again_after_seconds=_FAULTY_REST_SECONDS,
            )
        return said.transcript

    async def check(self) -> None:
        missing = await asyncio.to_thread(self._missing)
        if missing:
            raise SettingsError(
                f"RECADO_TRANSCRIPTION names {self._folder}, which {missing}. It takes a folder"
                " with a Whisper model in CTranslate2's form."
            )

    async def close(self) -> None:
        await self._child.end()

    def _missing(self) -> str:
        if not self._folder.is_dir():
            return "is no folder"
        lacking = [name for name in _NEEDED if not (self._folder / name).is_file()]
        if not any((self._folder / name).is_file() for name in _VOCABULARIES):
            lacking.append(_VOCABULARIES[0])
        return f"lacks {', '.join(lacking)}" if lacking else ""

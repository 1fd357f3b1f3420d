"""What is said in a voice note, a recording or a video, as pieces of a transcript.

The file is decoded apart, those with no voice in them are told as such and sent to nobody, the
others go in parts to one transcriber.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from recado.errors import FileRefused, ReadingFailed, SettingsError
from recado.language.detection import detect_language
from recado.media.reading.limit import place
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece
from recado.media.reading.sound.apart import Child, ChildEnded
from recado.media.reading.sound.clearing import is_made_up
from recado.media.reading.sound.recording import (
    MOST_SECONDS,
    PATIENCE_SECONDS,
    Part,
    Recording,
    Sounds,
    Told,
)
from recado.media.reading.sound.transcriber import Segment, Transcriber, Transcript
from recado.media.reading.spending import using

#: How many files are decoded at once.
AT_ONCE = 2
#: So many characters tell a language.
_TOLD_BY = 2000
#: Until somebody may have set what is missing.
_SETUP_REST_SECONDS = 60.0
#: A piece of a transcript holds so much: a voice note is one, a long recording can be pointed into.
PIECE_SECONDS = 30.0
_CHILD = "from recado.media.reading.sound.listening import answer; answer()"
_NO_VOICE: dict[Sounds, str] = {
    "silence": "Nobody is heard: the recording is silent.",
    "noise": "Nobody is heard: the recording has noise alone.",
    "music": "Nobody is heard: the recording has music alone.",
    "voice": "No words are understood in the recording.",
}

Listen = Callable[[bytes], Awaitable[Recording]]


class SoundReader(FileReader):
    """`listen` takes the place of `listen_apart`."""

    def __init__(self, transcriber: Transcriber, *, listen: Listen | None = None) -> None:
        self.name = transcriber.name
        self.paid_model = transcriber.paid_model
        self._transcriber = transcriber
        self._listen = listen or listen_apart
        self._listening = asyncio.Semaphore(AT_ONCE)

    def takes(self, file: FileToRead) -> bool:
        return file.family in ("audio", "video") or file.mime_type.startswith("application/ogg")

    async def read(self, file: FileToRead) -> FileReading:
        async with place(self._listening):
            recording = await self._listen(file.data)
        if not recording.track:
            return FileReading(unread=("The video has no sound.",))
        if not recording.parts:
            seconds, why = recording.seconds, _NO_VOICE[recording.sounds]
            return FileReading(
                seconds=seconds,
                unread=(why, *_left_out(recording)),
                waveform=recording.waveform,
            )
        transcripts = await self._transcribed(recording.parts, file.language)
        pieces = _pieces(recording.parts, transcripts)
        silent = () if pieces else (_NO_VOICE["voice"],)
        return FileReading(
            pieces=pieces,
            language=_language(transcripts, pieces),
            seconds=recording.seconds,
            unread=(*silent, *_left_out(recording)),
            waveform=recording.waveform,
        )

    async def check(self) -> None:
        await self._transcriber.check()

    async def close(self) -> None:
        await self._transcriber.close()

    async def _transcribed(self, parts: Sequence[Part], hint: str) -> list[Transcript]:
        places = asyncio.Semaphore(self._transcriber.at_once)

        async def ask(part: Part) -> Transcript:
            async with places:
                seconds = max(part.seconds, self._transcriber.least_seconds)
                try:
                    with using(self.paid_model, "minute", seconds / 60):
                        return await self._transcriber.transcribe(part, hint)
                except SettingsError as error:
                    rest = _SETUP_REST_SECONDS
                    raise ReadingFailed(error.detail, again_after_seconds=rest) from error

        try:
            async with asyncio.TaskGroup() as asking:
                tasks = [asking.create_task(ask(part)) for part in parts]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [task.result() for task in tasks]


async def listen_apart(data: bytes, *, limit_seconds: float = PATIENCE_SECONDS) -> Recording:
    """As `listen` does. Raises FileRefused: it cannot be played, or not within the limits;
    ReadingFailed: this machine has no process, or no time, for it now."""
    child = Child(_CHILD)
    try:
        told = msgspec.msgpack.decode(await child.ask(data, limit_seconds=limit_seconds), type=Told)
    except (ChildEnded, msgspec.DecodeError) as error:
        raise FileRefused("The recording made its decoder end.") from error
    except TimeoutError as error:
        raise ReadingFailed(f"The recording takes over {limit_seconds:g} s to decode.") from error
    except OSError as error:
        raise ReadingFailed("No process could be started to decode the recording.") from error
    finally:
        await child.end()
    if told.recording is None:
        raise FileRefused(told.problem)
    return told.recording


def _left_out(recording: Recording) -> list[str]:
    told = []
    if recording.cut:
        told.append(f"Only its first {MOST_SECONDS / 60:.0f} minutes were listened to.")
    if recording.damaged:
        told.append("Some of it is damaged and could not be played.")
    return told


def _pieces(parts: Sequence[Part], transcripts: Sequence[Transcript]) -> tuple[Piece, ...]:
    """Segments are joined up to PIECE_SECONDS, within their part."""
    found: list[Piece] = []
    for part, transcript in zip(parts, transcripts, strict=True):
        if is_made_up([segment.text for segment in transcript.segments]):
            continue
        joined: list[Segment] = []
        for segment in transcript.segments:
            if joined and segment.at_seconds - joined[0].at_seconds >= PIECE_SECONDS:
                found.append(_piece(part, joined))
                joined = []
            joined.append(segment)
        if joined:
            found.append(_piece(part, joined))
    return tuple(it for it in found if it.text)


def _piece(part: Part, segments: Sequence[Segment]) -> Piece:
    weights = [(len(it.text), it.confidence) for it in segments if it.confidence is not None]
    total = sum(weight for weight, _ in weights)
    sure = sum(weight * confidence for weight, confidence in weights)
    return Piece(
        text=" ".join(" ".join(segment.text for segment in segments).split()),
        kind="transcript",
        confidence=round(min(max(sure / total, 0.0), 1.0), 3) if total else None,
        at_seconds=round(part.at_seconds + segments[0].at_seconds, 2),
    )


def _language(transcripts: Sequence[Transcript], pieces: Sequence[Piece]) -> str:
    """As the transcriber tells it of the most words, else by the words."""
    words: dict[str, int] = {}
    for it in transcripts:
        said = sum(len(segment.text) for segment in it.segments)
        words[it.language] = words.get(it.language, 0) + said
    told = max(words, key=words.__getitem__, default="")
    text = " ".join(piece.text for piece in pieces)
    return told if told or not text else detect_language(text[:_TOLD_BY]).code

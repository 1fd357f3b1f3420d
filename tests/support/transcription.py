"""A transcription server in OpenAI's shape that knows some sentences by how they sound.

It finds each in what it is sent, wherever it stands: the words that come back are those that were
spoken, in the order in which they were, and no answer can be right by chance.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from tests.support.misbehaving_model import Behaviour, MisbehavingModel, answers_well
from tests.support.model_server import Json
from tests.support.voice_notes import RATE, Samples, decoded

Envelope = NDArray[np.float64]
_FRAME = RATE // 100
_ALIKE = 0.9
_LANGUAGES = {"es": "spanish", "pt": "portuguese", "en": "english"}


class Heard(NamedTuple):
    at_seconds: float
    text: str
    language: str


class Ear:
    """Finds the sentences that it has learned."""

    def __init__(self) -> None:
        self._known: list[tuple[str, str, Envelope]] = []

    def learn(self, text: str, spoken: Samples, language: str = "es") -> None:
        self._known.append((text, language, _envelope(spoken)))

    def hear(self, recording: bytes) -> list[Heard]:
        heard: list[Heard] = []
        envelope = _envelope(decoded(recording))
        for text, language, known in self._known:
            heard += [Heard(at / 100, text, language) for at in _places(envelope, known)]
        return sorted(heard)


class TranscriptionServer(MisbehavingModel):
    """`forms` are the requests' fields, `keys` their authorizations, `recordings` what was sent."""

    def __init__(self, ear: Ear, behaviour: Behaviour) -> None:
        super().__init__(behaviour, {})
        self.ear = ear
        self.forms: list[dict[str, list[str]]] = []
        self.keys: list[str] = []
        self.recordings: list[bytes] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert request.path == "/v1/audio/transcriptions"
        self.keys.append(request.headers.get("Authorization", ""))
        form: dict[str, list[str]] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                assert value.filename.endswith(".flac")
                self.recordings.append(value.file.read())
            else:
                form.setdefault(name, []).append(str(value))
        self.forms.append(form)
        self.asked.append(form["model"][0])
        heard = self.ear.hear(self.recordings[-1])
        self.well = _verbose(heard) if form["response_format"] == ["verbose_json"] else _json(heard)
        if form["model"][0] == "gpt-transcribe":
            self.well["languages"] = [{"code": it.language} for it in heard[:1]]
        return await self.behaviour(self, request)


@asynccontextmanager
async def transcription_server(
    ear: Ear, behaviour: Behaviour = answers_well
) -> AsyncIterator[TranscriptionServer]:
    server = TranscriptionServer(ear, behaviour)
    app = web.Application(client_max_size=25 << 20)
    app.router.add_post("/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    try:
        yield server
    finally:
        server.over.set()
        await runner.cleanup()


def _json(heard: list[Heard]) -> Json:
    text = " ".join(it.text for it in heard)
    odds = [{"token": it.text, "logprob": -0.1} for it in heard]
    return {"text": text, "logprobs": odds, "usage": {"type": "tokens", "input_tokens": 1}}


def _verbose(heard: list[Heard]) -> Json:
    languages = [it.language for it in heard]
    most = max(languages, key=languages.count, default="es")
    return {
        "task": "transcribe",
        "language": _LANGUAGES[most],
        "text": " ".join(it.text for it in heard),
        "segments": [
            {
                "id": at,
                "start": it.at_seconds,
                "end": it.at_seconds + 1,
                "text": f" {it.text}",
                "avg_logprob": -0.2,
                "no_speech_prob": 0.01,
            }
            for at, it in enumerate(heard)
        ],
    }


def _envelope(samples: Samples) -> Envelope:
    whole = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    loudness: Envelope = np.sqrt(np.square(whole).mean(axis=1))
    return loudness


def _places(envelope: Envelope, known: Envelope) -> list[int]:
    """Where `known` stands: the correlation with a stretch of the same length, mean taken away."""
    length = len(known)
    if len(envelope) < length:
        envelope = np.pad(envelope, (0, length - len(envelope)))
    shape = known - known.mean()
    alike = np.correlate(envelope, shape, mode="valid")
    sums = np.convolve(envelope, np.ones(length), mode="valid")
    squares = np.convolve(np.square(envelope), np.ones(length), mode="valid")
    spread = np.sqrt(np.maximum(squares - np.square(sums) / length, 1e-9))
    alike = alike / (spread * np.sqrt(np.square(shape).sum()))
    found = []
    while alike.size and alike.max() > _ALIKE:
        at = int(alike.argmax())
        found.append(at)
        alike[max(at - length // 2, 0) : at + length // 2] = 0
    return found

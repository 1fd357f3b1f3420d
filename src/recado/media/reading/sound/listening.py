"""A stranger's file → a recording, in the process of its own: decoded, judged, cut into parts."""

from __future__ import annotations

import io
from collections.abc import Iterator

import av
import msgspec
import numpy as np
from av.audio.frame import AudioFrame

from recado.errors import Unprocessable
from recado.media.reading.sound.decoding import decode
from recado.media.reading.sound.hearing import cuts, levels, waveform, what_sounds
from recado.media.reading.sound.recording import (
    LISTEN_SECONDS,
    MOST_SECONDS,
    PART_SECONDS,
    RATE,
    Part,
    Recording,
    Told,
)
from recado.media.reading.sound.serving import serve

#: The libraries take 60 MB, twenty minutes of sound 60 more.
MEMORY_BYTES = 400 << 20
_FLAC_FRAME = 4096


def answer() -> None:
    """The process of its own."""
    serve(_told, memory_bytes=MEMORY_BYTES, cpu_seconds=int(LISTEN_SECONDS) + 10)


def _told(data: bytes) -> bytes:
    try:
        told = Told(listen(data))
    except Unprocessable as error:
        told = Told(problem=error.detail)
    except MemoryError:
        told = Told(problem="The recording needs more memory than a recording may.")
    return msgspec.msgpack.encode(told)


def listen(
    data: bytes, *, most_seconds: float = MOST_SECONDS, part_seconds: float = PART_SECONDS
) -> Recording:
    """Raises Unprocessable: nothing in it can be played."""
    pcm = decode(data, most_seconds)
    if not pcm.track:
        return Recording(0.0, track=False)
    samples = np.frombuffer(pcm.samples, np.int16)
    loudness = levels(samples)
    sounds = what_sounds(samples, loudness)
    parts = tuple(_parts(samples, cuts(loudness, part_seconds))) if sounds == "voice" else ()
    return Recording(
        seconds=len(samples) / RATE,
        sounds=sounds,
        parts=parts,
        cut=pcm.cut,
        damaged=pcm.damaged,
        waveform=waveform(samples),
    )


def _parts(
    samples: np.ndarray[tuple[int], np.dtype[np.int16]], begins: list[int]
) -> Iterator[Part]:
    for begin, end in zip(begins, [*begins[1:], len(samples)], strict=True):
        stretch = samples[begin:end]
        if len(begins) > 1 and what_sounds(stretch, levels(stretch)) == "silence":
            continue
        yield Part(begin / RATE, len(stretch) / RATE, to_flac(stretch))


def to_flac(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> bytes:
    """Half the size of a WAV file, and nothing of it is lost."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        track = container.add_stream("flac", rate=RATE, layout="mono")
        for at in range(0, len(samples), _FLAC_FRAME):
            piece = np.ascontiguousarray(samples[at : at + _FLAC_FRAME]).reshape(1, -1)
            frame = AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    return file.getvalue()

"""Recordings as people send them: spoken by espeak-ng, played by formulas, encoded by PyAV."""

from __future__ import annotations

import io
import subprocess
from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.support.engines import require_engine

Samples = NDArray[np.int16]
RATE = 16_000
#: What WhatsApp's voice notes are.
VOICE_NOTE = "audio/ogg; codecs=opus"
ESPEAK_RATE = 22_050
_WAV_HEADER = 44
_VOICES = {"es": "es-419", "pt": "pt-br", "en": "en-us"}


@lru_cache(maxsize=64)
def _spoken(text: str, language: str, speed: int) -> bytes:
    command = ["espeak-ng", "-v", _VOICES[language], "-s", str(speed), "--stdout", text]
    return subprocess.run(command, capture_output=True, check=True).stdout[_WAV_HEADER:]


def speak(text: str, language: str = "es", *, speed: int = 160) -> Samples:
    """Skips the test, or fails it in CI, where there is no espeak-ng."""
    require_engine("espeak")
    spoken = np.frombuffer(_spoken(text, language, speed), np.int16)
    count = int(len(spoken) * RATE / ESPEAK_RATE)
    places = np.arange(count) * (ESPEAK_RATE / RATE)
    found: Samples = np.interp(places, np.arange(len(spoken)), spoken).astype(np.int16)
    loud = np.flatnonzero(np.abs(found) > 100)  # it is silent before and after
    return found[loud[0] : loud[-1] + 1]


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


def noise(seconds: float, level: int = 2000) -> Samples:
    found = np.random.default_rng(7).normal(size=int(seconds * RATE)) * level
    return found.astype(np.int16)


def music(seconds: float, *, beat: bool = False) -> Samples:
    """Chords of three notes with overtones, two a second, and a drum with `beat`."""
    random, notes = np.random.default_rng(3), []
    time = np.arange(RATE // 2) / RATE
    for _ in range(int(seconds * 2)):
        root = random.choice([220.0, 247.0, 262.0, 294.0, 330.0])
        chord = sum(
            np.sin(2 * np.pi * root * step * over * time) / over
            for step in (1, 1.25, 1.5)
            for over in (1, 2, 3)
        )
        struck = random.normal(size=len(time)) * np.exp(-40 * time) if beat else 0
        notes.append(chord * np.exp(-2 * time) + struck)
    return (np.concatenate(notes) * 4000).astype(np.int16)


def join(*pieces: Samples) -> Samples:
    return np.concatenate(pieces)


def talk(seconds: float, sentence: str, language: str = "es") -> Samples:
    """`sentence` again and again, with a pause after each, for so long."""
    one = join(speak(sentence, language), silence(0.7))
    count = int(seconds * RATE / len(one)) + 1
    return np.tile(one, count)[: int(seconds * RATE)]


def encode(
    samples: Samples,
    *,
    container: str = "ogg",
    codec: str = "libopus",
    rate: int = 16_000,
    bit_rate: int = 24_000,
) -> bytes:
    """As WhatsApp encodes voice notes, or in another of the ways of phones."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        _fill(out, _sound_track(out, codec, rate, bit_rate), samples)
    return file.getvalue()


def as_m4a(samples: Samples) -> bytes:
    return encode(samples, container="ipod", codec="aac", rate=44_100, bit_rate=64_000)


def as_mp3(samples: Samples) -> bytes:
    return encode(samples, container="mp3", codec="libmp3lame", rate=44_100, bit_rate=64_000)


def as_amr(samples: Samples) -> bytes:
    return encode(samples, container="amr", codec="libopencore_amrnb", rate=8_000, bit_rate=12_200)


def as_wav(samples: Samples) -> bytes:
    return encode(samples, container="wav", codec="pcm_s16le", rate=22_050)


def as_video(samples: Samples | None, *, seconds: float, megabytes: float = 0.0) -> bytes:
    """An MP4 of noise, of about that size, with this sound (None: without a sound track)."""
    file, random = io.BytesIO(), np.random.default_rng(5)
    with av.open(file, "w", format="mp4") as out:
        track: Any = out.add_stream("mpeg4", rate=10)
        track.width, track.height, track.pix_fmt = 320, 240, "yuv420p"
        sound = _sound_track(out, "aac", 44_100, 64_000) if samples is not None else None
        if megabytes:
            track.bit_rate = int(megabytes * 8_000_000 / seconds)
        for at in range(int(seconds * 10)):
            picture = random.integers(0, 255, (240, 320, 3), np.uint8)
            frame = VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = at
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
        if samples is not None:
            _fill(out, sound, samples)
    return file.getvalue()


def claiming_wav(seconds: int, samples: Samples) -> bytes:
    """A WAV file whose header says that it is as long as that."""
    wav = as_wav(samples)
    length = min(seconds * ESPEAK_RATE * 2, 2**32 - 1).to_bytes(4, "little")
    at = wav.index(b"data") + 4
    return wav[:4] + length + wav[8:at] + length + wav[at + 4 :]


def claiming_m4a(seconds: int, samples: Samples) -> bytes:
    """An M4A file whose boxes of the film, the track and the medium say so."""
    file = bytearray(as_m4a(samples))
    for box, clock, length in ((b"mvhd", 16, 20), (b"mdhd", 16, 20)):
        at = file.index(box)
        rate = int.from_bytes(file[at + clock : at + clock + 4], "big")
        file[at + length : at + length + 4] = (rate * seconds).to_bytes(4, "big")
    return bytes(file)


def decoded(data: bytes) -> Samples:
    """A recording as 16 kHz mono."""
    resampler, found = AudioResampler(format="s16", layout="mono", rate=RATE), []
    with av.open(io.BytesIO(data), mode="r") as file:
        for frame in file.decode(audio=0):
            found += [it.to_ndarray()[0] for it in resampler.resample(frame)]
    found += [it.to_ndarray()[0] for it in resampler.resample(None)]
    return np.concatenate(found)


def _sound_track(out: Any, codec: str, rate: int, bit_rate: int) -> Any:
    quick = {"compression_level": "0"} if codec == "libopus" else {}
    track = out.add_stream(codec, rate=rate, layout="mono", options=quick)
    track.bit_rate = bit_rate
    return track


def _fill(out: Any, track: Any, samples: Samples) -> None:
    whole = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    whole.sample_rate = RATE
    resampler = AudioResampler(
        format=track.format,
        layout="mono",
        rate=track.sample_rate,
        frame_size=track.codec_context.frame_size or 1024,
    )
    for frame in [*resampler.resample(whole), *resampler.resample(None)]:
        out.mux(track.encode(frame))
    out.mux(track.encode(None))

"""Whether somebody speaks, and where a long recording may be cut, from its samples.

It errs on the side of a voice: what is wrongly sent to a transcriber costs a little, what is
wrongly left out is a customer who gets no answer. The figures were measured: speech, clean or with
noise or music under it, moves by 12 dB and more within a recording, and from one moment to the
next almost half of its spectrum is another; tones stay, and noise does not move.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from recado.media.reading.sound.recording import BARS, RATE, Sounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]
    Levels = NDArray[np.float32]

#: Frames of a hundredth of a second, in which loudness is told.
_FRAME = RATE // 100
#: Decibels below full scale: nothing louder is silence.
_SILENT_DB = -52.0
#: The same as a sample: a recording that is nowhere louder has no waveform.
_HEARD = 32768 * 10 ** (_SILENT_DB / 20)
#: One word in twenty minutes is enough.
_WORD_FRAMES = 15
#: Between its loud and its soft moments: less is a hum, a fan, the wind.
_STEADY_DB = 6.0
#: The share of the spectrum that changes from one moment to the next, while it is loud: 0.38 and
#: more of speech, slow and quick; 0.14 and less of chords, with a drum or without.
_TONES = 0.25
#: Whoever speaks pauses: this share of the frames is soft. Music leaves no such holes.
_PAUSES = 0.15
#: Too short to tell tones from a vowel.
_SHORTEST_MUSIC = 3 * RATE
_WINDOW = 512
#: A cut is made in the last minute of a part, where it is softest for so long.
_BREATH_FRAMES = 30
_LOOK_BACK = 60 * 100


def levels(samples: Samples) -> Levels:
    """Decibels below full scale, a hundredth of a second each."""
    whole = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    # In stretches: as floats, twenty minutes would take four times their size.
    found = [
        np.sqrt(np.mean(np.square(whole[i : i + 1000].astype(np.float32) / 32768), axis=1))
        for i in range(0, len(whole), 1000)
    ]
    loudness = np.concatenate(found) if found else np.zeros(1, np.float32)
    decibels: Levels = 20 * np.log10(np.maximum(loudness, 1e-6))
    return decibels


def what_sounds(samples: Samples, loudness: Levels) -> Sounds:
    loud = float(_smoothed(loudness, _WORD_FRAMES).max())
    if loud < _SILENT_DB:
        return "silence"
    if len(samples) < _SHORTEST_MUSIC:
        return "voice"
    if loud - np.percentile(loudness, 10) < _STEADY_DB and not _is_tonal(samples):
        return "noise"
    amplitude = 10 ** (loudness / 20)
    pauses = float(np.mean(amplitude < amplitude.mean() / 2))
    return "music" if pauses < _PAUSES and _is_tonal(samples) else "voice"


def cuts(loudness: Levels, part_seconds: float) -> list[int]:
    """Where the parts of a recording begin, in samples: at its softest moments."""
    longest = int(part_seconds * 100)
    found, at = [0], 0
    while len(loudness) - at > longest:
        begin = at + max(longest - _LOOK_BACK, longest // 2)
        window = loudness[begin : at + longest]
        at = begin + int(np.argmin(_smoothed(window, _BREATH_FRAMES))) + _BREATH_FRAMES // 2
        found.append(at * _FRAME)
    return found


def waveform(samples: Samples, bars: int = BARS) -> tuple[int, ...]:
    """How loud each stretch is, from 0 to 100 of the loudest: as many as are drawn."""
    edges = np.linspace(0, len(samples), bars + 1).astype(int)
    loud = [
        float(np.sqrt(np.mean(np.square(stretch.astype(np.float32))))) if len(stretch) else 0.0
        for stretch in (samples[a:b] for a, b in itertools.pairwise(edges))
    ]
    most = max(loud)
    return tuple(round(100 * it / most) if most >= _HEARD else 0 for it in loud)


def _smoothed(loudness: Levels, frames: int) -> Levels:
    """The means of so many frames, wherever they begin."""
    frames = min(frames, len(loudness))
    means = np.convolve(loudness, np.ones(frames, np.float32) / frames, mode="valid")
    return means.astype(np.float32)


def _is_tonal(samples: Samples) -> bool:
    """Whether its spectrum stays from one moment to the next, over the minute that is heard."""
    heard = samples[: 60 * RATE].astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(heard, _WINDOW)[:: _WINDOW // 2]
    spectra = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW).astype(np.float32), axis=1))
    totals = spectra.sum(axis=1)
    loud = totals > totals.mean() / 2
    shares = spectra / (totals[:, None] + 1e-9)
    changes = np.abs(np.diff(shares, axis=0)).sum(axis=1)[loud[1:]]
    return bool(len(changes)) and float(np.median(changes)) < _TONES

"""What is heard in a recording before anybody writes it down, as it crosses between processes."""

from __future__ import annotations

from typing import Literal

import msgspec

#: 16 kHz, mono, 16 bits: what transcribers work with, whatever they are given.
RATE = 16_000
SAMPLE_BYTES = 2
#: Nobody waits for the answer to a longer one, and a person listens to it anyway.
MOST_SECONDS = 20 * 60.0
#: A request of this length is within what every transcriber takes: OpenAI's older models write
#: 2,000 tokens and no more, which is nine minutes of quick talk. As FLAC it has 5 MB.
PART_SECONDS = 5 * 60.0
#: So much of a processor decoding may take; twenty minutes of sound take two seconds.
LISTEN_SECONDS = 30.0
#: So long it is waited for, on a machine that has much else to do.
PATIENCE_SECONDS = 120.0

#: So many bars a player draws of a recording, whatever its length.
BARS = 64

#: `silence`, `noise` (the same all along) and `music` (tones) have no voice in them.
Sounds = Literal["voice", "silence", "noise", "music"]


class Part(msgspec.Struct, frozen=True):
    """A stretch of a recording that begins at `at_seconds`, as a FLAC file."""

    at_seconds: float
    seconds: float
    flac: bytes


class Recording(msgspec.Struct, frozen=True):
    """`seconds` is what was decoded, whatever the file claims. `cut`: it goes on beyond
    MOST_SECONDS; `damaged`: some of it could not be decoded; `track`: there is sound at all.
    `parts` are those with a voice, in order; none where nobody speaks. `waveform` is how loud it is
    from its beginning to its end, from 0 to 100 of its loudest moment."""

    seconds: float
    sounds: Sounds = "silence"
    parts: tuple[Part, ...] = ()
    cut: bool = False
    damaged: bool = False
    track: bool = True
    waveform: tuple[int, ...] = ()


class Told(msgspec.Struct):
    """What came of a file: its recording, or why there is none, for a person."""

    recording: Recording | None = None
    problem: str = ""

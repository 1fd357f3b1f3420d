"""Sound as WhatsApp plays it: Opus in Ogg, one channel. Called in a process of its own (apart.py).

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media#supported-media-types
"""

from __future__ import annotations

import io
from itertools import chain

from recado.errors import FileRefused

RATE = 48_000
BITS_A_SECOND = 32_000
#: What 16 MB hold.
MOST_SECONDS = 3_600.0


def voice(data: bytes) -> bytes:
    """The sound of a recording. Raises FileRefused."""
    import av

    made = io.BytesIO()
    try:
        with (
            av.open(io.BytesIO(data), mode="r", metadata_errors="ignore") as source,
            av.open(made, mode="w", format="ogg") as target,
        ):
            heard = source.streams.audio[0]
            written = target.add_stream("libopus", rate=RATE, layout="mono")
            written.bit_rate = BITS_A_SECOND
            to_mono = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            samples = 0
            for frame in chain(source.decode(heard), [None]):
                if frame is not None:
                    frame.pts = None  # gaps and leaps of the clock are not sound
                for even in to_mono.resample(frame):
                    even.pts = samples
                    samples += even.samples
                    if samples > MOST_SECONDS * RATE:
                        raise FileRefused("The recording is longer than an hour.")
                    target.mux(written.encode(even))
            target.mux(written.encode(None))
    except (av.FFmpegError, IndexError, ValueError, OSError) as error:
        raise FileRefused("The recording is damaged and cannot be converted.") from error
    if not samples:
        raise FileRefused("The recording has no sound.")
    return made.getvalue()

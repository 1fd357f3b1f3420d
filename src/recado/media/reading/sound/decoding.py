"""Any file with sound → 16 kHz mono, in the process of its own. FFmpeg's libraries, by PyAV.

The file is a stranger's: FFmpeg may take it for nothing but the formats named here (a playlist
would have it open other files and addresses), for no longer than is asked for, and by what is in
it: the duration in its header is not looked at.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import av
from av.audio.resampler import AudioResampler

from recado.errors import Unprocessable
from recado.media.reading.sound.recording import RATE, SAMPLE_BYTES

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

#: What phones send: OGG/Opus, M4A/MP4/3GP, MP3, AAC, AMR, WAV, FLAC, WebM.
_FORMATS = "ogg,mov,mp3,aac,amr,amrnb,amrwb,wav,flac,matroska"
#: A recording in which nothing more than this can be decoded is none.
_SHORTEST = int(0.05 * RATE) * SAMPLE_BYTES
_EMPTY = "The recording is empty."
_DAMAGED = "The recording is damaged: nothing in it can be played."


class Pcm(NamedTuple):
    """Samples of 16 bits. `track`: the file has a sound track."""

    samples: bytearray
    cut: bool = False
    damaged: bool = False
    track: bool = True


def decode(data: bytes, most_seconds: float) -> Pcm:
    """The first `most_seconds` of a file's sound. Raises Unprocessable: it is none, or nothing of
    it can be played."""
    if not data:
        raise Unprocessable(_EMPTY)
    try:
        container = av.open(
            io.BytesIO(data),
            mode="r",
            container_options={"format_whitelist": _FORMATS},
            metadata_errors="ignore",
        )
    except (av.FFmpegError, ValueError, OSError) as error:
        raise Unprocessable(_DAMAGED) from error
    with container:
        if not container.streams.audio:
            return Pcm(bytearray(), track=False)
        stream = container.streams.audio[0]
        if stream.codec_context is None:  # FFmpeg has no decoder for it
            raise Unprocessable(_DAMAGED)
        track = _Track(container, stream)
        return _pcm(track, int(most_seconds * RATE) * SAMPLE_BYTES)


def _pcm(track: _Track, most_bytes: int) -> Pcm:
    samples = bytearray()
    for piece in _resampled(track.frames()):
        samples += piece
        if len(samples) > most_bytes:
            break
    if len(samples) < _SHORTEST:
        raise Unprocessable(_DAMAGED if track.damaged else _EMPTY)
    cut = len(samples) > most_bytes
    del samples[most_bytes:]
    return Pcm(samples, cut=cut, damaged=track.damaged)


class _Track:
    """`damaged`: some of what was gone through so far could not be decoded."""

    def __init__(self, container: InputContainer, stream: AudioStream) -> None:
        self._container = container
        self._stream = stream
        self._stream.codec_context.thread_count = 1
        self.damaged = False

    def frames(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):  # the rest cannot be found
                self.damaged = True
                return
            try:
                frames = self._stream.codec_context.decode(packet)
            except av.FFmpegError:
                self.damaged = True
                continue
            yield from frames


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[bytes]:
    """A frame may be of another rate or shape than the one before it."""
    resampler: AudioResampler | None = None
    shape: tuple[object, ...] = ()
    for frame in frames:
        if frame.sample_rate < 1:
            continue
        frame.pts = None  # gaps and leaps of the clock are not sound
        now = (frame.sample_rate, frame.format.name, frame.layout.name)
        if resampler is None or now != shape:
            if resampler is not None:
                yield from map(_bytes, resampler.resample(None))
            resampler, shape = AudioResampler(format="s16", layout="mono", rate=RATE), now
        yield from map(_bytes, resampler.resample(frame))
    if resampler is not None:
        yield from map(_bytes, resampler.resample(None))


def _bytes(frame: AudioFrame) -> bytes:
    return bytes(frame.planes[0])[: frame.samples * SAMPLE_BYTES]

"""Recordings as phones make them are decoded apart: what is heard in them, how long they are, and
what is made of those that are damaged, silent or lie."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recado.errors import FileRefused, ReadingFailed
from recado.media.reading.port import FileToRead
from recado.media.reading.sound.listening import listen
from recado.media.reading.sound.reader import SoundReader, listen_apart
from recado.media.reading.sound.recording import Part
from recado.media.reading.sound.transcriber import Transcriber, Transcript
from tests.support import voice_notes as vn
from tests.support.transcription import Ear

ASKED = "¿Tienen turno el jueves por la tarde?"
ENCODERS: dict[str, Callable[[vn.Samples], bytes]] = {
    "OGG/Opus, as WhatsApp sends it": vn.encode,
    "M4A/AAC": vn.as_m4a,
    "MP3": vn.as_mp3,
    "AMR": vn.as_amr,
    "WAV": vn.as_wav,
    "the sound of an MP4": lambda samples: vn.as_video(samples, seconds=4),
}


class NobodyAsked(Transcriber):
    name = "nobody"

    async def transcribe(self, part: Part, hint: str) -> Transcript:
        raise AssertionError("a recording without a voice was sent to a transcriber")


def ear(*sentences: str) -> Ear:
    found = Ear()
    for sentence in sentences:
        found.learn(sentence, vn.speak(sentence))
    return found


def file_of(data: bytes, kind: str = "audio", mime_type: str = vn.VOICE_NOTE) -> FileToRead:
    return FileToRead("m1", kind, mime_type, "nota.ogg", data, "es")


@pytest.mark.parametrize("form", ENCODERS)
async def test_what_is_said_is_there_after_decoding_and_where_it_was(form: str) -> None:
    spoken = vn.join(vn.silence(1.2), vn.speak(ASKED), vn.silence(0.5))
    recording = await listen_apart(ENCODERS[form](spoken))
    assert recording.seconds == pytest.approx(len(spoken) / vn.RATE, abs=0.15)
    (part,) = recording.parts
    (heard,) = ear(ASKED).hear(part.flac)
    assert heard.text == ASKED
    assert heard.at_seconds == pytest.approx(1.2, abs=0.1)
    assert not recording.cut
    assert not recording.damaged


@pytest.mark.parametrize("seconds", [3, 60, 300])
async def test_a_voice_note_of_three_seconds_to_five_minutes_is_one_part(seconds: int) -> None:
    recording = await listen_apart(vn.encode(vn.talk(seconds, ASKED)))
    assert recording.seconds == pytest.approx(seconds, abs=0.1)
    assert [part.at_seconds for part in recording.parts] == [0.0]


async def test_sixteen_minutes_are_cut_where_nobody_speaks_and_no_sentence_is_lost() -> None:
    recording = await listen_apart(vn.encode(vn.talk(16 * 60, ASKED)))
    assert recording.seconds == pytest.approx(16 * 60, abs=0.2)
    assert all(part.seconds <= 300 for part in recording.parts)
    assert sum(part.seconds for part in recording.parts) == pytest.approx(recording.seconds)
    knows = ear(ASKED)
    said = [it for part in recording.parts for it in knows.hear(part.flac)]
    pause = 0.7
    sentence = len(vn.speak(ASKED)) / vn.RATE + pause
    assert len(said) == int((16 * 60 + pause) / sentence)


async def test_beyond_twenty_minutes_nothing_is_decoded_and_that_is_told() -> None:
    long = vn.encode(vn.silence(25 * 60), bit_rate=6000)
    reading = await SoundReader(NobodyAsked()).read(file_of(long))
    assert reading.seconds == 20 * 60
    assert "Only its first 20 minutes were listened to." in reading.unread


@pytest.mark.parametrize("lying", [vn.claiming_wav, vn.claiming_m4a])
async def test_who_claims_nine_hours_is_as_long_as_what_is_in_it(
    lying: Callable[[int, vn.Samples], bytes],
) -> None:
    recording = await listen_apart(lying(9 * 3600, vn.talk(5, ASKED)))
    assert recording.seconds == pytest.approx(5, abs=0.1)
    assert len(ear(ASKED).hear(recording.parts[0].flac)) == 1


async def test_sixteen_megabytes_of_video_give_their_sound() -> None:
    video = vn.as_video(vn.talk(30, ASKED), seconds=30, megabytes=16)
    assert len(video) > 15_000_000
    recording = await listen_apart(video)
    assert recording.seconds == pytest.approx(30, abs=0.2)
    assert recording.sounds == "voice"


NOBODY: dict[str, tuple[vn.Samples, str]] = {
    "silence": (vn.silence(8), "silent"),
    "next to silence": (vn.noise(8, 4), "silent"),
    "noise": (vn.noise(8), "noise alone"),
    "chords": (vn.music(20), "music alone"),
    "chords and a drum": (vn.music(20, beat=True), "music alone"),
}


@pytest.mark.parametrize("what", NOBODY)
async def test_where_nobody_speaks_nobody_is_asked_and_that_is_told(what: str) -> None:
    samples, told = NOBODY[what]
    reading = await SoundReader(NobodyAsked()).read(file_of(vn.encode(samples)))
    assert not reading.pieces
    assert reading.seconds == pytest.approx(len(samples) / vn.RATE, abs=0.1)
    (why,) = reading.unread
    assert why.startswith("Nobody is heard")
    assert told in why


@pytest.mark.parametrize("language", ["es", "pt", "en"])
@pytest.mark.parametrize("speed", [110, 160, 240])
def test_a_voice_is_heard_as_one_soft_quick_and_over_noise_and_music(
    language: str, speed: int
) -> None:
    said = {
        "es": "Hola, buenas. Quería saber si tienen turno el jueves, para un corte y color.",
        "pt": "Oi, bom dia! Quanto custa a manicure, e vocês abrem no sábado de manhã?",
        "en": "Hi there, could I move my appointment from Friday to next Tuesday, please?",
    }[language]
    voice = vn.join(vn.speak(said, language, speed=speed), vn.silence(1)).astype(np.float32)
    under = np.resize(vn.music(6, beat=True), len(voice))
    for heard in (
        voice,
        voice * 0.05,
        voice + np.resize(vn.noise(3, 500), len(voice)),
        voice + under * 0.2,
    ):
        assert listen(vn.as_wav(heard.astype(np.int16))).sounds == "voice"


async def test_one_word_in_minutes_of_silence_is_a_voice() -> None:
    spoken = vn.join(vn.silence(200), vn.speak("gracias"), vn.silence(200))
    assert (await listen_apart(vn.encode(spoken))).sounds == "voice"


async def test_a_short_yes_is_a_voice() -> None:
    assert (await listen_apart(vn.encode(vn.speak("sí")))).sounds == "voice"


async def test_a_video_without_sound_is_read_as_such() -> None:
    silent = vn.as_video(None, seconds=1)
    reading = await SoundReader(NobodyAsked()).read(file_of(silent, "video", "video/mp4"))
    assert reading.unread == ("The video has no sound.",)


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"


UNPLAYABLE: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", "The recording is empty."),
    "a page of nothing": (b"OggS" + bytes(400), "damaged"),
    "no format": (b"\x00\x01" * 5000, "damaged"),
    "a playlist of other files": (PLAYLIST, "damaged"),
    "a list of other files": (b"ffconcat version 1.0\nfile /etc/hostname\n", "damaged"),
    "a moment of nothing": (vn.as_wav(vn.silence(0.01)), "empty"),
}


@pytest.mark.parametrize("what", UNPLAYABLE)
async def test_what_cannot_be_played_is_refused_with_the_reason(what: str) -> None:
    data, why = UNPLAYABLE[what]
    with pytest.raises(FileRefused, match=why):
        await listen_apart(data)


async def test_a_recording_with_a_hole_gives_the_rest_and_says_so() -> None:
    whole = bytearray(vn.as_mp3(vn.talk(20, ASKED)))
    middle = len(whole) // 2
    whole[middle : middle + 4000] = b"\xff\xfb\x90\x00" * 1000
    recording = await listen_apart(bytes(whole))
    assert recording.damaged
    assert len(ear(ASKED).hear(recording.parts[0].flac)) >= 4


async def test_a_file_that_keeps_a_busy_machine_too_long_is_tried_again() -> None:
    with pytest.raises(ReadingFailed, match="takes over"):
        await listen_apart(vn.encode(vn.talk(60, ASKED)), limit_seconds=0.01)


async def test_a_file_with_broken_bytes_gives_a_recording_or_a_reason() -> None:
    random = np.random.default_rng(4)
    sources = [encoder(vn.speak("hola, buenas")) for encoder in ENCODERS.values()]
    outcomes = []
    for _ in range(6):
        broken = bytearray(sources[random.integers(len(sources))])
        for at in random.integers(0, len(broken), 40):
            broken[at] = random.integers(256)
        try:
            recording = await listen_apart(bytes(broken))
            outcomes.append(f"{recording.seconds} seconds")
        except FileRefused as refused:
            outcomes.append(refused.detail)
    assert all(outcomes)


@pytest.mark.parametrize("rate", [0, 1, 2**31 - 1])
async def test_a_rate_that_nothing_is_recorded_at_costs_no_more_than_a_recording(rate: int) -> None:
    honest = vn.as_wav(vn.talk(60, ASKED))
    at = honest.index(b"fmt ") + 12
    lying = honest[:at] + rate.to_bytes(4, "little") + honest[at + 4 :]
    try:
        outcome = (await listen_apart(lying)).seconds
    except FileRefused:
        outcome = 0.0
    assert outcome in (0.0, 20 * 60)

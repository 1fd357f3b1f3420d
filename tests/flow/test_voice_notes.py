"""What somebody says is answered as what somebody writes: spoken, encoded as WhatsApp does, decoded
and written down by a transcriber that knows what it hears."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.media.model import Media
from tests.support import misbehaving_model as bad
from tests.support import voice_notes as vn
from tests.support.flow import Flow, running_flow
from tests.support.misbehaving_model import Behaviour, answers_well
from tests.support.readers import send_video, send_voice
from tests.support.transcription import Ear, TranscriptionServer, transcription_server

ASKED = "¿A qué hora abren el sábado?"


@asynccontextmanager
async def hearing(
    tmp_path: Path, behaviour: Behaviour = answers_well
) -> AsyncIterator[tuple[Flow, TranscriptionServer]]:
    ear = Ear()
    ear.learn(ASKED, vn.speak(ASKED))
    async with transcription_server(ear, behaviour) as server:
        chosen = {
            "RECADO_TRANSCRIPTION": "openai:whisper-1",
            "OPENAI_BASE_URL": server.url,
            "RECADO_FILE_WAIT_SECONDS": "120",
        }
        async with running_flow(tmp_path, plan=None, workers=True, **chosen) as flow:
            yield flow, server


async def test_what_is_asked_in_a_voice_note_is_answered_and_kept_beside_it(
    tmp_path: Path,
) -> None:
    async with hearing(tmp_path) as (flow, _):
        await send_voice(flow, data=vn.encode(vn.speak(ASKED)))
        (answer,) = await flow.until_sent(1)
        assert "9:00" in answer
        (message,) = await flow.messages(direction="inbound")
        assert message.text == ASKED


async def test_what_is_said_in_a_video_of_sixteen_megabytes_is_kept_before_it_is_answered(
    tmp_path: Path,
) -> None:
    said = vn.join(vn.silence(1), vn.speak(ASKED), vn.silence(22))
    async with hearing(tmp_path) as (flow, _):
        video = vn.as_video(said, seconds=len(said) / vn.RATE, megabytes=16)
        assert len(video) > 14_000_000
        await send_video(flow, video)
        await flow.until_sent(1)
        (file,) = await flow.runtime.store.read(lambda tx: tx.all(select(Media.__table__)))
    assert (file.reading, file.text, file.analysis["language"]) == ("done", ASKED, "es")


async def test_a_transcriber_that_is_busy_is_asked_again_and_the_answer_comes_once(
    tmp_path: Path,
) -> None:
    busy = bad.first(bad.answers_with(503), answers_well)
    async with hearing(tmp_path, busy) as (flow, server):
        await send_voice(flow, data=vn.encode(vn.speak(ASKED)))
        (answer,) = await flow.until_sent(1, hurried=True)
        assert "9:00" in answer
        await flow.quiet(hurried=True)
        assert len(flow.sent) == 1
        assert len(server.asked) == 2


NOTHING: dict[str, Callable[[], bytes]] = {
    "silence": lambda: vn.encode(vn.silence(5)),
    "music": lambda: vn.encode(vn.music(6)),
    "damaged": lambda: b"OggS" + bytes(300),
    "broken off": lambda: vn.encode(vn.music(6))[:40],
}


@pytest.mark.parametrize("what", NOTHING)
async def test_where_nothing_is_understood_a_kind_word_comes_once_and_nobody_is_asked(
    tmp_path: Path, what: str
) -> None:
    async with hearing(tmp_path) as (flow, server):
        await send_voice(flow, data=NOTHING[what]())
        (answer,) = await flow.until_sent(1)
        assert answer
        assert "9:00" not in answer
        await flow.quiet(hurried=True)
        assert len(flow.sent) == 1
        assert not server.asked

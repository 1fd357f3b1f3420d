"""Voice notes are written down on this machine, by a model in a folder: nothing is downloaded, and
a process that hangs or ends is replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from recado.app.readers import READERS
from recado.errors import ReadingFailed, SettingsError
from recado.media.reading.port import FileToRead
from recado.media.reading.sound.apart import Child, ChildEnded
from recado.media.reading.sound.local import LocalTranscriber
from recado.media.reading.sound.reader import SoundReader
from recado.settings import load_settings
from tests.support import voice_notes as vn
from tests.support.tiny_whisper import tiny_whisper

WORDS = ("Tienen", "turno", "el", "jueves")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_whisper(tmp_path_factory.mktemp("model"), WORDS, "pt")


def note() -> FileToRead:
    spoken = vn.encode(vn.speak("¿Tienen turno el jueves?"))
    return FileToRead("m1", "audio", vn.VOICE_NOTE, "nota.ogg", spoken, "es")


async def test_a_model_in_a_folder_writes_down_what_it_hears_in_the_language_that_it_hears(
    folder: Path,
) -> None:
    settings = load_settings(None, RECADO_TRANSCRIPTION=f"local:{folder}")
    reader = READERS["transcription"](settings)
    assert reader is not None
    await reader.check()
    first, second = await asyncio.gather(reader.read(note()), reader.read(note()))
    (piece,) = first.pieces
    assert piece.text == " ".join(WORDS)
    assert piece.confidence == 1
    assert first.language == "pt"
    assert second == first
    await reader.close()


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
async def test_what_is_missing_in_the_folder_is_said_and_not_downloaded(
    name: str, tmp_path: Path
) -> None:
    for file in {"model.bin", "config.json", "tokenizer.json", "vocabulary.json"} - {name}:
        (tmp_path / file).write_bytes(b"{}")
    transcriber = LocalTranscriber(tmp_path)
    with pytest.raises(SettingsError, match=f"lacks {name}"):
        await transcriber.check()
    with pytest.raises(SettingsError, match="no folder"):
        await LocalTranscriber(tmp_path / "none").check()


async def test_a_folder_with_another_thing_in_it_is_told_and_tried_again_later(
    tmp_path: Path,
) -> None:
    for file in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (tmp_path / file).write_bytes(b"{}")
    reader = SoundReader(LocalTranscriber(tmp_path))
    with pytest.raises(ReadingFailed, match="does not work") as failed:
        await reader.read(note())
    assert failed.value.again_after_seconds > 0
    await reader.close()


SERVE = "from recado.media.reading.sound.serving import serve; import os, time\n"
#: What a process does at its first question, and at each one after that.
HANGS = "serve(lambda asked: time.sleep(600))"
ENDS = "serve(lambda asked: os._exit(1))"
BABBLES = "serve(lambda asked: b'no answer')"


@pytest.mark.parametrize("code", [HANGS, ENDS, BABBLES])
async def test_a_process_that_gives_no_answer_is_a_reason_to_try_again(
    code: str, folder: Path
) -> None:
    broken = LocalTranscriber(folder, child=Child(SERVE + code), limit_seconds=3)
    reader = SoundReader(broken)
    with pytest.raises(ReadingFailed):
        await reader.read(note())
    await reader.close()


async def test_after_a_process_that_hung_the_next_one_answers(tmp_path: Path) -> None:
    mark = tmp_path / "asked"
    once = f"""
def answer(asked):
    if not os.path.exists({str(mark)!r}):
        open({str(mark)!r}, "w").close()
        time.sleep(600)
    return asked
serve(answer)
"""
    child = Child(SERVE + once)
    with pytest.raises(TimeoutError):
        await child.ask(b"one", limit_seconds=3)
    assert await child.ask(b"two", limit_seconds=60) == b"two"
    assert await child.ask(b"three", limit_seconds=60) == b"three"
    await child.end()


async def test_who_stops_waiting_leaves_no_answer_for_the_next_one() -> None:
    child = Child(SERVE + "serve(lambda asked: time.sleep(1) or asked)")
    waiting = asyncio.create_task(child.ask(b"one", limit_seconds=60))
    await asyncio.sleep(0.5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await child.ask(b"two", limit_seconds=60) == b"two"
    await child.end()


async def test_a_process_knows_no_secret_and_keeps_within_its_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-test")
    names = Child(SERVE + "serve(lambda asked: ' '.join(os.environ).encode())")
    assert b"OPENAI_API_KEY" not in await names.ask(b"", limit_seconds=60)
    await names.end()
    greedy = Child(SERVE + "serve(lambda asked: bytes(1 << 30), memory_bytes=1 << 29)")
    with pytest.raises(ChildEnded):
        await greedy.ask(b"", limit_seconds=60)

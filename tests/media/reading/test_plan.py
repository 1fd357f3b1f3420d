"""Which readers read a file is what the settings say, of those that are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from recado.errors import SettingsError
from recado.media.reading.plan import Opener, Plan, open_plan
from recado.media.reading.port import FileReader, FileToRead
from recado.settings import Settings, load_settings
from tests.support.readers import ScriptedReader


def opening(name: str, *kinds: str) -> Opener:
    return lambda _settings: ScriptedReader(name, kinds=kinds)


ALL: dict[str, Opener] = {
    "ocr": opening("ocr", "image"),
    "rekognition": opening("rekognition", "image"),
    "documents": opening("documents", "document"),
    "scans": opening("scans", "document"),
    "textract": opening("textract", "document"),
    "transcription": opening("transcription", "audio"),
}


def a_file(kind: str, mime_type: str) -> FileToRead:
    return FileToRead("1", kind, mime_type, "", b"")


PHOTO, PDF = a_file("image", "image/jpeg"), a_file("document", "application/pdf")


def readers_of(tmp_path: Path, file: FileToRead, **settings: str) -> list[list[str]]:
    plan = open_plan(load_settings(None, RECADO_DATA=str(tmp_path), **settings), ALL)
    return [[reader.name for reader in step.readers] for step in plan.steps_for(file)]


def test_without_a_word_pictures_are_read_by_what_is_installed(tmp_path: Path) -> None:
    assert readers_of(tmp_path, PHOTO) == [["ocr"]]
    assert readers_of(tmp_path, PDF) == [["scans", "documents"]]


def test_a_providers_reader_comes_before_the_one_that_stands_in_for_it(tmp_path: Path) -> None:
    chosen = {"RECADO_IMAGE_READER": "rekognition", "RECADO_DOCUMENT_READER": "textract"}
    assert readers_of(tmp_path, PHOTO, **chosen) == [["rekognition", "ocr"]]
    assert readers_of(tmp_path, PDF, **chosen) == [["textract", "scans", "documents"]]


def test_who_wants_no_reader_has_none_but_for_documents_with_text_of_their_own(
    tmp_path: Path,
) -> None:
    none = {"RECADO_IMAGE_READER": "none", "RECADO_DOCUMENT_READER": "none"}
    assert readers_of(tmp_path, PHOTO, **none) == []
    assert readers_of(tmp_path, PDF, **none) == [["documents"]]


def test_a_reader_that_is_not_there_leaves_its_kind_unread(tmp_path: Path) -> None:
    def not_installed(_settings: Settings) -> FileReader | None:
        return None

    settings = load_settings(None, RECADO_DATA=str(tmp_path))
    plan = open_plan(settings, {**ALL, "transcription": not_installed})
    assert not plan.may_read("audio")
    assert plan.may_read("image")
    assert not Plan().may_read("image")


def test_a_reader_that_is_asked_for_and_lacks_something_stops_the_start(tmp_path: Path) -> None:
    def lacking(_settings: Settings) -> FileReader | None:
        raise SettingsError("RECADO_IMAGE_READER=ocr needs packages that are not installed.")

    with pytest.raises(SettingsError, match="RECADO_IMAGE_READER"):
        open_plan(load_settings(None, RECADO_DATA=str(tmp_path)), {"ocr": lacking})


async def test_every_reader_is_closed_once_though_it_serves_several_steps(tmp_path: Path) -> None:
    closed: list[str] = []

    class Counted(ScriptedReader):
        async def close(self) -> None:
            closed.append(self.name)

    settings = load_settings(None, RECADO_DATA=str(tmp_path), RECADO_IMAGE_READER="rekognition")
    plan = open_plan(settings, {"rekognition": lambda _: Counted("rekognition")})
    await plan.close()
    assert closed == ["rekognition"]

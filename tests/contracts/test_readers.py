"""What every reader of files keeps to, whoever wrote it; which: tests/support/reader_cases.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from recado.errors import FileRefused, ReadingFailed
from recado.media.reading.findings import columns_of
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece, PieceKind
from tests.support.files import ELF, HTML, MP4, PDF, VOICE, picture
from tests.support.reader_cases import CASES, Case

#: Types as senders tell them, true or not, with what may be in such a file.
ODD = [
    ("image", "image/jpeg", b""),
    ("image", "image/jpeg", b"\xff\xd8\xff"),
    ("image", "image/png", picture("PNG")[:40]),
    ("image", "image/webp; animated=1", HTML),
    ("document", "application/pdf", PDF),
    ("document", "application/pdf", b"%PDF-1.7\n" + b"<<" * 5_000),
    ("document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ELF),
    ("document", "text/plain", b"\x00\xff" * 500),
    ("document", "application/octet-stream", ELF),
    ("audio", "audio/ogg", VOICE),
    ("video", "video/mp4", MP4),
    ("sticker", "image/webp", b"RIFF"),
    ("document", "", b""),
    ("", "no/type;;;", b"x"),
]


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
async def reader(case: Case, tmp_path: Path) -> AsyncIterator[FileReader]:
    async with case.opened(tmp_path) as reader:
        yield reader
        await reader.close()


def is_sound(found: FileReading) -> None:
    """It is what the port says, and what the store takes."""
    for piece in found.pieces:
        assert piece.kind in get_args(PieceKind)
        assert piece.text.strip()
        assert piece.confidence is None or 0 <= piece.confidence <= 1
        assert piece.page is None or piece.page >= 1
        assert piece.at_seconds is None or piece.at_seconds >= 0
    assert found.language in {"", "es", "pt", "en"} or len(found.language) <= 8
    assert all(note.strip() for note in found.unread)
    kept = msgspec.json.encode(columns_of(found)["pieces"])
    assert len(msgspec.json.decode(kept, type=tuple[Piece, ...])) == len(found.pieces)


async def test_it_reads_what_stands_in_a_file_of_its_kind(reader: FileReader, case: Case) -> None:
    file = case.file()
    assert reader.takes(file)
    found = await reader.read(file)
    is_sound(found)
    assert case.says.casefold() in " ".join(it.text for it in found.pieces).casefold()


async def test_it_reads_the_same_twice(reader: FileReader, case: Case) -> None:
    first, second = await reader.read(case.file()), await reader.read(case.file())
    assert first.pieces == second.pieces


@pytest.mark.parametrize(("kind", "mime_type", "data"), ODD)
async def test_whatever_comes_it_reads_refuses_or_asks_for_another_try(
    reader: FileReader, kind: str, mime_type: str, data: bytes
) -> None:
    file = FileToRead("1", kind, mime_type, "../../etc/passwd\x00.pdf", data, "xx")
    if not reader.takes(file):
        return
    try:
        is_sound(await reader.read(file))
    except (FileRefused, ReadingFailed) as error:
        told = error.detail
    else:
        return
    assert told.endswith((".", "!", "?")), "it is for a person"


async def test_it_has_a_name_for_settings_metrics_and_the_desk(reader: FileReader) -> None:
    assert reader.name
    assert reader.name == reader.name.strip().lower()
    assert len(reader.name) <= 40


async def test_it_may_be_closed_twice(reader: FileReader, case: Case) -> None:
    await reader.read(case.file())
    await reader.close()
    await reader.close()

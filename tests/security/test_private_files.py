"""Nobody else on the machine reads what Recado keeps."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from recado.app.wiring import build_runtime, close_runtime
from recado.security.private_files import make_private_folder, protect, write_private
from recado.settings import load_settings


@pytest.fixture(autouse=True)
def generous_umask() -> Iterator[None]:
    """What most systems have: everybody may read what is made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    found = [path for path in folder.rglob("*") if path.lstat().st_mode & 0o077]
    return sorted(str(path.relative_to(folder)) for path in found)


async def test_a_new_database_and_its_companions_are_closed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    runtime = await build_runtime(load_settings(None, RECADO_DATA=data))
    await runtime.blobs.put("ab/" + "a" * 20, b"a photo")
    assert (data / "recado.db").exists()
    assert (data / "recado.db-wal").exists()
    assert open_to_others(data) == []
    await close_runtime(runtime)


async def test_an_open_one_of_before_is_closed_at_the_start(tmp_path: Path) -> None:
    settings = load_settings(None, RECADO_DATA=tmp_path / "data")
    await close_runtime(await build_runtime(settings))
    data = tmp_path / "data"
    for path in [data, *data.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    await close_runtime(await build_runtime(settings))
    assert open_to_others(data) == []
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_folder_that_is_somebodys_own_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letter.txt").write_text("mine")
    (tmp_path / "letter.txt").chmod(0o644)
    (tmp_path / "api_key").write_text("secret")
    (tmp_path / "api_key").chmod(0o644)
    protect(tmp_path, tmp_path / "recado.db")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert open_to_others(tmp_path) == ["letter.txt"]


def test_what_a_link_leads_to_is_not_touched(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("somebody's")
    other.chmod(0o644)
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret_key").symlink_to(other)
    protect(data)
    assert stat.S_IMODE(other.stat().st_mode) == 0o644


def test_an_export_is_closed_before_its_first_byte_and_so_is_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "of ana" / "files"
    make_private_folder(folder)
    write_private(folder / "new.jpg", b"a picture")
    before = folder / "before.json"
    before.write_text("what was exported before, and is longer")
    before.chmod(0o644)
    write_private(before, b"{}")
    assert before.read_bytes() == b"{}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert open_to_others(folder) == []

    empty, full = tmp_path / "empty", tmp_path / "full"
    for path in (empty, full):
        path.mkdir()
        path.chmod(0o755)
    (full / "letter.txt").touch()
    for path in (empty, full):
        make_private_folder(path)
    assert stat.S_IMODE(empty.stat().st_mode) == 0o700
    assert stat.S_IMODE(full.stat().st_mode) == 0o755  # somebody's own


def test_an_export_into_a_pipe_arrives(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_private(pipe, b"{}")
    assert os.read(reading, 10) == b"{}"
    os.close(reading)

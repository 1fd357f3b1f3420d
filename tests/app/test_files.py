"""Files are moved by one command, which says how it went."""

from __future__ import annotations

import asyncio
from pathlib import Path

from recado.app.wiring import build_runtime, close_runtime
from recado.media.storage.port import key_of
from recado.media.uploads import keep_upload
from recado.settings import load_settings
from tests.app.conftest import Recado
from tests.support.files import PDF


def keep_files(data: Path, count: int) -> list[str]:
    async def work() -> list[str]:
        runtime = await build_runtime(load_settings(None, RECADO_DATA=data))
        try:
            made = [await keep_upload(runtime, PDF, filename="", line_id="") for _ in range(count)]
        finally:
            await close_runtime(runtime)
        return [it.id for it in made]

    return asyncio.run(work())


def test_files_are_moved_and_what_is_damaged_fails_the_command(
    recado: Recado, tmp_path: Path
) -> None:
    first, second = keep_files(tmp_path / "data", 2)
    source, target = tmp_path / "data" / "files", tmp_path / "elsewhere"
    (source / key_of(second)).write_bytes(b"spoilt")
    moving = ("files", "move", f"file://{source}", f"file://{target}")
    result = recado(*moving)
    assert result.exit_code == 1
    assert f"{key_of(second)}: It is damaged at the source" in result.stderr
    assert f"Copied 1 file ({len(PDF)} bytes); 0 were there already; 1 failed." in result.stdout

    (source / key_of(second)).write_bytes(PDF)
    result = recado(*moving, "--delete")
    assert result.exit_code == 0, result.output
    assert "Copied 1 file" in result.stdout
    assert "1 were there already; 2 were deleted at the source." in result.stdout
    assert not [it for it in source.rglob("*") if it.is_file()]
    assert (target / key_of(first)).read_bytes() == PDF


def test_a_storage_that_is_none_is_said(recado: Recado, tmp_path: Path) -> None:
    recado("migrate")
    result = recado("files", "move", "gs://bucket", f"file://{tmp_path}/x")
    assert result.exit_code == 1
    assert "SOURCE: gs is no storage of Recado" in result.stderr
    same = f"file://{tmp_path}/x"
    assert "Both are the same storage" in recado("files", "move", same, same).stderr

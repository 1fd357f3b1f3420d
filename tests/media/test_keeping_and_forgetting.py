"""Bytes are kept whole, and go when the person, the message or the use goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from recado.app.health import refresh_gauges
from recado.errors import NotFound
from recado.jobs import INBOUND
from recado.maintenance.personal_data import erase, export_contact, export_files, find_contact
from recado.media.model import Media
from recado.media.storage.folder import FolderBlobs
from recado.media.storage.port import key_of
from recado.media.sweep import ORPHAN_SECONDS, UNUSED_DAYS, sweep_files
from recado.media.uploads import keep_upload
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from tests.support.files import PDF, picture
from tests.support.flow import Flow, running_flow
from tests.support.runtime import make_runtime
from tests.support.simulated import simulated_message


async def send_photo(flow: Flow, person: str) -> str:
    """A person of the simulator sends one; the file's id."""
    line = await flow.runtime.lines.at("web", "simulator")
    assert line is not None
    kept = await keep_upload(flow.runtime, picture(), filename="yo.jpg", line_id=line.id)
    message = simulated_message("image", {"media": {"media_id": kept.id}}, person=person)
    await flow.runtime.queue.publish([INBOUND.job(message.lane, message)])
    await flow.quiet()
    return kept.id


async def ids(runtime: Runtime) -> set[str]:
    rows = await runtime.store.read(lambda tx: tx.all(select(Media.id)))
    return {row.id for row in rows}


async def test_erasing_a_person_removes_their_files_and_nobody_else_s(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        hers, his = await send_photo(flow, "ana-maria"), await send_photo(flow, "benito")
        removed = await erase(flow.runtime, "ana-maria", actor="cli")
        assert removed["media"] == 1
        with pytest.raises(NotFound):
            await flow.runtime.blobs.get(key_of(hers))
        assert await flow.runtime.blobs.get(key_of(his)) == picture()
        assert await ids(flow.runtime) == {his}


async def test_an_export_has_the_person_s_files(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        hers = await send_photo(flow, "ana-maria")
        await send_photo(flow, "benito")
        found = await flow.runtime.store.read(
            lambda tx: export_contact(tx, find_contact(tx, "ana-maria"))
        )
        assert [row["id"] for row in found["media"]] == [hers]
        await export_files(flow.runtime, found["media"], tmp_path / "out")
        assert all(
            not it.stat().st_mode & 0o077
            for it in (tmp_path / "out", *(tmp_path / "out").iterdir())
        )
        assert (tmp_path / "out" / f"{hers}.jpg").read_bytes() == picture()


async def test_the_sweep_removes_unused_uploads_and_bytes_without_a_row(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        runtime = flow.runtime
        used = await send_photo(flow, "ana-maria")
        fresh = await keep_upload(runtime, PDF, filename="", line_id="")
        stale = await keep_upload(runtime, PDF, filename="", line_id="")
        orphan, young = key_of(new_id()), key_of(new_id())
        for key in (orphan, young):
            await runtime.blobs.put(key, b"left by a crash")

        def age(tx: Tx) -> None:
            old = now() - (UNUSED_DAYS + 1) * 86_400
            tx.execute(update(Media).where(Media.id.in_((stale.id, used))).values(created_at=old))

        await runtime.store.write(age)
        past = time.time() - ORPHAN_SECONDS - 60
        for key in (orphan, key_of(used)):
            os.utime(tmp_path / "files" / key, (past, past))
        assert await sweep_files(runtime) == 2
        assert await ids(runtime) == {used, fresh.id}
        assert await runtime.blobs.get(key_of(used)) == picture()
        assert await runtime.blobs.get(young) == b"left by a crash"
        for gone in (orphan, key_of(stale.id)):
            with pytest.raises(NotFound):
                await runtime.blobs.get(gone)
        assert await sweep_files(runtime) == 0


async def test_a_key_from_outside_leads_nowhere(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "files")
    (tmp_path / "secret_key").write_text("secret")
    for key in ("../secret_key", "aa/../../secret_key", "/etc/passwd", "aa/", ""):
        with pytest.raises(NotFound):
            await blobs.get(key)
        with pytest.raises(NotFound):
            await blobs.put(key, b"x")


async def test_storing_twice_stores_once(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "files")
    key = key_of(new_id())
    await blobs.put(key, b"one")
    await blobs.put(key, b"one")
    assert await blobs.get(key) == b"one"
    assert await blobs.get_part(key, 1, 1) == b"n"
    assert len(list((tmp_path / "files").rglob("*"))) == 2  # its folder, and it
    await blobs.delete(key)
    await blobs.delete(key)


async def test_the_space_that_files_take_is_measured(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        await keep_upload(runtime, PDF, filename="", line_id="")
        await refresh_gauges(runtime)
        assert f"recado_media_stored_bytes {float(len(PDF))}" in runtime.metrics.text().decode()

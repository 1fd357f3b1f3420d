"""Whoever is erased is gone from every storage, with all that was made of what they sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from recado.maintenance.personal_data import erase
from recado.media.storage.port import derived_key, key_of, media_id_of
from recado.media.sweep import sweep_bytes
from recado.store import new_id
from tests.media.test_keeping_and_forgetting import ids, send_photo
from tests.support.flow import running_flow
from tests.support.storages import STORAGES


@pytest.mark.parametrize("kind", list(STORAGES))
async def test_an_erased_contact_leaves_nothing_in_the_storage(kind: str, tmp_path: Path) -> None:
    async with (
        STORAGES[kind](tmp_path) as place,
        running_flow(tmp_path, RECADO_BLOB_URL=place.url, **place.settings) as flow,
    ):
        blobs = flow.runtime.blobs
        assert blobs.kind == kind
        hers, his = await send_photo(flow, "ana-maria"), await send_photo(flow, "benito")
        for media_id in (hers, his):
            await blobs.put(derived_key(media_id, "thumb"), b"small")
        assert (await erase(flow.runtime, "ana-maria", actor="cli"))["media"] == 1
        left = {it.key async for page in blobs.entries(older_than_seconds=-60.0) for it in page}
        assert left == {key_of(his), derived_key(his, "thumb")}
        assert await ids(flow.runtime) == {his}


@pytest.mark.parametrize("kind", list(STORAGES))
async def test_what_a_crash_left_behind_is_found_in_every_storage(
    kind: str, tmp_path: Path
) -> None:
    async with (
        STORAGES[kind](tmp_path) as place,
        running_flow(tmp_path, RECADO_BLOB_URL=place.url, **place.settings) as flow,
    ):
        blobs, left = flow.runtime.blobs, new_id()
        his = await send_photo(flow, "benito")
        await blobs.put(derived_key(his, "thumb"), b"small")
        await blobs.put(key_of(left), b"bytes without a row")
        await blobs.put(derived_key(left, "thumb"), b"small")
        assert await sweep_bytes(flow.runtime, blobs, older_than_seconds=-60.0) == 1
        found = {it.key async for page in blobs.entries(older_than_seconds=-60.0) for it in page}
        assert {media_id_of(key) for key in found} == {his}
        assert len(found) == 2

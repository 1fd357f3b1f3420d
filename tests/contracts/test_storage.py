"""What every storage of files promises: a folder, S3, Azure Blob."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.errors import NotFound, StorageFailed
from recado.media.storage.port import Blobs, derived_key, key_of, media_id_of
from recado.store import new_id
from tests.support.storages import STORAGES, Place

#: More than one part, one block, one read.
LARGE = bytes(range(256)) * 40_000


@pytest.fixture(params=list(STORAGES))
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with STORAGES[request.param](tmp_path) as place:
        yield place


@pytest.fixture
async def blobs(place: Place) -> AsyncIterator[Blobs]:
    blobs = place.open()
    yield blobs
    await blobs.close()


async def kept(blobs: Blobs, older_than_seconds: float = -60.0) -> dict[str, int]:
    """Also what was just written: a server's clock may be some seconds ahead."""
    pages = [page async for page in blobs.entries(older_than_seconds=older_than_seconds)]
    return {entry.key: entry.size_bytes for page in pages for entry in page}


async def test_what_is_kept_comes_back_whole_and_in_parts(blobs: Blobs) -> None:
    key = key_of(new_id())
    await blobs.put(key, LARGE)
    assert await blobs.get(key) == LARGE
    assert await blobs.get_part(key, 5, 7) == LARGE[5:12]
    assert await blobs.get_part(key, 4_194_300, 5_000_000) == LARGE[4_194_300:9_194_300]
    assert await blobs.get_part(key, len(LARGE) - 3, 100) == LARGE[-3:]
    assert await blobs.get_part(key, len(LARGE), 100) == b""
    assert await blobs.get_part(key, len(LARGE) + 9, 1) == b""
    assert await blobs.get_part(key, 0, 0) == b""


async def test_an_empty_file_is_a_file(blobs: Blobs) -> None:
    key = key_of(new_id())
    await blobs.put(key, b"")
    assert await blobs.get(key) == b""
    assert await blobs.get_part(key, 0, 10) == b""
    assert await blobs.sha256(key) == hashlib.sha256(b"").hexdigest()
    assert (await kept(blobs))[key] == 0


async def test_keeping_a_file_again_keeps_one_and_the_last_counts(blobs: Blobs) -> None:
    key = key_of(new_id())
    await blobs.put(key, b"first")
    await blobs.put(key, b"second")
    assert await blobs.get(key) == b"second"
    assert await kept(blobs) == {key: 6}


async def test_several_who_keep_the_same_file_leave_it_whole(place: Place) -> None:
    key, many = key_of(new_id()), [place.open() for _ in range(4)]
    await asyncio.gather(*(it.put(key, b"the same photo" * 1000) for it in many))
    assert await many[0].get(key) == b"the same photo" * 1000
    assert list(await kept(many[0])) == [key]
    for it in many:
        await it.close()


async def test_what_is_not_there_is_said_to_be_missing_and_is_forgotten_already(
    blobs: Blobs,
) -> None:
    key = key_of(new_id())
    for asked in (blobs.get(key), blobs.get_part(key, 0, 1), blobs.sha256(key)):
        with pytest.raises(NotFound):
            await asked
    await blobs.delete(key)
    await blobs.check()


async def test_deleting_a_file_deletes_what_was_derived_from_it_and_nothing_else(
    blobs: Blobs,
) -> None:
    hers, his = new_id(), new_id()
    for media_id in (hers, his):
        await blobs.put(key_of(media_id), b"photo")
        await blobs.put(derived_key(media_id, "thumb"), b"small")
        await blobs.put(derived_key(media_id, "preview"), b"middle")
    await blobs.delete(derived_key(his, "preview"))
    await blobs.delete(key_of(hers))
    assert set(await kept(blobs)) == {key_of(his), derived_key(his, "thumb")}
    assert {media_id_of(key) for key in await kept(blobs)} == {his}


async def test_what_was_derived_goes_also_where_its_file_went_before(blobs: Blobs) -> None:
    media_id = new_id()
    await blobs.put(derived_key(media_id, "thumb"), b"small")
    await blobs.delete(key_of(media_id))
    assert await kept(blobs) == {}


async def test_a_listing_leaves_out_what_is_younger_than_asked(blobs: Blobs) -> None:
    await blobs.put(key_of(new_id()), b"just written")
    assert await kept(blobs, older_than_seconds=3600.0) == {}


async def test_a_listing_of_many_tells_each_once(blobs: Blobs) -> None:
    keys = [key_of(new_id()) for _ in range(60)]
    for key in keys:
        await blobs.put(key, b"x")
    assert await kept(blobs) == dict.fromkeys(keys, 1)


async def test_the_checksum_is_that_of_the_content(blobs: Blobs) -> None:
    key = key_of(new_id())
    await blobs.put(key, LARGE)
    assert await blobs.sha256(key) == hashlib.sha256(LARGE).hexdigest()


@pytest.mark.parametrize("key", ["../secret", "aa/../../secret", "/etc/passwd", "aa/", "", "a b"])
async def test_a_key_from_outside_leads_nowhere(blobs: Blobs, key: str) -> None:
    for asked in (
        blobs.get(key),
        blobs.get_part(key, 0, 1),
        blobs.put(key, b"x"),
        blobs.delete(key),
        blobs.sha256(key),
    ):
        with pytest.raises(NotFound):
            await asked
    assert await kept(blobs) == {}


async def test_two_installations_share_a_bucket_by_their_prefixes(place: Place) -> None:
    mine, other = place.open(), place._replace(url=place.url.replace("recado", "other", 1)).open()
    if mine.kind == "folder":
        other = place._replace(url=f"{place.url}-other").open()
    await mine.put(key_of(new_id()), b"mine")
    assert len(await kept(mine)) == 1
    assert await kept(other) == {}
    await mine.close()
    await other.close()


async def test_a_storage_that_cannot_be_reached_says_so_and_is_asked_again_later(
    tmp_path: Path,
) -> None:
    settings = {
        "AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a",
        "AWS_REGION": "eu-west-1",
    }
    for url in ("s3://bucket?endpoint=http://127.0.0.1:1", "az://container"):
        async with STORAGES["s3"](tmp_path):  # for its credentials
            blobs = Place(url, settings).open()
            with pytest.raises(StorageFailed) as failed:
                await blobs.get(key_of(new_id()))
            assert failed.value.reason in ("away", "slow")
            assert failed.value.retryable
            await blobs.close()

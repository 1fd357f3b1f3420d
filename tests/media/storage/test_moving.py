"""Files move from one storage to another whole, and none is lost on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from recado.errors import StorageFailed
from recado.media.storage.folder import FolderBlobs
from recado.media.storage.moving import Mover, Report
from recado.media.storage.port import Blobs, Entry, derived_key, key_of
from recado.store import new_id
from tests.support.storages import STORAGES


class Two(NamedTuple):
    source: Blobs
    target: Blobs
    known: dict[str, str]

    async def move(self, *, delete: bool = False, stop: asyncio.Event | None = None) -> Report:
        return await Mover(self.source, self.target, self.recorded, delete=delete).run(
            stop or asyncio.Event()
        )

    async def recorded(self, ids: Sequence[str]) -> dict[str, str]:
        return {it: self.known[it] for it in ids if it in self.known}

    async def add(self, data: bytes = b"a photo") -> str:
        media_id = new_id()
        self.known[media_id] = hashlib.sha256(data).hexdigest()
        await self.source.put(key_of(media_id), data)
        await self.source.put(derived_key(media_id, "thumb"), b"small " + data)
        return media_id


@asynccontextmanager
async def two(source: str, target: str, tmp_path: Path) -> AsyncIterator[Two]:
    async with AsyncExitStack() as stack:
        opened = []
        for kind in (source, target):
            blobs = (await stack.enter_async_context(STORAGES[kind](tmp_path))).open()
            stack.push_async_callback(blobs.close)
            opened.append(blobs)
        yield Two(opened[0], opened[1], {})


async def all_keys(blobs: Blobs) -> set[str]:
    return {it.key async for page in blobs.entries(older_than_seconds=-60.0) for it in page}


class Failing(FolderBlobs):
    """Takes only so many, and keeps one of them wrongly."""

    def __init__(self, folder: Path, *, room: int = 10**9, spoils: str = "") -> None:
        super().__init__(folder)
        self.room, self.spoils = room, spoils
        self.read: list[str] = []

    async def put(self, key: str, data: bytes) -> None:
        if self.room <= 0:
            raise StorageFailed("There is no room.", reason="full")
        self.room -= 1
        await super().put(key, data[:-1] if key == self.spoils else data)

    async def get(self, key: str) -> bytes:
        self.read.append(key)
        return await super().get(key)


@pytest.mark.parametrize(
    ("source", "target"), [("folder", "s3"), ("s3", "azure"), ("azure", "folder")]
)
async def test_all_of_it_is_at_the_target_and_goes_from_the_source_when_asked(
    source: str, target: str, tmp_path: Path
) -> None:
    async with two(source, target, tmp_path) as moving:
        ids = [await moving.add(b"photo %d" % number) for number in range(5)]
        report = await moving.move()
        assert (report.copied, report.there, report.deleted, report.failures) == (10, 0, 0, 0)
        assert await all_keys(moving.target) == await all_keys(moving.source)
        assert await moving.target.get(key_of(ids[3])) == b"photo 3"

        late = await moving.add(b"it came meanwhile")
        report = await moving.move(delete=True)
        assert (report.copied, report.there, report.deleted, report.failures) == (2, 10, 12, 0)
        assert await all_keys(moving.source) == set()
        assert await moving.target.get(derived_key(late, "thumb")) == b"small it came meanwhile"


async def test_what_was_copied_before_a_failure_is_not_read_again(tmp_path: Path) -> None:
    source, target = Failing(tmp_path / "a"), Failing(tmp_path / "b", room=7)
    moving = Two(source, target, {})
    for _ in range(6):
        await moving.add()
    first = await moving.move(delete=True)
    assert first.copied == 7
    assert first.failures == 5
    assert ("There is no room.") in {reason for _, reason in first.failed}

    target.room, before = 10**9, len(source.read)
    second = await moving.move(delete=True)
    assert second.copied == 5
    assert second.failures == 0
    assert len(source.read) - before == 5
    assert await all_keys(source) == set()
    assert len(await all_keys(target)) == 12


async def test_a_copy_that_differs_is_told_and_its_source_stays(tmp_path: Path) -> None:
    source = FolderBlobs(tmp_path / "a")
    moving = Two(source, FolderBlobs(tmp_path / "b"), {})
    spoilt, good = await moving.add(), await moving.add()
    bad = moving._replace(target=Failing(tmp_path / "b", spoils=key_of(spoilt)))
    report = await bad.move(delete=True)
    assert report.failed == [(key_of(spoilt), "The copy has another checksum.")]
    assert await source.get(key_of(spoilt)) == b"a photo"
    assert key_of(good) not in await all_keys(source)
    # The next run does not take the spoilt copy for one that is there.
    assert (await moving.move(delete=True)).copied == 1
    assert await moving.target.get(key_of(spoilt)) == b"a photo"


async def test_a_file_that_is_damaged_at_the_source_is_not_copied(tmp_path: Path) -> None:
    moving = Two(FolderBlobs(tmp_path / "a"), FolderBlobs(tmp_path / "b"), {})
    media_id = await moving.add()
    await moving.source.put(key_of(media_id), b"a phot0")
    report = await moving.move(delete=True)
    assert [key for key, _ in report.failed] == [key_of(media_id)]
    assert key_of(media_id) not in await all_keys(moving.target)
    assert await moving.source.get(key_of(media_id)) == b"a phot0"


async def test_what_was_erased_is_not_brought_along(tmp_path: Path) -> None:
    moving = Two(FolderBlobs(tmp_path / "a"), FolderBlobs(tmp_path / "b"), {})
    erased, kept = await moving.add(), await moving.add()
    del moving.known[erased]
    report = await moving.move()
    assert report.nobodys == 2
    assert await all_keys(moving.target) == {key_of(kept), derived_key(kept, "thumb")}


async def test_what_is_erased_while_it_is_moved_is_not_left_at_the_target(tmp_path: Path) -> None:
    """One the moment that it has been copied, one that was copied long before the end."""
    source, target = FolderBlobs(tmp_path / "a"), FolderBlobs(tmp_path / "b")
    known: dict[str, str] = {}
    first, second, kept = [await Two(source, target, known).add() for _ in range(3)]

    class OneByOne(FolderBlobs):
        async def entries(self, *, older_than_seconds: float = 0.0) -> AsyncIterator[list[Entry]]:
            keys = sorted([it.key async for page in super().entries() for it in page])
            for media_id in (first, second, kept):
                yield [Entry(it, 1) for it in keys if it.startswith(key_of(media_id))]
                if media_id == kept:
                    del known[first]  # it was moved two pages ago

        async def get(self, key: str) -> bytes:
            data = await super().get(key)
            if key.startswith(key_of(second)):
                known.pop(second, None)
            return data

    moving = Two(OneByOne(tmp_path / "a"), target, known)
    report = await moving.move()
    assert report.erased == 2
    assert await all_keys(target) == {key_of(kept), derived_key(kept, "thumb")}


async def test_told_to_stop_it_ends_and_the_next_run_goes_on(tmp_path: Path) -> None:
    moving = Two(FolderBlobs(tmp_path / "a"), FolderBlobs(tmp_path / "b"), {})
    for _ in range(4):
        await moving.add()
    stop = asyncio.Event()
    stop.set()
    assert (await moving.move(stop=stop)).copied == 0
    assert (await moving.move()).copied == 8


async def test_what_a_page_of_the_listing_parts_is_deleted_together(tmp_path: Path) -> None:
    """A file in one page, its thumbnail in the next: both are copied before either goes."""

    class Pages(FolderBlobs):
        async def entries(self, *, older_than_seconds: float = 0.0) -> AsyncIterator[list[Entry]]:
            pages = [page async for page in super().entries(older_than_seconds=older_than_seconds)]
            for entry in sorted((it for page in pages for it in page), key=lambda it: it.key):
                yield [entry]

    moving = Two(Pages(tmp_path / "a"), FolderBlobs(tmp_path / "b"), {})
    ids = [await moving.add() for _ in range(3)]
    report = await moving.move(delete=True)
    assert (report.copied, report.deleted) == (6, 6)
    assert len(await all_keys(moving.target)) == 2 * len(ids)

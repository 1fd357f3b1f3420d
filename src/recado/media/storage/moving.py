"""Files move from one storage to another: copied, compared, and only then deleted, if at all.

Done again, it goes on where it ended: what is at the target with the right checksum is left there.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import groupby

import msgspec

from recado.errors import NotFound, StorageFailed
from recado.media.storage.port import Blobs, Entry, key_of, media_id_of

#: Files under way at once, and what they may take of the memory together (one may be larger).
AT_ONCE = 8
MEMORY_BYTES = 128 * 1024 * 1024
#: Of so many files at once it is asked whether somebody has erased them meanwhile.
CHECKED_AT_ONCE = 500
#: So many failures are kept for the report.
MOST_TOLD = 1000
#: The checksums (SHA-256, hexadecimal) under which the files with these ids were stored. What is
#: absent is nobody's: erased, or left by a crash.
Recorded = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]


class Report(msgspec.Struct):
    """`there` were at the target already, `nobodys` have no message, contact or use any more and
    were left where they are. `erased` are files that were erased while they were moved: what was
    copied of them is deleted again. `failed` are keys with the reason, the first of `failures`."""

    copied: int = 0
    copied_bytes: int = 0
    there: int = 0
    nobodys: int = 0
    deleted: int = 0
    erased: int = 0
    failures: int = 0
    failed: list[tuple[str, str]] = msgspec.field(default_factory=list)


class Mover:
    def __init__(
        self,
        source: Blobs,
        target: Blobs,
        recorded: Recorded,
        *,
        delete: bool = False,
        at_once: int = AT_ONCE,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        self._source = source
        self._target = target
        self._recorded = recorded
        self._delete = delete
        self._places = asyncio.Semaphore(at_once)
        self._memory = _Memory(MEMORY_BYTES)
        self._progress = progress
        self._done = 0
        self._brought: list[str] = []
        self.report = Report()

    async def run(self, stop: asyncio.Event) -> Report:
        """Move all that is at the source, until `stop` is set; what is under way then is finished.

        Raises StorageFailed: the source cannot be listed."""
        try:
            await self._move_all(stop)
        finally:
            await self._without_erased(self._brought)
        return self.report

    async def _move_all(self, stop: asyncio.Event) -> None:
        async for groups in _groups(self._source):
            if stop.is_set():
                break
            known = await self._recorded([media_id_of(it[0].key) for it in groups])
            async with asyncio.TaskGroup() as tasks:
                for group in groups:
                    await self._places.acquire()
                    if stop.is_set():
                        self._places.release()
                        break
                    tasks.create_task(self._move_group(group, known))
            # Also at once, so that a run that is killed later leaves nothing of them.
            self._brought += await self._without_erased(list(known))

    async def _without_erased(self, media_ids: Sequence[str]) -> list[str]:
        """Those that still have a row. Whoever erases a file deletes it where files are kept, and
        knows of no copy that is being made: the copies of the others are deleted here."""
        left: list[str] = []
        for start in range(0, len(media_ids), CHECKED_AT_ONCE):
            part = media_ids[start : start + CHECKED_AT_ONCE]
            known = await self._recorded(part)
            left += known
            for media_id in (it for it in part if it not in known):
                try:
                    await self._target.delete(key_of(media_id))
                    self.report.erased += 1
                except StorageFailed as error:
                    self._fail(key_of(media_id), f"It was erased meanwhile: {error.detail}")
        return left

    async def _move_group(self, group: list[Entry], known: Mapping[str, str]) -> None:
        """A file with what was derived from it: deleted together, once all of it is there."""
        media_id = media_id_of(group[0].key)
        try:
            if media_id not in known:
                self.report.nobodys += len(group)
                return
            moved = [await self._move(it, known[media_id]) for it in group]
            if self._delete and all(moved):
                await self._source.delete(key_of(media_id))
                self.report.deleted += len(group)
        except StorageFailed as error:
            self._fail(key_of(media_id), error.detail)
        finally:
            self._places.release()
            self._done += len(group)
            self._progress(self._done)

    async def _move(self, entry: Entry, recorded: str) -> bool:
        """Whether it is at the target now, as it was at the source."""
        key = entry.key
        expected = recorded if key == key_of(media_id_of(key)) else ""
        try:
            if await self._is_there(key, expected):
                self.report.there += 1
                return True
            async with self._memory.of(entry.size_bytes):
                return await self._copy(key, expected)
        except NotFound:
            return True  # deleted at the source meanwhile
        except StorageFailed as error:
            self._fail(key, error.detail)
            return False

    async def _copy(self, key: str, expected: str) -> bool:
        data = await self._source.get(key)
        found = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
        if expected and found != expected:
            self._fail(key, "It is damaged at the source: it is not what was stored.")
            return False
        await self._target.put(key, data)
        if await self._target.sha256(key) != found:
            self._fail(key, "The copy has another checksum.")
            return False
        self.report.copied += 1
        self.report.copied_bytes += len(data)
        return True

    async def _is_there(self, key: str, expected: str) -> bool:
        try:
            found = await self._target.sha256(key)
        except NotFound:
            return False
        return found == (expected or await self._source.sha256(key))

    def _fail(self, key: str, reason: str) -> None:
        self.report.failures += 1
        if len(self.report.failed) < MOST_TOLD:
            self.report.failed.append((key, reason))


async def count(source: Blobs) -> int:
    """How many files and derived ones are there. Raises StorageFailed."""
    return sum([len(page) async for page in source.entries()])


async def _groups(source: Blobs) -> AsyncIterator[list[list[Entry]]]:
    """All entries, those of one file together also where a listing's page ends between them."""
    held: list[Entry] = []
    async for page in source.entries():
        entries = sorted([*held, *page], key=lambda it: it.key)
        groups = [list(it) for _, it in groupby(entries, key=lambda it: media_id_of(it.key))]
        held = groups.pop() if groups else []
        yield groups
    if held:
        yield [held]


class _Memory:
    """Lets files in as long as they fit; one that never would goes alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._changed = asyncio.Condition()

    def of(self, size: int) -> _Share:
        return _Share(self, min(size, self._size))

    async def take(self, size: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._free >= size)
            self._free -= size

    async def give(self, size: int) -> None:
        async with self._changed:
            self._free += size
            self._changed.notify_all()


class _Share:
    def __init__(self, memory: _Memory, size: int) -> None:
        self._memory = memory
        self._size = size

    async def __aenter__(self) -> None:
        await self._memory.take(self._size)

    async def __aexit__(self, *_: object) -> None:
        await self._memory.give(self._size)

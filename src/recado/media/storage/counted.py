"""The storage with its failures counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from recado.errors import StorageFailed
from recado.media.storage.port import Blobs, Entry
from recado.observability.metrics import Metrics


class CountedBlobs(Blobs):
    """Does what `blobs` does."""

    def __init__(self, blobs: Blobs, metrics: Metrics) -> None:
        self._blobs = blobs
        self._metrics = metrics
        self.kind = blobs.kind

    async def put(self, key: str, data: bytes) -> None:
        with self._counted():
            await self._blobs.put(key, data)

    async def get(self, key: str) -> bytes:
        with self._counted():
            return await self._blobs.get(key)

    async def get_part(self, key: str, start: int, length: int) -> bytes:
        with self._counted():
            return await self._blobs.get_part(key, start, length)

    async def delete(self, key: str) -> None:
        with self._counted():
            await self._blobs.delete(key)

    async def entries(self, *, older_than_seconds: float = 0.0) -> AsyncIterator[list[Entry]]:
        with self._counted():
            async for page in self._blobs.entries(older_than_seconds=older_than_seconds):
                yield page

    async def check(self) -> None:
        with self._counted():
            await self._blobs.check()

    async def sha256(self, key: str) -> str:
        with self._counted():
            return await self._blobs.sha256(key)

    async def close(self) -> None:
        await self._blobs.close()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except StorageFailed as error:
            self._metrics.storage_failed(self.kind, error.reason)
            raise

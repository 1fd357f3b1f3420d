"""Files in a container of Azure Blob Storage: az://CONTAINER/PREFIX.

The account and its key (or a shared access signature) are in AZURE_STORAGE_CONNECTION_STRING, as
for Azure's other programs. A blob of several blocks is there once their list is committed, so it is
whole or not at all:
https://learn.microsoft.com/rest/api/storageservices/understanding-block-blobs--append-blobs--and-page-blobs
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from recado.errors import NotFound, SettingsError, StorageFailed
from recado.extras import needing
from recado.media.storage.places import Bucket
from recado.media.storage.port import PART_BYTES, Blobs, Entry, is_key, must_be_key
from recado.resilience.breaker import FIGURES, Breaker, BreakerOpen, Figures

T = TypeVar("T")
EXTRA = "azure-blob"
CONNECTION = "AZURE_STORAGE_CONNECTION_STRING"
TIMEOUT_SECONDS = 15.0
SECONDS_A_MEGABYTE = 1.0
_MEGABYTE = 1024 * 1024
CONNECT_SECONDS = 2.0
_SHA256 = "sha256"


class AzureBlobs(Blobs):
    """Raises SettingsError: the extra or the connection string is missing."""

    kind = "azure"

    def __init__(
        self,
        container: Bucket,
        *,
        wanted_by: str,
        connection_string: str,
        breaker: Figures = FIGURES,
    ) -> None:
        with needing(EXTRA, wanted_by):
            from azure.storage.blob.aio import ContainerClient, ExponentialRetry
        if not connection_string:
            raise SettingsError(f"{wanted_by} needs {CONNECTION}: copy it from the account's keys.")
        self._name = container.name
        self._prefix = container.prefix
        self._breaker = Breaker("azure-blob", breaker)
        try:
            self._container = ContainerClient.from_connection_string(
                connection_string,
                container.name,
                connection_timeout=CONNECT_SECONDS,
                read_timeout=TIMEOUT_SECONDS,
                retry_policy=ExponentialRetry(
                    initial_backoff=1, increment_base=2, random_jitter_range=1, retry_total=2
                ),
                # Checksums are computed of a block at a time, on the event loop.
                max_single_put_size=PART_BYTES,
                max_block_size=PART_BYTES,
            )
        except ValueError as error:  # its words may repeat the key
            raise SettingsError(
                f"{CONNECTION} is none. Copy it from the account's keys."
            ) from error

    async def put(self, key: str, data: bytes) -> None:
        digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
        blob = self._blob(key)

        async def upload() -> None:
            # The service refuses blocks that do not arrive as they left.
            await blob.upload_blob(
                data, overwrite=True, metadata={_SHA256: digest}, validate_content=True
            )

        await self._ask(key, upload, size_bytes=len(data))

    async def get(self, key: str) -> bytes:
        return await self._download(key, 100 * _MEGABYTE)

    async def get_part(self, key: str, start: int, length: int) -> bytes:
        if length <= 0:
            return b""
        try:
            return await self._download(key, length, offset=start, length=length)
        except _BeyondItsEnd:
            return b""

    async def delete(self, key: str) -> None:
        await self._remove(must_be_key(key))
        if key.partition(".")[2]:
            return  # derived itself
        async for page in self._pages(f"{self._prefix}{key}."):
            for found in page:
                await self._remove(self._key(found))

    async def entries(self, *, older_than_seconds: float = 0.0) -> AsyncIterator[list[Entry]]:
        before = time.time() - older_than_seconds
        async for page in self._pages(self._prefix):
            old = (it for it in page if it.last_modified.timestamp() < before)
            entries = (Entry(self._key(it), int(it.size)) for it in old)
            yield [it for it in entries if is_key(it.key)]

    async def check(self) -> None:
        async for _ in self._pages(self._prefix, size=1):
            return

    async def sha256(self, key: str) -> str:
        blob = self._blob(key)
        told = await self._ask(key, blob.get_blob_properties)
        return str((told.metadata or {}).get(_SHA256) or "") or await super().sha256(key)

    async def close(self) -> None:
        await self._container.close()

    def _blob(self, key: str) -> Any:
        return self._container.get_blob_client(self._prefix + must_be_key(key))

    def _key(self, found: Any) -> str:
        return str(found.name).removeprefix(self._prefix)

    async def _download(self, key: str, size_bytes: int, **part: int) -> bytes:
        blob = self._blob(key)

        async def download() -> bytes:
            data: bytes = await (await blob.download_blob(**part)).readall()
            return data

        return await self._ask(key, download, size_bytes=size_bytes)

    async def _remove(self, key: str) -> None:
        try:
            await self._ask(key, self._blob(key).delete_blob)
        except NotFound:
            return

    async def _pages(self, prefix: str, size: int = 1000) -> AsyncIterator[list[Any]]:
        listing = self._container.list_blobs(name_starts_with=prefix, results_per_page=size)
        pages = listing.by_page()

        async def turn() -> list[Any] | None:
            try:
                return [it async for it in await anext(pages)]
            except StopAsyncIteration:
                return None

        while (page := await self._ask("", turn)) is not None:
            yield page

    async def _ask(self, key: str, ask: Callable[[], Awaitable[T]], size_bytes: int = 0) -> T:
        seconds = TIMEOUT_SECONDS + SECONDS_A_MEGABYTE * size_bytes / _MEGABYTE
        try:
            with self._breaker.call():
                return await self._asked(key, ask, seconds)
        except BreakerOpen as error:
            raise StorageFailed(
                "Azure Blob Storage has been away and was not asked.", reason="away"
            ) from error

    async def _asked(self, key: str, ask: Callable[[], Awaitable[T]], seconds: float) -> T:
        from azure.core.exceptions import AzureError, HttpResponseError

        try:
            async with asyncio.timeout(seconds):
                return await ask()
        except TimeoutError as error:
            raise StorageFailed(
                f"Azure Blob Storage did not answer within {seconds:g} seconds.", reason="slow"
            ) from error
        except HttpResponseError as error:
            raise self._refused(key, error) from error
        except (AzureError, OSError) as error:
            raise StorageFailed(
                f"Azure Blob Storage cannot be reached ({type(error).__name__}).", reason="away"
            ) from error

    def _refused(self, key: str, error: Any) -> Exception:
        code = str(getattr(error.error_code, "value", error.error_code) or "")[:80]
        status = error.status_code or 0
        if code == "ContainerNotFound":
            return StorageFailed(f"There is no container {self._name}: make it, or name another.")
        if status == 404:
            return NotFound(f"There is no file {key}.")
        if status == 416:
            return _BeyondItsEnd()
        if status in (401, 403):
            return StorageFailed(
                f"The container {self._name} is closed to this account ({code}). Check {CONNECTION}"
                " and this machine's clock; a signature needs read, write, delete and list.",
                reason="denied",
            )
        return StorageFailed(
            f"Azure Blob Storage refuses the request ({code or status}).",
            reason="away" if status >= 500 or status == 429 else "other",
        )


class _BeyondItsEnd(Exception):
    """The file ends before the part begins."""

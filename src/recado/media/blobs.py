"""Where files are kept: a key for each, the bytes behind it, nothing else.

A key is made by Recado (`new_key`), never from what came from outside.
"""

from __future__ import annotations

import asyncio
import os
import re
from abc import ABC, abstractmethod
from pathlib import Path

from recado.errors import NotFound
from recado.store import new_id

_KEY = re.compile(r"[a-z0-9]{2}/[a-z0-9-]{8,80}")


def new_key() -> str:
    """A fresh key. Its first part spreads the files over folders."""
    key = new_id()
    return f"{key[-2:]}/{key}"


class Blobs(ABC):
    """The port. Adapters: a folder here."""

    @abstractmethod
    async def put(self, key: str, data: bytes) -> None:
        """Keep `data` durably under `key`. Raises ServiceUnavailable."""

    @abstractmethod
    async def get(self, key: str) -> bytes:
        """Raises NotFound, ServiceUnavailable."""

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Forget it; what is not there is forgotten already. Raises ServiceUnavailable."""


class FolderBlobs(Blobs):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes) -> None:
        await asyncio.to_thread(self._write, self._path(key), data)

    async def get(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {key}.") from error

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound(f"There is no file {key!r}.")
        return self._folder / key

    def _write(self, path: Path, data: bytes) -> None:
        """Whole or not at all, and still there after a power cut."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

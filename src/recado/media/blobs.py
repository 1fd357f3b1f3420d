"""Where files are kept: a key for each, the bytes behind it, nothing else.

A key is made by Recado from an id of its own (`key_of`), never from what came from outside. Since
it follows from the id, storing a file twice stores it once, and who knows the id can delete it.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from recado.errors import NotFound, ServiceUnavailable
from recado.store import new_id

_KEY = re.compile(r"[a-z0-9]{2}/[a-z0-9-]{8,80}")


def key_of(media_id: str) -> str:
    """The key of a file. Its first part spreads the files over folders."""
    return f"{media_id[-2:]}/{media_id}"


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

    @abstractmethod
    def keys(self, *, older_than_seconds: float) -> AsyncIterator[list[str]]:
        """Every key that was written longer ago than that, some at a time.

        Raises ServiceUnavailable."""

    async def check(self) -> None:
        """Raise ServiceUnavailable when nothing can be kept."""

    async def get_part(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from `start` on; fewer at the end. Raises as `get` does."""
        return (await self.get(key))[start : start + length]


class FolderBlobs(Blobs):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes) -> None:
        try:
            await asyncio.to_thread(self._write, self._path(key), data)
        except OSError as error:
            raise ServiceUnavailable(f"The file cannot be kept: {error.strerror}.") from error

    async def get(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {key}.") from error

    async def get_part(self, key: str, start: int, length: int) -> bytes:
        try:
            return await asyncio.to_thread(_read_part, self._path(key), start, length)
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {key}.") from error

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def keys(self, *, older_than_seconds: float) -> AsyncIterator[list[str]]:
        before = time.time() - older_than_seconds
        for folder in sorted(await asyncio.to_thread(_subfolders, self._folder)):
            yield await asyncio.to_thread(_old_files, folder, before)

    async def check(self) -> None:
        folder = self._folder
        while not await asyncio.to_thread(folder.exists) and folder != folder.parent:
            folder = folder.parent  # it is made with the first file
        if not await asyncio.to_thread(os.access, folder, os.W_OK | os.X_OK):
            raise ServiceUnavailable("The folder of the files cannot be written.")

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound(f"There is no file {key!r}.")
        return self._folder / key

    def _sync(self, file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())

    def _write(self, path: Path, data: bytes) -> None:
        """Whole or not at all, and still there after a power cut."""
        # For each by itself: the parents that `mkdir` makes on its way are open to all.
        for folder in (self._folder, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(f".{new_id()}.part")  # another worker may be writing it too
        try:
            made = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(made, "wb") as file:
                file.write(data)
                self._sync(file)
            partial.replace(path)
        except BaseException:  # a full disk: what came of it would make it fuller
            partial.unlink(missing_ok=True)
            raise
        opened = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _read_part(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)


def _subfolders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _old_files(folder: Path, before: float) -> list[str]:
    """The keys of a folder. What a crash left half written goes on the way."""
    keys = []
    for path in folder.iterdir():
        if path.stat().st_mtime >= before:
            continue
        if path.suffix == ".part":
            path.unlink(missing_ok=True)
        elif _KEY.fullmatch(key := f"{folder.name}/{path.name}"):
            keys.append(key)
    return keys

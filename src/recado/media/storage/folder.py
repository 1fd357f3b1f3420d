"""Files in a folder of this machine, or one that several machines have mounted."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, Literal

from recado.errors import NotFound, StorageFailed
from recado.media.storage.port import Blobs, Entry, is_key, must_be_key
from recado.store import new_id

_REASONS: dict[int, Literal["away", "denied", "full"]] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EROFS: "denied",
    errno.ESTALE: "away",
    errno.EIO: "away",
}


class FolderBlobs(Blobs):
    kind = "folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        try:
            await asyncio.to_thread(self._write, path, data)
        except OSError as error:
            raise StorageFailed(
                f"The file cannot be kept: {error.strerror}.", reason=_reason(error)
            ) from error

    async def get(self, key: str) -> bytes:
        return await self._read(key, lambda path: path.read_bytes())

    async def get_part(self, key: str, start: int, length: int) -> bytes:
        return await self._read(key, lambda path: _read_part(path, start, length))

    async def delete(self, key: str) -> None:
        path = self._path(key)
        try:
            await asyncio.to_thread(_delete, path)
        except OSError as error:
            raise StorageFailed(
                f"The file cannot be deleted: {error.strerror}.", reason=_reason(error)
            ) from error

    async def entries(self, *, older_than_seconds: float = 0.0) -> AsyncIterator[list[Entry]]:
        before = time.time() - older_than_seconds
        try:
            for folder in sorted(await asyncio.to_thread(_subfolders, self._folder)):
                yield await asyncio.to_thread(_old_files, folder, before)
        except OSError as error:
            raise StorageFailed(
                f"The files cannot be listed: {error.strerror}.", reason=_reason(error)
            ) from error

    async def check(self) -> None:
        folder = self._folder
        while not await asyncio.to_thread(folder.exists) and folder != folder.parent:
            folder = folder.parent  # it is made with the first file
        if not await asyncio.to_thread(os.access, folder, os.W_OK | os.X_OK):
            raise StorageFailed("The folder of the files cannot be written.", reason="denied")

    async def _read(self, key: str, read: Callable[[Path], bytes]) -> bytes:
        path = self._path(key)
        try:
            return await asyncio.to_thread(read, path)
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {key}.") from error
        except OSError as error:
            raise StorageFailed(
                f"The file cannot be read: {error.strerror}.", reason=_reason(error)
            ) from error

    def _path(self, key: str) -> Path:
        return self._folder / must_be_key(key)

    def _sync(self, file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())

    def _write(self, path: Path, data: bytes) -> None:
        """Whole or not at all, and still there after a power cut."""
        # For each by itself: the parents that `mkdir` makes on its way are open to all.
        for folder in (self._folder, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Another worker may be writing it too.
        partial = path.with_name(f"{path.name}.{new_id()}.part")
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


def _reason(error: OSError) -> Literal["away", "denied", "full", "other"]:
    return _REASONS.get(error.errno or 0, "other")


def _read_part(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)


def _delete(path: Path) -> None:
    """The derived ones first: while the file is there, whoever looks for it finds them too."""
    if path.parent.is_dir():
        for derived in path.parent.glob(f"{path.name}.*"):
            derived.unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _subfolders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _old_files(folder: Path, before: float) -> list[Entry]:
    """What a folder has. What a crash left half written goes on the way."""
    found = []
    for path in folder.iterdir():
        try:
            state = path.stat()
        except FileNotFoundError:
            continue  # deleted meanwhile
        if state.st_mtime >= before:
            continue
        if path.suffix == ".part":
            path.unlink(missing_ok=True)
        elif is_key(key := f"{folder.name}/{path.name}"):
            found.append(Entry(key, state.st_size))
    return found

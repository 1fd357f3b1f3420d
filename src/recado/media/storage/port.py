"""Where files are kept: a key for each, the bytes behind it, nothing else.

A key is made by Recado from an id of its own (`key_of`), never from what came from outside. Since
it follows from the id, storing a file twice stores it once, and who knows the id can delete it.
What is derived from a file (`derived_key`: its thumbnail) stands beside it and goes with it.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import msgspec

from recado.errors import NotFound

_KEY = re.compile(r"[a-z0-9]{2}/[a-z0-9-]{8,80}(?:\.[a-z]{1,16})?")
#: How much of a file is in memory while it is read in parts.
PART_BYTES = 4 * 1024 * 1024


class Entry(msgspec.Struct, frozen=True):
    """What a listing tells of a file."""

    key: str
    size_bytes: int


def key_of(media_id: str) -> str:
    """The key of a file. Its first part spreads the files over folders."""
    return f"{media_id[-2:]}/{media_id}"


def derived_key(media_id: str, what: str) -> str:
    """The key of `what` (letters) was made from a file, such as `thumb`."""
    return f"{key_of(media_id)}.{what}"


def media_id_of(key: str) -> str:
    """The id of the file that is behind a key, or that it was derived from."""
    return key.partition("/")[2].partition(".")[0]


def is_key(key: str) -> bool:
    """Whether it can be a key at all."""
    return _KEY.fullmatch(key) is not None


def must_be_key(key: str) -> str:
    """The key. Raises NotFound: it is none, so nothing is behind it."""
    if not is_key(key):
        raise NotFound(f"There is no file {key!r}.")
    return key


class Blobs(ABC):
    """The port. Its adapters are the other modules of this folder.

    Besides what is named, a method raises NotFound for what is no key, and StorageFailed."""

    #: What metrics and `recado doctor` call it: folder, s3, azure.
    kind: str

    @abstractmethod
    async def put(self, key: str, data: bytes) -> None:
        """Keep `data` durably under `key`, whole or not at all, in place of what was there."""

    @abstractmethod
    async def get(self, key: str) -> bytes:
        """Raises NotFound."""

    @abstractmethod
    async def get_part(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from `start` on; fewer at the end, b"" beyond it. Raises NotFound."""

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Forget it and all that was derived from it; what is not there is forgotten already."""

    @abstractmethod
    def entries(self, *, older_than_seconds: float = 0.0) -> AsyncIterator[list[Entry]]:
        """Everything that was written longer ago than that, some at a time. What was derived from a
        file comes in the same part as the file, or at the beginning of the next one."""

    @abstractmethod
    async def check(self) -> None:
        """Raise StorageFailed when nothing can be kept; asks little."""

    async def sha256(self, key: str) -> str:
        """The checksum of what is kept there, in hexadecimal; the storage's own where it computes
        one of all that it takes. Raises NotFound."""
        digest, start = hashlib.sha256(), 0
        while part := await self.get_part(key, start, PART_BYTES):
            digest.update(part)
            start += len(part)
        if not start:
            await self.get(key)  # nothing is there, or an empty file
        return digest.hexdigest()

    async def close(self) -> None:
        """Called once, when the process ends."""

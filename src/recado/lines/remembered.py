"""The lines as they last stood in the store, in a file: so that a process that only takes
webhooks can start, and check their signatures, while the store is away.

Credentials are in it as they are in the store: encrypted.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec


class LineRecord(Protocol):
    """What a line is made from: a row of the store, or what is remembered of one."""

    @property
    def id(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def credentials(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any] | None: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def character_id(self) -> str | None: ...


class RememberedLine(msgspec.Struct, frozen=True):
    id: str
    channel: str
    address: str
    name: str
    credentials: str
    settings: dict[str, Any] | None
    enabled: bool
    character_id: str | None = None


def remember_lines(path: Path, records: Sequence[LineRecord]) -> None:
    """Write them to `path`, readable by its owner alone, unless they stand there already."""
    fields = RememberedLine.__struct_fields__
    lines = [RememberedLine(*(getattr(it, name) for name in fields)) for it in records]
    written = msgspec.json.encode(lines)
    if path.exists() and path.read_bytes() == written:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(written)
    fresh.replace(path)


def remembered_lines(path: Path) -> list[RememberedLine]:
    """What was written last; nothing when there is no such file, or none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[RememberedLine])
    except (OSError, msgspec.DecodeError):
        return []

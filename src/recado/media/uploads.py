"""Taking in a file that somebody hands over: through the desk, the simulator, the API."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Literal

import msgspec
from sqlalchemy import insert

from recado.channels.sizes import MAX_BYTES, check_size
from recado.media.checks import check_file, named_by_type, safe_filename
from recado.media.model import Media
from recado.media.rows import media_row
from recado.media.storage.port import key_of
from recado.runtime import Runtime
from recado.store import Tx, new_id, now

__all__ = ["Kept", "keep_upload", "media_row"]


class Kept(msgspec.Struct, frozen=True):
    """A stored file."""

    id: str
    mime_type: str
    filename: str
    size_bytes: int
    sha256: str


async def keep_upload(
    runtime: Runtime,
    data: bytes,
    *,
    filename: str,
    line_id: str,
    direction: Literal["inbound", "outbound"] = "inbound",
    declared: str = "",
    message_type: str = "",
) -> Kept:
    """Check a file by its content, and store it. A message then names it by `media_id`.

    `declared` is the type that its sender says, `message_type` the type of the message it is for;
    both may be "". Raises FileRefused (its `detail` is for a person), ServiceUnavailable.
    """
    check_size(len(data), MAX_BYTES)
    mime_type = await asyncio.to_thread(check_file, data, declared, message_type)
    media_id = new_id()
    kept = Kept(
        id=media_id,
        mime_type=mime_type,
        filename=named_by_type(safe_filename(filename), mime_type),
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    await runtime.blobs.put(key_of(media_id), data)
    values = {**media_row(line_id, direction=direction), **msgspec.structs.asdict(kept)}
    values |= {"state": "stored", "blob_key": key_of(media_id), "processed_at": now()}

    def work(tx: Tx) -> None:
        tx.execute(insert(Media), values)

    await runtime.store.write(work)
    return kept

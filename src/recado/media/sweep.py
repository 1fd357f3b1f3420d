"""Files that nobody needs any more: their rows, and the bytes behind them.

The row goes first, the bytes after it. What a crash leaves between the two is bytes without a row,
which the next sweep finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog
from sqlalchemy import delete, exists, select

from recado.conversations.model import Message
from recado.errors import StorageFailed
from recado.media.model import Media
from recado.media.originals import is_original
from recado.media.storage.port import Blobs, key_of, media_id_of
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.store.mentions import chunks

log = structlog.get_logger(__name__)

DAY = 86_400.0
#: A file that was uploaded and that no message has named by then was a try, or a mistake.
UNUSED_DAYS = 30
#: Bytes are written a moment before their row says so: younger ones are not orphans yet.
ORPHAN_SECONDS = DAY
#: One transaction takes no more files than this; the next run takes the rest.
MAX_FILES = 500


async def sweep_files(runtime: Runtime) -> int:
    """Remove uploads that were never used, and bytes without a row. Returns how many files."""
    unused = await runtime.store.write(_remove_unused)
    return await forget_bytes(runtime.blobs, unused) + await sweep_bytes(runtime, runtime.blobs)


async def sweep_bytes(
    runtime: Runtime, blobs: Blobs, *, older_than_seconds: float = ORPHAN_SECONDS
) -> int:
    """Remove the bytes without a row. Returns how many files."""
    removed = 0
    async for entries in blobs.entries(older_than_seconds=older_than_seconds):
        ids = sorted({media_id_of(it.key) for it in entries})
        for start in range(0, len(ids), MAX_FILES):
            part = ids[start : start + MAX_FILES]
            known = await recorded_checksums(runtime, part)
            removed += await forget_bytes(blobs, [it for it in part if it not in known])
    return removed


async def recorded_checksums(runtime: Runtime, media_ids: Sequence[str]) -> dict[str, str]:
    """By the ids of these files that have a row, the checksum under which each was stored."""

    def work(tx: Tx) -> dict[str, str]:
        return {
            row.id: row.sha256
            for chunk in chunks(media_ids)
            for row in tx.all(select(Media.id, Media.sha256).where(Media.id.in_(chunk)))
        }

    return await runtime.store.read(work)


async def forget_bytes(blobs: Blobs, media_ids: Iterable[str]) -> int:
    """Delete the bytes of files whose rows are gone, with all that was derived from them. What
    fails is left for the next sweep."""
    count = 0
    for media_id in media_ids:
        try:
            await blobs.delete(key_of(media_id))
            count += 1
        except StorageFailed as error:
            log.warning("media.bytes_left", media=media_id, error=str(error))
    return count


def _remove_unused(tx: Tx) -> list[str]:
    named = exists(select(Message.id).where(Message.media_id == Media.id))
    unused = (
        select(Media.id)
        .where(Media.message_id.is_(None), Media.created_at < now() - UNUSED_DAYS * DAY)
        .where(~named, ~is_original())
        .limit(MAX_FILES)
    )
    ids = [row.id for row in tx.all(unused)]
    tx.execute(delete(Media).where(Media.id.in_(ids)))
    return ids

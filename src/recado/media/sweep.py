"""Files that nobody needs any more: their rows, and the bytes behind them.

The row goes first, the bytes after it. What a crash leaves between the two is bytes without a row,
which the next sweep finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog
from sqlalchemy import delete, exists, select

from recado.conversations.model import Message
from recado.errors import ServiceUnavailable
from recado.media.blobs import Blobs, key_of
from recado.media.model import Media
from recado.runtime import Runtime
from recado.store import Tx, now

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
    removed = await forget_bytes(runtime.blobs, unused)
    async for keys in runtime.blobs.keys(older_than_seconds=ORPHAN_SECONDS):
        for start in range(0, len(keys), MAX_FILES):
            orphans = await _orphans(runtime, keys[start : start + MAX_FILES])
            removed += await forget_bytes(runtime.blobs, orphans)
    return removed


async def forget_bytes(blobs: Blobs, media_ids: Iterable[str]) -> int:
    """Delete the bytes of files whose rows are gone. What fails is left for the next sweep."""
    count = 0
    for media_id in media_ids:
        try:
            await blobs.delete(key_of(media_id))
            count += 1
        except (ServiceUnavailable, OSError) as error:
            log.warning("media.bytes_left", media=media_id, error=str(error))
    return count


def _remove_unused(tx: Tx) -> list[str]:
    named = exists(select(Message.id).where(Message.media_id == Media.id))
    unused = (
        select(Media.id)
        .where(Media.message_id.is_(None), Media.created_at < now() - UNUSED_DAYS * DAY, ~named)
        .limit(MAX_FILES)
    )
    ids = [row.id for row in tx.all(unused)]
    tx.execute(delete(Media).where(Media.id.in_(ids)))
    return ids


async def _orphans(runtime: Runtime, keys: Sequence[str]) -> list[str]:
    ids = [key.rpartition("/")[2] for key in keys]

    def work(tx: Tx) -> set[str]:
        return {row.id for row in tx.all(select(Media.id).where(Media.id.in_(ids)))}

    known = await runtime.store.read(work)
    return [media_id for media_id in ids if media_id not in known]

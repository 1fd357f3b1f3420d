"""A provider or a storage that is away: a file waits for it, and its tries do not count."""

from __future__ import annotations

from recado.errors import FileUnavailable, SendFailed, StorageFailed
from recado.queue.port import Delivery
from recado.store import now

#: A file waits as long as its link may still be had: Meta's media ids live for 7 days.
PATIENCE_SECONDS = 6 * 3600.0
RETRY_MAX_SECONDS = 120.0


def rest_for(
    delivery: Delivery, error: FileUnavailable | SendFailed | StorageFailed
) -> float | None:
    """In how many seconds the job is to be tried again. None: it is no outage, or it has lasted
    for too long, so that the try counts."""
    waited = now() - delivery.published_at
    if not error.outage or waited >= PATIENCE_SECONDS:
        return None
    return min(RETRY_MAX_SECONDS, max(1.0, waited))

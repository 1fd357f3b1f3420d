"""Rates: what a line and a pair of line and contact may send.

Meta takes 80 messages a second a number, and from a number to one person a burst of 45, then one
in six seconds; it answers 130429 and 131056 beyond.
https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput
https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits
These are kept ahead of time where Meta itself is called; anywhere else (a proxy, a stub, another
provider) only what the provider says counts. Either way a throttled line or pair rests.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from urllib.parse import urlsplit

from recado.errors import SendThrottled
from recado.resilience.bucket import Bucket
from recado.settings import Settings

META_HOST = "graph.facebook.com"
META_LINE_RATE = 80.0
META_PAIR_BURST = 45
META_PAIR_INTERVAL_SECONDS = 6.0
#: Meta's code for too many messages to one person; the others concern the line.
PAIR_LIMIT_CODE = 131056
#: Buckets kept in memory; the least recently used go first, and are full again by then.
MAX_BUCKETS = 50_000


class Rates:
    def __init__(self, settings: Settings) -> None:
        meta = urlsplit(settings.whatsapp_api_url).hostname == META_HOST
        unlimited = float("inf")
        line_rate = settings.line_rate_per_second or (META_LINE_RATE if meta else unlimited)
        pair_interval = settings.pair_interval_seconds
        if pair_interval is None:
            pair_interval = META_PAIR_INTERVAL_SECONDS if meta else 0.0
        self._line = (line_rate, max(1.0, line_rate))
        self._pair = (
            (1 / pair_interval, float(META_PAIR_BURST)) if pair_interval else (unlimited, unlimited)
        )
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    def take(self, line_id: str, contact_id: str) -> float:
        """Take leave to send one message: 0 when granted, else the seconds to wait."""
        moment = time.monotonic()
        line = self._bucket((line_id, ""), self._line)
        pair = self._bucket((line_id, contact_id), self._pair)
        wait_seconds = max(line.wait_seconds(moment), pair.wait_seconds(moment))
        if wait_seconds == 0:
            line.take()
            pair.take()
        return wait_seconds

    def throttled(self, line_id: str, contact_id: str, error: SendThrottled) -> None:
        """The provider asks to slow down: the pair, or the whole line, rests."""
        of_pair = str(error.code) == str(PAIR_LIMIT_CODE)
        key, figures = (
            ((line_id, contact_id), self._pair) if of_pair else ((line_id, ""), self._line)
        )
        self._bucket(key, figures).rests_until = time.monotonic() + error.retry_after_seconds

    def _bucket(self, key: tuple[str, str], figures: tuple[float, float]) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(*figures)
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket

"""Rates: what a line and a pair of line and contact may send.

Meta takes 80 messages a second a number, and from a number to one person a burst of 45, then one
in six seconds; it answers 130429 and 131056 beyond.
https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput
https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits
These are kept ahead of time where Meta itself is called; anywhere else (a proxy, a stub, another
provider) only what the provider says counts, unless the settings or the line's own
`settings["rate_per_second"]` say otherwise. Either way a throttled line or pair rests.

With Redis (RECADO_CACHE_URL) these hold over all processes that send; without it, and while it is
away, over each by itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from urllib.parse import urlsplit

from recado.cache import RedisCache
from recado.channels.port import Line
from recado.errors import SendThrottled, SendUnknown
from recado.resilience.bucket import Bucket
from recado.sending.shared_rates import SharedRates
from recado.settings import Settings

META_CHANNEL = "whatsapp"
UNLIMITED = float("inf")
META_HOST = "graph.facebook.com"
META_LINE_RATE = 80.0
META_PAIR_BURST = 45
META_PAIR_INTERVAL_SECONDS = 6.0
#: Meta's code for too many messages to one person; the others concern the line.
PAIR_LIMIT_CODE = 131056
#: Buckets kept in memory; the least recently used go first, and are full again by then.
MAX_BUCKETS = 50_000


class Rates:
    def __init__(self, settings: Settings, cache: RedisCache | None = None) -> None:
        self._settings = settings
        self._shared = None if cache is None else SharedRates(cache)
        self._calls_meta = urlsplit(settings.whatsapp_api_url).hostname == META_HOST
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    async def take(self, line: Line, contact_id: str) -> float:
        """Take leave to send one message: 0 when granted, else the seconds to wait."""
        if self._shared is not None:
            figures = self._line_figures(line), self._pair_figures(line)
            wait_seconds = await self._shared.take(line.id, contact_id, *figures)
            if wait_seconds is not None:
                return wait_seconds
        return self._take_own(line, contact_id)

    def _take_own(self, line: Line, contact_id: str) -> float:
        moment = time.monotonic()
        of_line = self._bucket((line.id, ""), *self._line_figures(line))
        of_pair = self._bucket((line.id, contact_id), *self._pair_figures(line))
        wait_seconds = max(of_line.wait_seconds(moment), of_pair.wait_seconds(moment))
        if wait_seconds == 0:
            of_line.take()
            of_pair.take()
        return wait_seconds

    async def throttled(
        self, line: Line, contact_id: str, error: SendThrottled | SendUnknown
    ) -> None:
        """The provider asks to slow down: the pair, or the whole line, rests."""
        of_pair = str(error.code) == str(PAIR_LIMIT_CODE)
        figures = self._pair_figures(line) if of_pair else self._line_figures(line)
        resting = contact_id if of_pair else ""
        bucket = self._bucket((line.id, resting), *figures)
        bucket.rests_until = time.monotonic() + error.retry_after_seconds
        if self._shared is not None:
            await self._shared.rest(line.id, resting, error.retry_after_seconds)

    def _is_metas(self, line: Line) -> bool:
        return self._calls_meta and line.channel == META_CHANNEL

    def _line_figures(self, line: Line) -> tuple[float, float]:
        """Rate a second, and burst: the line's own, the settings', Meta's, or none."""
        own = line.settings.get("rate_per_second")
        if isinstance(own, int | float) and own > 0:
            rate = float(own)
        elif self._settings.line_rate_per_second:
            rate = self._settings.line_rate_per_second
        else:
            rate = META_LINE_RATE if self._is_metas(line) else UNLIMITED
        return rate, max(1.0, rate)

    def _pair_figures(self, line: Line) -> tuple[float, float]:
        interval = self._settings.pair_interval_seconds
        if interval is None:
            interval = META_PAIR_INTERVAL_SECONDS if self._is_metas(line) else 0.0
        return (1 / interval, float(META_PAIR_BURST)) if interval else (UNLIMITED, UNLIMITED)

    def _bucket(self, key: tuple[str, str], rate: float, burst: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[key] = Bucket(rate, burst)
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket

"""Token buckets: how many messages or requests may go now, and how long the next must wait."""

from __future__ import annotations

import time


class Bucket:
    """A token bucket: `burst` at once, then `rate` a second."""

    __slots__ = ("_at", "_burst", "_tokens", "rate", "rests_until")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = time.monotonic()
        self.rests_until = 0.0

    def wait_seconds(self, moment: float) -> float:
        """Seconds until the next may go; 0: now. `moment` is `time.monotonic()`."""
        if moment < self.rests_until:
            return self.rests_until - moment
        self._tokens = min(self._burst, self._tokens + max(0.0, moment - self._at) * self.rate)
        self._at = moment
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) / self.rate

    def take(self) -> None:
        self._tokens -= 1

"""Throttling at the edge: how many webhooks are let in."""

from __future__ import annotations

import time

from recado.resilience.bucket import Bucket


class Throttle:
    """`rate` requests a second on average, one second's worth at once; 0 means no limit.

    Refused requests get 429 and the vendor sends them again later, so nothing is lost.
    """

    def __init__(self, rate: float) -> None:
        self._bucket = Bucket(rate, max(1.0, rate)) if rate > 0 else None

    def take(self) -> float:
        """Take leave for one request: 0 when granted, else the seconds until there is."""
        if self._bucket is None:
            return 0.0
        wait_seconds = self._bucket.wait_seconds(time.monotonic())
        if wait_seconds == 0:
            self._bucket.take()
        return wait_seconds

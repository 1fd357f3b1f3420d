"""Throttling at the edge: a token bucket for the webhooks of a channel."""

from __future__ import annotations

import time


class Throttle:
    """`rate` requests a second on average, one second's worth at once; 0 means no limit.

    Refused requests get 429 and the vendor sends them again later, so nothing is lost.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = rate
        self._filled_at = time.monotonic()

    def take(self) -> float:
        """Take a token: 0 when there was one, else the seconds until there is."""
        if self._rate <= 0:
            return 0.0
        moment = time.monotonic()
        self._tokens = min(self._rate, self._tokens + (moment - self._filled_at) * self._rate)
        self._filled_at = moment
        if self._tokens < 1:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0

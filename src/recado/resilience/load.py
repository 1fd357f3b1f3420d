"""How many may go now, by a token bucket; and how much a process has taken in and not answered yet.

Beyond the bounds of its load a request is refused at once, before memory grows: whoever sent it
keeps it and comes again. What is held here is small and short; the queue holds what was accepted.
"""

from __future__ import annotations

import time
from types import TracebackType

from recado.errors import ServiceUnavailable


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


class Load:
    """`requests` and `bytes` are under way now."""

    def __init__(self, most_requests: int, most_bytes: int) -> None:
        self.most_requests = most_requests
        self.most_bytes = most_bytes
        self.requests = 0
        self.bytes = 0

    def request(self) -> Held:
        """One request's share, given back when the `with` block ends."""
        return Held(self)


class Held:
    __slots__ = ("_begun", "_bytes", "_load")

    def __init__(self, load: Load) -> None:
        self._load = load
        self._begun = False
        self._bytes = 0

    def take(self, count: int) -> None:
        """So many bytes are to be worked on. Raises ServiceUnavailable: too much is under way.

        A body that is alone always fits, whatever its size: else it would never be taken.
        """
        load = self._load
        if not self._begun:
            if load.requests >= load.most_requests:
                raise ServiceUnavailable("Too many requests are under way; send it again.")
            self._begun = True
            load.requests += 1
        of_others = load.bytes - self._bytes
        if of_others and load.bytes + count > load.most_bytes:
            raise ServiceUnavailable("Too much is in memory at the moment; send it again.")
        self._bytes += count
        load.bytes += count

    def __enter__(self) -> Held:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._load.bytes -= self._bytes
        if self._begun:
            self._load.requests -= 1

"""Rates: what a line and a pair of line and contact may send.

Each channel tells the pace that its provider takes (Channel.pace); the settings or the line's own
`settings["rate_per_second"]` come before it. Either way a throttled line or pair rests.

With Redis (RECADO_CACHE_URL) these hold over all processes that send; without it, and while it is
away, over each by itself.

Of some lines nothing goes out until a person acts (`Troubles`): token, permission, payment, a
block. Their messages wait instead of failing one by one; one of them tries every half minute, and
the first that goes through ends the trouble. `line.state["trouble"]` tells people: {"code",
"advice", "at", "heard_in"}. docs/adr/0008.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Literal

from sqlalchemy import select

from recado.cache.redis import RedisCache
from recado.channels.port import Channel, Line, Pace
from recado.errors import SendThrottled, SendUnknown
from recado.lines.model import LineRow
from recado.lines.standing import set_state
from recado.resilience.load import Bucket
from recado.sending.shared_rates import SharedRates
from recado.settings import Settings
from recado.store import Tx, now

UNLIMITED = float("inf")
#: Buckets kept in memory; the least recently used go first, and are full again by then.
MAX_BUCKETS = 50_000


class Rates:
    def __init__(
        self, settings: Settings, channels: Mapping[str, Channel], cache: RedisCache | None = None
    ) -> None:
        self._settings = settings
        self._channels = channels
        self._shared = None if cache is None else SharedRates(cache)
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
        of_pair = str(error.code) in self._pace(line).pair_codes
        figures = self._pair_figures(line) if of_pair else self._line_figures(line)
        resting = contact_id if of_pair else ""
        bucket = self._bucket((line.id, resting), *figures)
        bucket.rests_until = time.monotonic() + error.retry_after_seconds
        if self._shared is not None:
            await self._shared.rest(line.id, resting, error.retry_after_seconds)

    def _pace(self, line: Line) -> Pace:
        channel = self._channels.get(line.channel)
        return Pace() if channel is None else channel.pace(line)

    def _line_figures(self, line: Line) -> tuple[float, float]:
        """Rate a second, and burst: the line's own, the settings', or the channel's."""
        own = line.settings.get("rate_per_second")
        if isinstance(own, int | float) and own > 0:
            rate = float(own)
        elif self._settings.line_rate_per_second:
            rate = self._settings.line_rate_per_second
        else:
            rate = self._pace(line).per_second
        return rate, max(1.0, rate)

    def _pair_figures(self, line: Line) -> tuple[float, float]:
        interval, pace = self._settings.pair_interval_seconds, self._pace(line)
        if interval is None:
            interval = pace.pair_interval_seconds
        return (1 / interval, float(pace.pair_burst)) if interval else (UNLIMITED, UNLIMITED)

    def _bucket(self, key: tuple[str, str], rate: float, burst: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[key] = Bucket(rate, burst)
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket


PROBE_SECONDS = 30.0
#: How often a waiting message looks whether it may try.
POLL_SECONDS = 5.0
#: Another process may have noted a trouble: how often a success here looks.
LOOK_SECONDS = 30.0

#: Where it was heard: in the answer to a request, or in a status that came later.
HeardIn = Literal["answer", "status"]


class Troubles:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: By line: when the next message may try, and the credentials that did not work.
        self._stuck: dict[str, tuple[float, dict[str, str]]] = {}
        self._looked_at: dict[str, float] = {}

    def wait_seconds(self, line: Line) -> float:
        """0: the message may try; then the others wait for its outcome."""
        if line.id not in self._stuck:
            return 0.0
        moment = self._clock()
        due, credentials = self._stuck[line.id]
        if moment >= due or credentials != line.credentials:
            self._stuck[line.id] = (moment + PROBE_SECONDS, dict(line.credentials))
            return 0.0
        return min(POLL_SECONDS, due - moment)

    def not_tried(self, line_id: str) -> None:
        """The message that might try did not, or nothing came of it: the next one may."""
        if line_id in self._stuck:
            _, credentials = self._stuck[line_id]
            self._stuck[line_id] = (self._clock(), credentials)

    def found_in(
        self, tx: Tx, line: Line, *, code: int | str | None, advice: str, heard_in: HeardIn
    ) -> None:
        """Note it, with the transaction that ends the attempt."""
        if heard_in == "answer":
            self._stuck[line.id] = (self._clock() + PROBE_SECONDS, dict(line.credentials))
        self._looked_at.pop(line.id, None)
        known = _trouble(tx, line.id)
        since = known.get("at", now()) if known.get("code") == code else now()
        trouble = {"code": code, "advice": advice, "at": since, "heard_in": heard_in}
        set_state(tx, line.id, "trouble", trouble)

    def over_in(self, tx: Tx, line_id: str, heard_in: HeardIn) -> None:
        """Something went through: a trouble of that kind is over."""
        if self.is_clear(line_id):
            return
        self._stuck.pop(line_id, None)
        self._looked_at[line_id] = self._clock()
        if _trouble(tx, line_id).get("heard_in") == heard_in:
            set_state(tx, line_id, "trouble", None)

    def is_clear(self, line_id: str) -> bool:
        """Whether `over_in` has nothing to do: the last look was a moment ago."""
        looked_at = self._looked_at.get(line_id, float("-inf"))
        return line_id not in self._stuck and self._clock() - looked_at < LOOK_SECONDS


def _trouble(tx: Tx, line_id: str) -> dict[str, Any]:
    state = tx.scalar(select(LineRow.state).where(LineRow.id == line_id))
    found = state.get("trouble") if isinstance(state, dict) else None
    return found if isinstance(found, dict) else {}

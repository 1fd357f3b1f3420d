"""The rates of a line and of a pair, kept in Redis for all machines that send.

One script, on the server's clock: two token buckets, of which a message takes from both or from
neither, and a rest for either. https://redis.io/docs/latest/develop/interact/programmability/
"""

from __future__ import annotations

import math

from recado.cache.redis import RedisCache

#: KEYS: the line's bucket, the pair's, the line's rest, the pair's.
#: ARGV: rate a second and burst of the line, then of the pair; a rate of 0 sets no limit.
#: Returns the milliseconds to wait; 0: taken.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local wait = math.max(0, redis.call('PTTL', KEYS[3]), redis.call('PTTL', KEYS[4])) / 1000
local left = {}
for i = 1, 2 do
  local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  if rate > 0 then
    local kept = redis.call('HMGET', KEYS[i], 'tokens', 'at')
    local passed = math.max(0, now - tonumber(kept[2] or now))
    left[i] = math.min(burst, tonumber(kept[1] or burst) + passed * rate)
    if left[i] < 1 then wait = math.max(wait, (1 - left[i]) / rate) end
  end
end
if wait > 0 then return math.ceil(wait * 1000) end
for i = 1, 2 do
  if left[i] then
    local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    redis.call('HSET', KEYS[i], 'tokens', tostring(left[i] - 1), 'at', string.format('%.6f', now))
    redis.call('PEXPIRE', KEYS[i], math.ceil(burst / rate * 1000))
  end
end
return 0
"""

Figures = tuple[float, float]


class SharedRates:
    def __init__(self, cache: RedisCache) -> None:
        self._cache = cache

    async def take(
        self, line_id: str, contact_id: str, line: Figures, pair: Figures
    ) -> float | None:
        """Seconds to wait, 0: granted; None: Redis is away. `line` and `pair` are a rate a second
        and a burst, infinite where there is no limit."""
        keys = [key + kind for kind in ("", ":rest") for key in _keys(line_id, contact_id)]
        limits = [(0, 0) if math.isinf(rate) else (rate, burst) for rate, burst in (line, pair)]
        values = [figure for limit in limits for figure in limit]
        wait_ms: int | None = await self._cache.evaluate(_TAKE, keys, values)
        return None if wait_ms is None else wait_ms / 1000

    async def rest(self, line_id: str, contact_id: str, seconds: float) -> None:
        """Nothing goes to the contact from that line for `seconds`; `contact_id` "": to anybody."""
        of_line, of_pair = _keys(line_id, contact_id)
        if seconds > 0:
            await self._cache.put((of_pair if contact_id else of_line) + ":rest", b"1", seconds)


def _keys(line_id: str, contact_id: str) -> tuple[str, str]:
    # In braces, what decides on which server of a cluster a key lives: all of a script's keys must
    # live on one.
    of_line = f"recado:rate:{{{line_id}}}"
    return of_line, f"{of_line}:{contact_id}"

"""The shared cache: Redis, for several machines. Losing it costs queries, never a message.

While Redis is away each call would wait for a time-out, so after a failure it is left alone for a
while: every `get` is then a miss.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from recado.errors import ServiceUnavailable

log = structlog.get_logger(__name__)

#: A cache that takes longer than the query it saves is none.
TIMEOUT_SECONDS = 0.25
REST_SECONDS = 5.0


class RedisCache:
    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """`url` is redis://, rediss:// or unix://. Raises ValueError for any other, ImportError
        where Redis' client is not installed."""
        from redis.asyncio import Redis
        from redis.exceptions import RedisError

        self._failures = (RedisError, OSError, TimeoutError)
        self._client = Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            health_check_interval=30,
        )
        self._command: Callable[..., Awaitable[Any]] = self._client.execute_command
        self._rests_until = 0.0
        self._down = False

    async def get(self, key: str) -> bytes | None:
        """What is kept under `key`; None: nothing, or the cache is away."""
        value: bytes | None = await self._try("GET", key)
        return value

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep `value` for `seconds`. Best effort."""
        await self._try("SET", key, value, "PX", int(seconds * 1000))

    async def drop(self, key: str) -> None:
        """Forget it. Best effort: it is gone after its seconds at the latest."""
        await self._try("DEL", key)

    async def evaluate(self, script: str, keys: Sequence[str], values: Sequence[Any]) -> Any:
        """Run a Lua script; None while the cache is away."""
        return await self._try("EVAL", script, len(keys), *keys, *values)

    async def check(self) -> None:
        """Raises ServiceUnavailable: Redis does not answer."""
        try:
            await self._command("PING")
        except self._failures as error:
            raise ServiceUnavailable(f"Redis does not answer: {type(error).__name__}") from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _try(self, *command: Any) -> Any:
        if time.monotonic() < self._rests_until:
            return None
        try:
            answer = await self._command(*command)
        except self._failures as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            if not self._down:
                self._down = True
                log.warning("cache away, going on without it", error=repr(error))
            return None
        if self._down:
            self._down = False
            log.info("cache back")
        return answer

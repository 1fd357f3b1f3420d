"""How often one may try to sign in: a guess a few seconds, for an address and for an account."""

from __future__ import annotations

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from recado.errors import TooManyRequests


class SignInAttempts:
    """Counts in this process: each process of the desk allows that much."""

    def __init__(
        self,
        *,
        per_account: RateLimitItem | None = None,
        per_address: RateLimitItem | None = None,
    ) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_account = per_account or RateLimitItemPerMinute(5, 5)
        self._per_address = per_address or RateLimitItemPerMinute(30, 5)

    async def count(self, account: str, address: str) -> None:
        """Count an attempt, right or wrong. Raises TooManyRequests."""
        for limit, kind, name in (
            (self._per_address, "address", address),
            (self._per_account, "account", account.strip().lower()[:200]),
        ):
            if not await self._limiter.hit(limit, "sign-in", kind, name):
                raise TooManyRequests(
                    "Too many attempts to sign in. Wait some minutes, or ask for a sign-in link.",
                    retry_after_seconds=60.0,
                )

"""The statuses that follow each message the Graph API stub has taken, posted as Meta posts them.

Signed, batched when many wait, repeated with back-off while the receiver is down, and, when asked
for, out of order.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass

import aiohttp

from tests.support.payloads import Json, sign, status, webhook

#: So many statuses in one webhook at most, and so many webhooks at once.
BATCH = 100
POSTS_AT_ONCE = 4
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class StatusPlan:
    """Which statuses follow, how long after each other, and in which order they are posted."""

    words: tuple[str, ...] = ("sent", "delivered", "read")
    delay_seconds: float = 0.05
    shuffled: bool = False


class StatusPump:
    def __init__(self, webhook_url: str, secret: str, plan: StatusPlan) -> None:
        self.posted_webhooks = 0
        self.posted_statuses = 0
        self.failed_posts = 0
        self._url = webhook_url
        self._secret = secret
        self._plan = plan
        self._due: list[tuple[float, int, str, Json]] = []
        self._order = itertools.count()
        self._wake = asyncio.Event()
        self._posting = 0
        self._slots = asyncio.Semaphore(POSTS_AT_ONCE)
        self._pause = 0.0
        self._closed_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    @property
    def pending(self) -> int:
        """Statuses that the receiver has not yet acknowledged."""
        return len(self._due) + self._posting

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self._spawn(self._run())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def follow(self, line: str, message_id: str, body: Json, failed: int | None = None) -> None:
        """Plan the statuses of a message. `failed`: it fails with that code of Meta's."""
        words = ("failed",) if failed else self._plan.words
        now = time.time()
        for step, word in enumerate(words, start=1):
            wait = self._plan.delay_seconds * step
            if self._plan.shuffled:
                wait = random.uniform(0, self._plan.delay_seconds * len(words))
            item = status(
                message_id,
                word,
                recipient=_digits(body.get("to")),
                user_id=body.get("recipient"),
                callback_data=body.get("biz_opaque_callback_data"),
                at=now + self._plan.delay_seconds * step,
                error=failed,
            )
            self._plan_post(now + wait, line, item)
        self._wake.set()

    def _plan_post(self, at: float, line: str, item: Json) -> None:
        heapq.heappush(self._due, (at, next(self._order), line, item))

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            if not self._due:
                await self._wake.wait()
            wait = max(self._due[0][0], self._closed_until) - time.time()
            if wait > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
                continue
            await self._slots.acquire()
            line, items = self._take()
            self._posting += len(items)
            self._spawn(self._post(line, items))

    def _take(self) -> tuple[str, list[Json]]:
        """What is due for the line that has waited longest: one webhook."""
        now, line = time.time(), self._due[0][2]
        taken: list[Json] = []
        others = []
        while self._due and self._due[0][0] <= now and len(taken) < BATCH:
            planned = heapq.heappop(self._due)
            if planned[2] == line:
                taken.append(planned[3])
            else:
                others.append(planned)
        for planned in others:
            heapq.heappush(self._due, planned)
        return line, taken

    async def _post(self, line: str, items: list[Json]) -> None:
        delivered = await self._delivered(webhook(statuses=items, phone_number_id=line))
        self._slots.release()
        self._posting -= len(items)
        if delivered:
            self._pause = 0.0
            self.posted_webhooks += 1
            self.posted_statuses += len(items)
            return
        self.failed_posts += 1
        self._pause = min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self._closed_until = time.time() + self._pause * random.uniform(0.5, 1)
        for item in items:
            self._plan_post(self._closed_until, line, item)
        self._wake.set()

    async def _delivered(self, body: bytes) -> bool:
        assert self._session
        try:
            headers = sign(body, self._secret)
            async with self._session.post(self._url, data=body, headers=headers) as response:
                await response.read()
                return response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _digits(to: str | None) -> str | None:
    return to.lstrip("+") if to else None

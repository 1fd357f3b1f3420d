"""Delivering an event: posted, signed, until the subscriber takes it or a day is over.

A subscriber that fails is asked again after longer and longer rests, and what follows in the same
conversation waits behind, so that it hears everything in order. Others are not held up: a
conversation is a lane of its own, and one subscriber has so many places at most. An event may come
twice (a process dies between the answer and its record): its `webhook-id` is then the same.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from sqlalchemy import Row, select, update

from recado.errors import FileRefused
from recado.events import WebhookPaused
from recado.http.outward import AddressRefused, Outward
from recado.jobs import EVENTS
from recado.queue.port import Delivery
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.subscriptions.keeping import LOCK
from recado.subscriptions.model import EventDelivery, Subscription
from recado.subscriptions.signing import headers

TIMEOUT_SECONDS = 15.0
#: How long the words of an answer are waited for.
ANSWER_SECONDS = 2.0
#: How long after it was asked for a delivery is tried: then it waits for a person's replay.
PATIENCE_SECONDS = 24 * 3600.0
#: The rests between tries; the last one goes on.
RESTS = (5, 30, 120, 600, 1800, 3600)
#: A subscriber that has taken nothing for so long is paused, and its page says so.
PAUSE_SECONDS = 24 * 3600.0
#: So many deliveries of one subscriber are under way in a process.
PLACES = 8
BUSY_SECONDS = 0.5
#: What does not answer gives its places back late: those who wait need not look so often.
LONG_BUSY_SECONDS = 30.0
#: How many tries a delivery remembers, and how much of an answer.
MOST_ATTEMPTS = 20
MOST_ANSWER = 500
#: Standard Webhooks: the endpoint does not want to hear any more.
_GONE = 410

log = structlog.get_logger(__name__)

#: What is still to be told: also what was held, once its subscription goes on.
_UNTOLD = ("waiting", "held")
_DELIVERY = select(EventDelivery.subscription_id, EventDelivery.conversation_id)
_TASK = (
    select(
        EventDelivery.__table__,
        Subscription.name,
        Subscription.url,
        Subscription.secrets,
        Subscription.state.label("subscription_state"),
        Subscription.failing_since,
    )
    .join(Subscription, Subscription.id == EventDelivery.subscription_id)
    .where(EventDelivery.state.in_(_UNTOLD))
    .order_by(EventDelivery.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a try: `status` is HTTP's, None where there was no answer; `answer` its
    beginning, or why there was none."""

    at: float
    status: int | None
    answer: str
    milliseconds: int
    wait_seconds: float = 0.0

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class EventWork:
    def __init__(self, runtime: Runtime, outward: Outward) -> None:
        self._runtime = runtime
        self._outward = outward
        self._under_way: Counter[str] = Counter()

    async def handle(self, delivery: Delivery) -> None:
        """The job is done when its own delivery is settled. Those before it are told by it, too:
        whatever became of their jobs, nothing is overtaken, and nothing stays behind."""
        id = EVENTS.body(delivery).delivery_id
        row = await self._runtime.store.read(lambda tx: _next(tx, id))
        if row is None:
            return  # taken by an earlier try, or its subscription is gone
        delivery.note(conversation=row.conversation_id or None)
        if row.subscription_state == "paused" and await self._runtime.store.write(
            lambda tx: _hold(tx, id, row.subscription_id)
        ):
            return
        if self._under_way[row.subscription_id] >= PLACES:
            busy = LONG_BUSY_SECONDS if row.failing_since is not None else BUSY_SECONDS
            raise Defer(busy * random.uniform(0.5, 1.5))  # noqa: S311 - spreads them
        self._under_way[row.subscription_id] += 1
        try:
            attempt = await self._try(row)
        finally:
            self._under_way[row.subscription_id] -= 1
        rest = await self._runtime.store.write(lambda tx: self._note(tx, row, attempt))
        if rest is not None or row.id != id:
            raise Defer(rest or 0.0)

    async def _try(self, row: Row[Any]) -> Attempt:
        started, at = time.perf_counter(), now()
        keys = [
            it["secret"] for it in self._runtime.subscriptions.opened(row.secrets) if _signs(it)
        ]
        body = row.body.encode()
        signed = {"content-type": "application/json", **headers(keys, row.id, int(at), body)}
        status, wait = None, 0.0
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status, answer, wait = await self._post(row.url, signed, body)
        except TimeoutError:
            answer = f"no answer within {TIMEOUT_SECONDS:.0f} seconds"
        except (AddressRefused, FileRefused) as error:
            answer = error.detail
        except (aiohttp.ClientError, OSError, ValueError) as error:
            answer = type(error).__name__  # its words may hold the address, and so a secret
        return Attempt(at, status, answer, int((time.perf_counter() - started) * 1000), wait)

    async def _post(self, url: str, signed: dict[str, str], body: bytes) -> tuple[int, str, float]:
        async with self._outward.session.post(
            self._outward.check(url), headers=signed, data=body, allow_redirects=False
        ) as response:
            said = " ".join((await _beginning(response)).decode("utf-8", "replace").split())
            after = response.headers.get("Retry-After", "")
            wait = float(after) if after.isascii() and after.isdecimal() and len(after) < 6 else 0.0
            return response.status, said[:MOST_ANSWER], min(wait, RESTS[-1])

    def _note(self, tx: Tx, row: Row[Any], attempt: Attempt) -> float | None:
        """Returns after how many seconds it is tried again; None: it is over."""
        tries = row.tries + 1
        told = {
            "at": attempt.at,
            "status": attempt.status,
            "answer": attempt.answer,
            "milliseconds": attempt.milliseconds,
        }
        values: dict[str, Any] = {
            "state": "waiting",
            "tries": tries,
            "status": attempt.status,
            "attempts": [*(row.attempts or []), told][-MOST_ATTEMPTS:],
        }
        if row.state == "held":  # it is asked for only now
            values["asked_at"] = attempt.at
        asked_at = values.get("asked_at", row.asked_at)
        over = attempt.taken or attempt.at - asked_at > PATIENCE_SECONDS
        if over:
            state = "delivered" if attempt.taken else "failed"
            values |= {"state": state, "settled_at": now()}
        mine = (EventDelivery.id == row.id) & EventDelivery.state.in_(_UNTOLD)
        tx.execute(update(EventDelivery).where(mine).values(**values))
        self._judge(tx, row, attempt)
        if over:
            return None
        return max(attempt.wait_seconds, RESTS[min(tries, len(RESTS)) - 1])

    def _judge(self, tx: Tx, row: Row[Any], attempt: Attempt) -> None:
        """What the try says of the subscriber, as it stands now: a person may have let it go on
        while it was asked."""
        mine = update(Subscription).where(Subscription.id == row.subscription_id)
        if attempt.taken:
            if row.failing_since is not None:
                tx.execute(mine.values(failing_since=None))
            return
        failing = select(Subscription.failing_since).where(Subscription.id == row.subscription_id)
        since = tx.scalar(failing) or attempt.at
        tx.execute(mine.where(Subscription.failing_since.is_(None)).values(failing_since=since))
        gone = attempt.status == _GONE
        if gone or attempt.at - since > PAUSE_SECONDS:
            because = "gone" if gone else "failing"
            log.warning("subscription.paused", subscription=row.subscription_id, because=because)
            active = mine.where(Subscription.state == "active")
            values = {"state": "paused", "paused_because": because, "updated_at": now()}
            if tx.execute(active.values(**values)).rowcount:
                paused = WebhookPaused(
                    subscription_id=row.subscription_id, name=row.name, because=because
                )
                tx.announce(paused)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """What it says at first. Whether it took the event is known from its status already."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await response.content.read(4000)
    except (TimeoutError, aiohttp.ClientError):
        return b""


def _next(tx: Tx, delivery_id: str) -> Row[Any] | None:
    """What is to be told by the job of this delivery: the oldest of its lane that is not told."""
    waits = (EventDelivery.id == delivery_id) & (EventDelivery.state == "waiting")
    own = tx.first(_DELIVERY.where(waits))
    if own is None:
        return None
    if not own.conversation_id:
        return tx.first(_TASK.where(EventDelivery.id == delivery_id))
    return tx.first(
        _TASK.where(
            EventDelivery.conversation_id == own.conversation_id,
            EventDelivery.subscription_id == own.subscription_id,
            EventDelivery.id <= delivery_id,
        )
    )


def _hold(tx: Tx, id: str, subscription_id: str) -> bool:
    """Keep it until the subscription goes on. False: it does again."""
    tx.lock(LOCK)
    if tx.scalar(select(Subscription.state).where(Subscription.id == subscription_id)) != "paused":
        return False
    mine = (EventDelivery.id == id) & (EventDelivery.state == "waiting")
    tx.execute(update(EventDelivery).where(mine).values(state="held"))
    return True


def _give_up(tx: Tx, delivery: Delivery, _cause: str) -> None:
    """Nobody can tell it as it is, so a person sees it among what failed, and may replay it."""
    id = EVENTS.body(delivery).delivery_id
    mine = (EventDelivery.id == id) & (EventDelivery.state == "waiting")
    tx.execute(update(EventDelivery).where(mine).values(state="failed", settled_at=now()))


def _signs(secret: dict[str, Any]) -> bool:
    return secret.get("until") is None or secret["until"] > now()


def events_consumer(runtime: Runtime) -> Consumer:
    work = EventWork(runtime, runtime.subscriptions.outward)
    return Consumer(EVENTS.spec, work.handle, _give_up)

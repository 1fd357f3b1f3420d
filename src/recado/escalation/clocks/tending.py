"""Who looks at clocks: whatever happens in a conversation, and the leader when one may be due."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row, select, tuple_

from recado.escalation.clocks.model import ServiceClock
from recado.escalation.clocks.running import settle_clocks
from recado.events import Event, EventBus, MessageQueued, OwnershipChanged
from recado.observability.metrics import Metrics
from recado.runtime import Runtime
from recado.store import Tx, now

#: How often the leader looks for clocks that may be due.
LOOK_SECONDS = 10.0
BATCH = 200
#: Other scheduled work waits no longer than this, however many are due.
MOST_SECONDS = 30.0

CHANGED = "service clocks brought up to date"


def follow_events(bus: EventBus, metrics: Metrics) -> None:
    """From now on, clocks stop, stand still and go on in the transactions in which people speak and
    conversations change hands. Nothing of that is on the way of a message to the assistant."""

    def count(tx: Tx, event: Event) -> None:
        if not isinstance(event, MessageQueued) or event.author == "agent":
            settle_clocks(tx, metrics, event.conversation_id, now())

    bus.keep((MessageQueued, OwnershipChanged), count)


async def tend_clocks(runtime: Runtime) -> dict[str, int]:
    """Look at every clock that may be due. Each conversation is a transaction of its own."""
    moment, until = runtime.clock(), time.monotonic() + MOST_SECONDS
    changed, after = 0, (0.0, "")
    while time.monotonic() < until:
        found = await runtime.store.read(partial(_due, moment=moment, after=after))
        for conversation_id in dict.fromkeys(it.conversation_id for it in found):
            changed += await runtime.store.write(
                partial(
                    settle_clocks,
                    metrics=runtime.metrics,
                    conversation_id=conversation_id,
                    moment=moment,
                )
            )
        if len(found) < BATCH:
            break
        after = found[-1].look_at, found[-1].id
    return {CHANGED: changed}


def _due(tx: Tx, moment: float, after: tuple[float, str]) -> Sequence[Row[Any]]:
    columns = ServiceClock.id, ServiceClock.conversation_id, ServiceClock.look_at
    due = ServiceClock.look_at.is_not(None), ServiceClock.look_at <= moment
    order = ServiceClock.look_at, ServiceClock.id
    later = tuple_(*order) > after
    return tx.all(select(*columns).where(*due, later).order_by(*order).limit(BATCH))

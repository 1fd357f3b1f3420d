"""The subscriptions of an installation: kept in the database, known in each process, and what each
event of a transaction becomes for them.

An event is written down for each of its subscribers in the transaction that it tells of: it is told
if that is durable, and only then. Without subscribers an event costs one look into a dict.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import insert, select

from recado.conversations.model import Conversation
from recado.events import CATALOGUE, DeadLettered, Event, EventBus, TurnEnded, TurnStarted, envelope
from recado.http.outward import Outward
from recado.jobs import EVENTS, EventJob
from recado.queue.port import NewJob
from recado.resilience.lasting import lasting
from recado.security.encryption import Cipher
from recado.store import Store, Tx, new_id, now
from recado.subscriptions.model import EventDelivery, Subscription

#: How long a change made by another process may stay unseen.
REFRESH_SECONDS = 2.0
#: What only pages want to hear, while it happens; and what nothing reports yet.
_UNTOLD = {TurnStarted, TurnEnded, DeadLettered}
#: The kinds of events that may be subscribed to, by name.
OFFERED: dict[str, type[Event]] = {
    str(it.__struct_config__.tag): it for it in CATALOGUE if it not in _UNTOLD
}


@dataclass(frozen=True, slots=True)
class Known:
    """A subscription as an event needs it. `events`, `lines` None: all."""

    id: str
    events: frozenset[str] | None
    lines: frozenset[str] | None

    def wants(self, kind: str) -> bool:
        return self.events is None or kind in self.events


class Subscriptions:
    """As this process last read them. `source_service` is what events say they come from."""

    def __init__(
        self, store: Store, cipher: Cipher, bus: EventBus, outward: Outward, *, source_service: str
    ) -> None:
        #: How subscribers are reached.
        self.outward = outward
        self._store = store
        self._cipher = cipher
        self._bus = bus
        self._source = source_service
        self._wanting: Mapping[str, Sequence[Known]] = {}
        self._refreshing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.refresh()
        self._refreshing = lasting("subscriptions", self._keep_fresh)

    async def refresh(self) -> None:
        """See changes at once: for whoever changes a subscription in this process."""
        known = await self._store.read(_known)
        wanting = {kind: [it for it in known if it.wants(kind)] for kind in OFFERED}
        self._wanting = {kind: found for kind, found in wanting.items() if found}
        self._bus.keep({OFFERED[kind] for kind in self._wanting}, self._write_down)

    def sealed(self, secrets: list[dict[str, Any]]) -> str:
        return self._cipher.encrypt(msgspec.json.encode(secrets).decode())

    def opened(self, sealed: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = msgspec.json.decode(self._cipher.decrypt(sealed))
        return found

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        await self.outward.close()

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            await self.refresh()

    def _write_down(self, tx: Tx, event: Event) -> None:
        kind = str(event.__struct_config__.tag)
        wanting = self._wanting.get(kind, ())
        if any(it.lines is not None for it in wanting):
            line_id = _line_of(tx, event)
            wanting = [it for it in wanting if it.lines is None or line_id in it.lines]
        data = msgspec.to_builtins(event)
        del data["event_type"]
        for it in wanting:
            row = delivery_row(it.id, kind, event.conversation_id, data, self._source)
            tx.execute(insert(EventDelivery), row)
            tx.publish(job_of(row["id"], it.id, event.conversation_id))


def delivery_row(
    subscription_id: str, kind: str, conversation_id: str, data: dict[str, Any], source: str
) -> dict[str, Any]:
    """The columns of an event that is to be delivered; `data` is what it tells."""
    moment = now()
    body = {"type": kind, **envelope(kind, data, source_service=source, at=moment)}
    return {
        "id": new_id(),
        "subscription_id": subscription_id,
        "event_type": kind,
        "conversation_id": conversation_id,
        "body": msgspec.json.encode(body).decode(),
        "state": "waiting",
        "tries": 0,
        "status": None,
        "attempts": [],
        "created_at": moment,
        "asked_at": moment,
        "settled_at": None,
    }


def job_of(delivery_id: str, subscription_id: str, conversation_id: str) -> NewJob:
    """A job that delivers one more of those that wait in its lane: a conversation's, in order."""
    lane = f"{subscription_id}/{conversation_id}" if conversation_id else delivery_id
    return EVENTS.job(lane, EventJob(delivery_id))


def _known(tx: Tx) -> list[Known]:
    columns = (Subscription.id, Subscription.events, Subscription.lines)
    return [Known(row.id, _set(row.events), _set(row.lines)) for row in tx.all(select(*columns))]


def _set(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _line_of(tx: Tx, event: Event) -> str | None:
    """None: the event is of no conversation, and so of no line."""
    if not event.conversation_id:
        return None
    found = select(Conversation.line_id).where(Conversation.id == event.conversation_id)
    line_id: str | None = tx.scalar(found)
    return line_id

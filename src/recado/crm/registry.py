"""The CRMs of an installation: known in each process, and what each event becomes for them.

As with subscriptions, an event is written down for each CRM in the transaction that it tells of;
without one, an event costs one look into a dict. No message waits for a CRM.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import insert, select

from recado.conversations.model import Conversation
from recado.crm.hubspot import HubSpot
from recado.crm.model import CrmConnection, CrmSync
from recado.crm.port import Caller, Crm
from recado.crm.rest import Rest
from recado.events import (
    EscalationTriggered,
    Event,
    EventBus,
    IntentCompleted,
    OwnershipChanged,
    RatingGiven,
)
from recado.http.outward import Outward
from recado.jobs import CRM, CrmJob
from recado.queue.port import NewJob
from recado.resilience.lasting import lasting
from recado.security.encryption import Cipher
from recado.store import Store, Tx, new_id, now

REFRESH_SECONDS = 2.0
#: What a CRM may be told of, by name. Of changes of ownership, only resolutions.
OFFERED: dict[str, type[Event]] = {
    str(it.__struct_config__.tag): it
    for it in (EscalationTriggered, OwnershipChanged, RatingGiven, IntentCompleted)
}
ADAPTERS: dict[str, Callable[[Caller, dict[str, Any], dict[str, Any]], Crm]] = {
    "hubspot": HubSpot,
    "rest": Rest,
}


@dataclass(frozen=True, slots=True)
class Known:
    """A connection as events and jobs need it."""

    id: str
    kind: str
    settings: dict[str, Any]
    secrets: str
    events: frozenset[str] | None
    state: str
    updated_at: float

    def wants(self, kind: str) -> bool:
        return self.state == "active" and (self.events is None or kind in self.events)


class Crms:
    """As this process last read them."""

    def __init__(self, store: Store, cipher: Cipher, bus: EventBus, outward: Outward) -> None:
        self.outward = outward
        self._store = store
        self._cipher = cipher
        self._bus = bus
        self._known: dict[str, Known] = {}
        #: One adapter a connection, for as long as it stays as it is: tokens are kept in it.
        self._opened: dict[str, tuple[float, Crm]] = {}
        self._refreshing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.refresh()
        self._refreshing = lasting("crms", self._keep_fresh)

    async def refresh(self) -> None:
        """See changes at once: for whoever changes a connection in this process."""
        known = await self._store.read(_known)
        self._known = {it.id: it for it in known}
        wanted = {name for name in OFFERED if any(it.wants(name) for it in known)}
        self._bus.keep({OFFERED[name] for name in wanted}, self._write_down)

    def sealed(self, secrets: dict[str, Any]) -> str:
        return self._cipher.encrypt(msgspec.json.encode(secrets).decode())

    def opened(self, sealed: str) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self._cipher.decrypt(sealed))
        return found

    def adapter(self, id: str) -> Crm | None:
        """None: there is no such connection, or it is paused."""
        known = self._known.get(id)
        if known is None or known.state != "active":
            return None
        opened = self._opened.get(id)
        if opened is None or opened[0] != known.updated_at:
            secrets = self.opened(known.secrets)
            adapter = ADAPTERS[known.kind](Caller(self.outward), known.settings, secrets)
            opened = self._opened[id] = (known.updated_at, adapter)
        return opened[1]

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
        if isinstance(event, OwnershipChanged) and event.state != "resolved":
            return
        kind = str(event.__struct_config__.tag)
        wanting = [it for it in self._known.values() if it.wants(kind)]
        contact_id = tx.scalar(
            select(Conversation.contact_id).where(Conversation.id == event.conversation_id)
        )
        if contact_id is None:
            return
        data = msgspec.to_builtins(event)
        for it in wanting:
            row = sync_row(it.id, str(contact_id), event.conversation_id, kind, data)
            tx.execute(insert(CrmSync), row)
            tx.publish(job_of(row["id"], it.id, str(contact_id)))


def sync_row(
    connection_id: str, contact_id: str, conversation_id: str, kind: str, data: dict[str, Any]
) -> dict[str, Any]:
    moment = now()
    return {
        "id": new_id(),
        "connection_id": connection_id,
        "contact_id": contact_id,
        "conversation_id": conversation_id,
        "event_type": kind,
        "body": msgspec.json.encode(data).decode(),
        "state": "waiting",
        "tries": 0,
        "attempts": [],
        "remote_id": "",
        "begun_at": None,
        "asked_at": moment,
        "settled_at": None,
        "created_at": moment,
    }


def job_of(sync_id: str, connection_id: str, contact_id: str) -> NewJob:
    """A contact's events go to a CRM one after the other: two at once would make two of them."""
    return CRM.job(f"{connection_id}/{contact_id}", CrmJob(sync_id))


def _known(tx: Tx) -> list[Known]:
    return [
        Known(
            row.id,
            row.kind,
            row.settings or {},
            row.secrets,
            None if row.events is None else frozenset(row.events),
            row.state,
            row.updated_at,
        )
        for row in tx.all(select(CrmConnection.__table__))
    ]

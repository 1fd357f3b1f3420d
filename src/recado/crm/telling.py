"""One event, told to one CRM: the contact first, then what happened beside it.

Tried again after longer and longer rests for a day; then it has failed, and waits for a person's
replay. A try is written down before it is made: when its end is unknown (a process died), the
next one looks in the CRM first.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, delete, select, update

from recado.conversations.contacts import recipient_of
from recado.conversations.model import Contact
from recado.crm.model import CrmConnection, CrmLink, CrmSync
from recado.crm.port import Activity, Crm, CrmFailed, CrmRefused, Person, Remote
from recado.jobs import CRM
from recado.queue.port import Delivery
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.store import Tx, new_id, now

#: How long after it was asked for it is tried: then it waits for a person's replay.
PATIENCE_SECONDS = 24 * 3600.0
#: The rests between tries; the last one goes on. The first is longer than searches lag behind.
RESTS = (15, 60, 300, 900, 1800, 3600)
PAUSED_SECONDS = 60.0
MOST_ATTEMPTS = 20


class CrmWork:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def handle(self, delivery: Delivery) -> None:
        id = CRM.body(delivery).sync_id
        found = await self._runtime.store.write(lambda tx: self._begin(tx, id))
        if found is None:
            return  # told already, or its contact or its CRM is gone
        row, person, known = found
        delivery.note(conversation=row.conversation_id)
        failure: CrmFailed | CrmRefused
        crm = self._runtime.crms.adapter(row.connection_id)
        if crm is None:
            raise Defer(PAUSED_SECONDS)  # until it goes on, or is removed with its rows
        try:
            await self._tell(crm, row, person, known)
        except (CrmFailed, CrmRefused) as error:
            failure = error
        else:
            return
        rest = await self._runtime.store.write(lambda tx: _note_failure(tx, row, failure))
        if rest is not None:
            raise Defer(rest) from failure

    async def _tell(self, crm: Crm, row: Row[Any], person: Person, known: str) -> None:
        store = self._runtime.store
        remote = await crm.contact(person, known)
        await store.write(lambda tx: _keep_link(tx, row, remote))
        activity = activity_of(row, person)
        note = await crm.activity(remote, activity, again=row.begun_at is not None)
        await store.write(lambda tx: _note_done(tx, row, note))

    def _begin(self, tx: Tx, id: str) -> tuple[Row[Any], Person, str] | None:
        waiting = (CrmSync.id == id, CrmSync.state == "waiting")
        row = tx.first(select(CrmSync.__table__).where(*waiting).with_for_update())
        if row is None:
            return None
        its_state = select(CrmConnection.state).where(CrmConnection.id == row.connection_id)
        state = tx.scalar(its_state)
        if state is None:  # removed while this was written
            tx.execute(delete(CrmSync).where(CrmSync.connection_id == row.connection_id))
            return None
        contact = tx.first(select(Contact.__table__).where(Contact.id == row.contact_id))
        if contact is None:
            return None
        if state == "active":
            tx.execute(update(CrmSync).where(*waiting).values(begun_at=row.begun_at or now()))
        known = select(CrmLink.remote_id).where(*_link_of(row))
        url = self._runtime.settings.public_url.rstrip("/")
        person = Person(
            id=contact.id,
            name=contact.name,
            phone=recipient_of(tx, contact.id).of("phone") or "",
            language=contact.language,
            url=f"{url}/conversations/{row.conversation_id}" if url else "",
        )
        return row, person, str(tx.scalar(known) or "")


def activity_of(row: Row[Any], person: Person) -> Activity:
    """What happened, in words for whoever reads it in the CRM."""
    data: dict[str, Any] = msgspec.json.decode(row.body)
    said = {
        "escalation_triggered": _handed_over,
        "rating_given": _rated,
        "intent_completed": _completed,
    }.get(row.event_type, _resolved)(data)
    text = "\n".join(filter(None, (said, person.url)))
    return Activity(row.id, row.event_type, row.created_at, text, data)


def _handed_over(data: dict[str, Any]) -> str:
    why = ", ".join(map(str, data.get("escalation_reason") or ()))
    return f"Handed over to the team: {why}\n{data.get('context_summary') or ''}".strip()


def _rated(data: dict[str, Any]) -> str:
    return f"Rated {data.get('score')} of 5. {data.get('comment') or ''}".strip()


def _completed(data: dict[str, Any]) -> str:
    values = data.get("values") or {}
    told = "\n".join(f"{name}: {value}" for name, value in values.items())
    return f"Completed: {data.get('intent')}\n{told}".strip()


def _resolved(_data: dict[str, Any]) -> str:
    return "The conversation was resolved."


def _link_of(row: Row[Any]) -> tuple[Any, ...]:
    return CrmLink.connection_id == row.connection_id, CrmLink.contact_id == row.contact_id


def _keep_link(tx: Tx, row: Row[Any], remote: Remote) -> None:
    if tx.scalar(select(Contact.id).where(Contact.id == row.contact_id)) is None:
        return  # erased meanwhile: nothing of theirs is written down any more
    values = {"remote_id": remote.id, "url": remote.url}
    known = values if remote.url else {"remote_id": remote.id}  # not every answer tells where it is
    if tx.execute(update(CrmLink).where(*_link_of(row)).values(known)).rowcount:
        return
    about = {"connection_id": row.connection_id, "contact_id": row.contact_id}
    new = {"id": new_id(), "created_at": now(), **about, **values}
    tx.execute(tx.insert(CrmLink).on_conflict_do_nothing(), new)


def _note_done(tx: Tx, row: Row[Any], remote_id: str) -> None:
    done = {"state": "sent", "remote_id": remote_id, "settled_at": now(), "tries": row.tries + 1}
    tx.execute(update(CrmSync).where(CrmSync.id == row.id).values(done))


def _note_failure(tx: Tx, row: Row[Any], error: CrmFailed | CrmRefused) -> float | None:
    """Returns after how many seconds it is tried again; None: it is over."""
    moment, tries = now(), row.tries + 1
    told = {"at": moment, "answer": error.detail}
    values = {"tries": tries, "attempts": [*(row.attempts or []), told][-MOST_ATTEMPTS:]}
    over = isinstance(error, CrmRefused) or moment - row.asked_at > PATIENCE_SECONDS
    if over:
        values |= {"state": "failed", "settled_at": moment}
    waiting = (CrmSync.id == row.id, CrmSync.state == "waiting")
    tx.execute(update(CrmSync).where(*waiting).values(values))
    if over:
        return None
    asked = error.wait_seconds if isinstance(error, CrmFailed) else 0.0
    return max(asked, RESTS[min(tries, len(RESTS)) - 1])


def _give_up(tx: Tx, delivery: Delivery, cause: str) -> None:
    """Nobody can tell it as it is, so a person sees it among what failed, and may replay it."""
    waiting = (CrmSync.id == CRM.body(delivery).sync_id, CrmSync.state == "waiting")
    told = [{"at": now(), "answer": cause[:500]}]
    values = {"state": "failed", "settled_at": now(), "attempts": told}
    tx.execute(update(CrmSync).where(*waiting).values(values))


def crm_consumer(runtime: Runtime) -> Consumer:
    return Consumer(CRM.spec, CrmWork(runtime).handle, _give_up)

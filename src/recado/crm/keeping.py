"""CRM connections as they are made, changed and shown, and the log of what each was told."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from recado.crm.model import CrmConnection, CrmLink, CrmSync
from recado.crm.registry import ADAPTERS, OFFERED, job_of
from recado.crm.rest import check_mapping
from recado.errors import NotFound, Unprocessable
from recado.store import Tx, new_id, now
from recado.store.keeping import Keeping, OfContact, OfConversation, after_days
from recado.store.paging import Page, newest_page

LOCK = "crm"
KEPT_DAYS = 30
_BATCH = 500
SECRETS = {"hubspot": ("token",), "rest": ("key", "client_id", "client_secret")}


class CrmConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is hubspot or rest; `events` null: all that are offered; `state` active or paused."""

    id: str
    name: str
    kind: str
    settings: dict[str, Any]
    events: list[str] | None
    state: str
    created_at: float
    updated_at: float


class CrmSyncView(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: waiting, sent, failed. `remote_id` is the activity's id in the CRM; `attempts` are
    the last tries that failed, oldest first."""

    id: str
    connection_id: str
    contact_id: str
    conversation_id: str
    event_type: str
    body: str
    state: str
    tries: int
    attempts: list[dict[str, Any]]
    remote_id: str
    created_at: float
    settled_at: float | None


class CrmLinkView(msgspec.Struct, frozen=True, kw_only=True):
    """Who a contact is in a CRM; `url` is "" where it cannot be told."""

    connection_id: str
    name: str
    remote_id: str
    url: str


_SHOWN = [CrmConnection.__table__.c[it] for it in CrmConnectionView.__struct_fields__]
_TOLD = [CrmSync.__table__.c[it] for it in CrmSyncView.__struct_fields__]


def list_connections(tx: Tx) -> list[CrmConnectionView]:
    return [_view(row) for row in tx.all(select(*_SHOWN).order_by(CrmConnection.name))]


def get_connection(tx: Tx, id: str) -> CrmConnectionView:
    """Raises NotFound."""
    row = tx.first(select(*_SHOWN).where(CrmConnection.id == id))
    if row is None:
        raise NotFound(f"There is no CRM {id!r}.")
    return _view(row)


def secrets_of(tx: Tx, id: str) -> str:
    """As they are stored."""
    return str(tx.scalar(select(CrmConnection.secrets).where(CrmConnection.id == id)) or "")


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The columns that a person gives. Raises Unprocessable."""
    kind, settings, events = given["kind"], given.get("settings") or {}, given.get("events")
    if kind not in ADAPTERS:
        raise Unprocessable(f"There is no CRM of kind {kind[:40]!r}; there are hubspot and rest.")
    if kind == "rest":
        check_mapping(settings)
    if unknown := [it for it in events or () if it not in OFFERED]:
        raise Unprocessable(f"There is no event {unknown[0][:80]!r}: {', '.join(OFFERED)}.")
    return {
        "name": str(given.get("name") or "").strip()[:80] or kind,
        "kind": kind,
        "settings": settings,
        "events": None if events is None else sorted(set(events)),
        "state": given.get("state") or "active",
    }


def check_secrets(kind: str, given: dict[str, str]) -> None:
    """Raises Unprocessable."""
    if kind == "hubspot" and not given.get("token"):
        raise Unprocessable("HubSpot needs the token of a private app.")


def add_connection(tx: Tx, values: dict[str, Any], sealed: str) -> CrmConnectionView:
    moment = now()
    row = {**values, "id": new_id(), "secrets": sealed, "created_at": moment, "updated_at": moment}
    tx.execute(insert(CrmConnection), row)
    return get_connection(tx, row["id"])


def change_connection(
    tx: Tx, id: str, values: dict[str, Any], sealed: str | None
) -> CrmConnectionView:
    """The secrets stay where `sealed` is None. What waited while it was paused is asked for only
    now: it has all its time to be told."""
    paused = (CrmConnection.id == id, CrmConnection.state == "paused")
    if values.get("state") == "active" and tx.scalar(select(CrmConnection.id).where(*paused)):
        waits = (CrmSync.connection_id == id, CrmSync.state == "waiting")
        tx.execute(update(CrmSync).where(*waits).values(asked_at=now()))
    new = values | {"updated_at": now()} | ({} if sealed is None else {"secrets": sealed})
    tx.execute(update(CrmConnection).where(CrmConnection.id == id).values(new))
    return get_connection(tx, id)


def remove_connection(tx: Tx, id: str) -> CrmConnectionView:
    """With its log and its links. Raises NotFound."""
    view = get_connection(tx, id)
    for table in (CrmSync, CrmLink):
        tx.execute(delete(table).where(table.connection_id == id))
    tx.execute(delete(CrmConnection).where(CrmConnection.id == id))
    return view


def list_syncs(
    tx: Tx, connection_id: str, *, state: str = "", limit: int, cursor: str | None
) -> Page[CrmSyncView]:
    """The newest first. Raises BadRequest, NotFound."""
    get_connection(tx, connection_id)
    return newest_page(
        tx,
        select(*_TOLD),
        CrmSync.id,
        ("crm", connection_id, state),
        equal=[(CrmSync.connection_id, connection_id), (CrmSync.state, state)],
        limit=limit,
        cursor=cursor,
        view=_sync,
    )


def replay(tx: Tx, connection_id: str, sync_id: str = "", *, before: float) -> int:
    """Tell it once more, or the oldest of all that had failed by `before`; returns how many. What
    is there already is found there first. Raises NotFound."""
    get_connection(tx, connection_id)
    which = select(CrmSync.id, CrmSync.contact_id).where(CrmSync.connection_id == connection_id)
    if sync_id:
        which = which.where(CrmSync.id == sync_id, CrmSync.state != "waiting")
    else:
        failed = (CrmSync.state == "failed", CrmSync.settled_at <= before)
        which = which.where(*failed).order_by(CrmSync.id).limit(_BATCH)
    rows = tx.all(which)
    if sync_id and not rows:
        raise NotFound(f"There is nothing settled with the id {sync_id[:64]!r}.")
    again = update(CrmSync).where(CrmSync.id.in_([row.id for row in rows]))
    tx.execute(again.values(state="waiting", tries=0, asked_at=now(), settled_at=None))
    tx.publish(*(job_of(row.id, connection_id, row.contact_id) for row in rows))
    return len(rows)


def links_of(tx: Tx, contact_id: str) -> list[CrmLinkView]:
    """Who the contact is in each CRM."""
    found = (
        select(CrmLink.connection_id, CrmConnection.name, CrmLink.remote_id, CrmLink.url)
        .join(CrmConnection, CrmConnection.id == CrmLink.connection_id)
        .where(CrmLink.contact_id == contact_id)
        .order_by(CrmConnection.name)
    )
    return [CrmLinkView(**row._mapping) for row in tx.all(found)]


def _view(row: Row[Any]) -> CrmConnectionView:
    return CrmConnectionView(**row._mapping)


def _sync(row: Row[Any]) -> CrmSyncView:
    return CrmSyncView(**{**row._mapping, "attempts": row.attempts or []})


KEEPING = Keeping(
    of_conversation=(
        # They say what came of it, so they stay no longer than it.
        OfConversation("crm_syncs", CrmSync, "old entries of CRMs' logs removed"),
    ),
    of_contact=(OfContact("crm_links", CrmLink),),
    past_time={
        f"what CRMs were told removed after {KEPT_DAYS} days": after_days(CrmSync.id, KEPT_DAYS)
    },
)

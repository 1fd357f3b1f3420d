"""Which CRMs there are, what each is told, and who a contact is there."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds


class CrmConnection(Base):
    """`kind` is hubspot or rest (port.py); `secrets` is encrypted JSON; `events` None: all that are
    offered. `state`: active · paused."""

    __tablename__ = "crm_connection"

    id: Mapped[PrimaryId]
    name: Mapped[str]
    kind: Mapped[str]
    settings: Mapped[Json]
    secrets: Mapped[LongText]
    events: Mapped[Json]
    state: Mapped[str]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]


class CrmSync(Base):
    """One event for one CRM. `state`: waiting · sent · failed. `begun_at`: it may be there already,
    since a try that nobody knows the end of: it is looked for first. `attempts` are the last tries,
    oldest first: {"at", "answer"}."""

    __tablename__ = "crm_sync"
    __table_args__ = (
        Index(None, "connection_id", "state", "id"),
        Index(None, "contact_id"),
        Index(None, "conversation_id"),
    )

    id: Mapped[PrimaryId]
    connection_id: Mapped[Id]
    contact_id: Mapped[Id]
    conversation_id: Mapped[Id]
    event_type: Mapped[str]
    body: Mapped[LongText]
    state: Mapped[str]
    tries: Mapped[int]
    attempts: Mapped[Json]
    remote_id: Mapped[str]
    begun_at: Mapped[Seconds | None]
    asked_at: Mapped[Seconds]
    settled_at: Mapped[Seconds | None]
    created_at: Mapped[Seconds]


class CrmLink(Base):
    """Who a contact is in a CRM, and where a person sees them there."""

    __tablename__ = "crm_link"
    __table_args__ = (UniqueConstraint("connection_id", "contact_id"), Index(None, "contact_id"))

    id: Mapped[PrimaryId]
    connection_id: Mapped[Id]
    contact_id: Mapped[Id]
    remote_id: Mapped[str]
    url: Mapped[str]
    created_at: Mapped[Seconds]

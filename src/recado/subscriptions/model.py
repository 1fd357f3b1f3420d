"""Who wants to hear of events, and what each was told."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds


class Subscription(Base):
    """`secrets` is encrypted: a JSON list of {"secret", "until"}, the newest first, the others for
    as long as they still sign. `events` and `lines` None: all. `state`: active · paused (by us, or
    by a person: `paused_because`). `failing_since` is when the first of the failures in a row was,
    None while it answers."""

    __tablename__ = "subscription"

    id: Mapped[PrimaryId]
    name: Mapped[str]
    url: Mapped[str]
    secrets: Mapped[LongText]
    events: Mapped[Json]
    lines: Mapped[Json]
    state: Mapped[str]
    paused_because: Mapped[str]
    failing_since: Mapped[Seconds | None]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]


class EventDelivery(Base):
    """One event for one subscription; its id is the `webhook-id`, the same at every try. `state`:
    waiting · held (the subscription is paused) · delivered · failed. `attempts` are the last tries,
    oldest first: {"at", "status", "answer", "milliseconds"}."""

    __tablename__ = "event_delivery"
    __table_args__ = (
        Index(None, "subscription_id", "id"),
        Index(None, "conversation_id", "subscription_id", "state", "id"),
        Index(None, "subscription_id", "state", "id"),
    )

    id: Mapped[PrimaryId]
    subscription_id: Mapped[Id]
    event_type: Mapped[str]
    conversation_id: Mapped[str]
    body: Mapped[LongText]
    state: Mapped[str]
    tries: Mapped[int]
    status: Mapped[int | None]
    attempts: Mapped[Json]
    created_at: Mapped[Seconds]
    #: When it was last asked to be delivered: the first time, or a replay.
    asked_at: Mapped[Seconds]
    settled_at: Mapped[Seconds | None]

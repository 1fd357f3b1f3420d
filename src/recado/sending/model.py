"""Statuses that came before we knew the message they speak of."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, Json, PrimaryId, Seconds


class EarlyStatus(Base):
    """Applied, and removed, when the message's provider id is recorded."""

    __tablename__ = "early_status"
    __table_args__ = (Index(None, "line_id", "provider_message_id"),)

    id: Mapped[PrimaryId]
    line_id: Mapped[Id]
    provider_message_id: Mapped[str]
    status: Mapped[Json]
    created_at: Mapped[Seconds]

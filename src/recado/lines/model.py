"""Lines: the business's addresses on channels, and the log of what their vendors report."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds


class LineRow(Base):
    """`credentials` is encrypted JSON (security/encryption.py); "" for lines from the settings.

    `state` is what the vendor last told about it (number, quality, limits, connection).
    `last_webhook_at` is when something came for it, to the minute; `last_refusal` the newest
    webhook of its channel that was refused: {"at", "reason"}.
    """

    __tablename__ = "line"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[PrimaryId]
    channel: Mapped[str]
    address: Mapped[str]
    name: Mapped[str]
    display: Mapped[str]
    credentials: Mapped[LongText]
    settings: Mapped[Json]
    character_id: Mapped[Id | None]
    enabled: Mapped[bool]
    created_at: Mapped[Seconds]
    state: Mapped[Json]
    last_webhook_at: Mapped[Seconds | None]
    last_refusal: Mapped[Json]


class LineEvent(Base):
    """Webhook items that are no message and no status: account alerts, template changes …"""

    __tablename__ = "line_event"
    __table_args__ = (Index(None, "channel", "line_address", "name"),)

    id: Mapped[PrimaryId]
    channel: Mapped[str]
    line_address: Mapped[str]
    name: Mapped[str]
    raw: Mapped[Json]
    created_at: Mapped[Seconds]

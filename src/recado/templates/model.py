"""The vendor's message templates, as last synchronised."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, Json, PrimaryId, Seconds


class Template(Base):
    """A template of a line's account, in one language (channels/port.py, `TemplateInfo`)."""

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("line_id", "name", "language"),)

    id: Mapped[PrimaryId]
    line_id: Mapped[Id]
    provider_id: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    category: Mapped[str]
    status: Mapped[str]
    components: Mapped[Json]
    quality: Mapped[str]
    reason: Mapped[str]
    synced_at: Mapped[Seconds]

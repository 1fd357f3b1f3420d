"""The questions that nothing known answered."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, LongText, PrimaryId, Seconds


class UnansweredQuestion(Base):
    """One question of one contact, as it was asked.

    `state`: open · answered (by the source `source_id`) · dismissed. `group_id` is that of all that
    ask the same; null until it was compared with the others (grouping.py).
    """

    __tablename__ = "unanswered_question"
    __table_args__ = (
        Index(None, "conversation_id"),
        Index(None, "group_id", "id"),
        Index(None, "state", "id"),
    )

    id: Mapped[PrimaryId]
    group_id: Mapped[Id | None]
    conversation_id: Mapped[Id]
    turn_id: Mapped[Id | None]
    text: Mapped[LongText]
    language: Mapped[str]
    state: Mapped[str]
    source_id: Mapped[Id | None]
    asked_at: Mapped[Seconds]

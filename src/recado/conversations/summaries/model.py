"""A conversation's summary."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, LongText, PrimaryId, Seconds


class ConversationSummary(Base):
    """One a conversation: `text` speaks for its messages up to the position `covers_to`. `model`
    wrote the last piece ("embedded": taken from the words themselves); `extended` counts how often
    it was extended, for whoever writes the next piece to see that nobody else has."""

    __tablename__ = "conversation_summary"

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id] = mapped_column(unique=True)
    text: Mapped[LongText]
    covers_to: Mapped[int]
    language: Mapped[str]
    model: Mapped[str]
    extended: Mapped[int]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]

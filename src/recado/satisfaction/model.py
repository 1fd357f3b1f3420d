"""What a contact was asked about a resolved matter, and what they said."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, LongText, PrimaryId, Seconds

#: What waits for something of the contact's.
AWAITED = ("asked", "commenting")


class Rating(Base):
    """`state`: planned (asked for at `due_at`, if nothing comes between) · asked · commenting (the
    score is there, and what could be better was asked) · done · lapsed (the contact went on to
    something else). `ownership` is the conversation's at the resolution, `covers_to` the position
    up to which its matter goes. `user_id` is the person who held it, None: the assistant did."""

    __tablename__ = "rating"
    __table_args__ = (
        Index(None, "conversation_id", "state"),
        Index(None, "asked_at"),
    )

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    escalation_id: Mapped[Id | None]
    message_id: Mapped[Id | None]
    line_id: Mapped[Id]
    channel: Mapped[str]
    department: Mapped[str]
    user_id: Mapped[Id | None]
    character_id: Mapped[Id | None]
    state: Mapped[str]
    ownership: Mapped[int]
    covers_to: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[int | None]
    comment: Mapped[LongText]
    due_at: Mapped[Seconds]
    asked_at: Mapped[Seconds | None]
    answered_at: Mapped[Seconds | None]
    expires_at: Mapped[Seconds | None]
    created_at: Mapped[Seconds]

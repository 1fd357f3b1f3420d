"""Structured talks: how far each is, and what was filled."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, Json, PrimaryId, Seconds


class Talk(Base):
    """One talk about an intent, from the message at `position` on.

    `state`: asking · confirming · changing (all three wait for the contact) · completed · left ·
    handed_over. One that waits is over, too, when its time (`expires_at`) is, or when the
    conversation has had another owner since (`ownership` is the conversation's count of them).
    `values` are by slot (slots/definition.py), `told` the same in words, by the slots' titles;
    `engine` leads it and keeps its own in `engine_state`.
    """

    __tablename__ = "talk"
    __table_args__ = (Index(None, "conversation_id", "created_at"),)

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    turn_id: Mapped[str]
    character_id: Mapped[str]
    character_version: Mapped[int]
    intent: Mapped[str]
    title: Mapped[str]
    language: Mapped[str]
    state: Mapped[str]
    asking: Mapped[str]
    values: Mapped[Json]
    told: Mapped[Json]
    skipped: Mapped[Json]
    tries: Mapped[int]
    engine: Mapped[str]
    engine_state: Mapped[Json]
    position: Mapped[int]
    last_position: Mapped[int]
    ownership: Mapped[int]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]
    expires_at: Mapped[Seconds]

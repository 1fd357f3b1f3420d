"""Hand-overs from the assistant to the team."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds


class Escalation(Base):
    """`state`: open (nobody has it) · taken · closed. `due_at` is when a person is promised. `told`
    is what of the `summary` stands in no summary of the conversation: data, orders, last words.
    `waiting_since` is when it began to wait for its department, each time anew; `timed_out_at` when
    nobody had come within the limit of that. `asked_role` supervisor: only they are given it."""

    __tablename__ = "escalation"
    __table_args__ = (Index(None, "conversation_id"), Index(None, "state", "due_at"))

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    turn_id: Mapped[Id | None]
    score: Mapped[int]
    reasons: Mapped[Json]
    priority: Mapped[str]
    department: Mapped[str]
    summary: Mapped[LongText]
    told: Mapped[LongText] = mapped_column(server_default="")
    language: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[Seconds]
    taken_by: Mapped[Id | None]
    taken_at: Mapped[Seconds | None]
    closed_at: Mapped[Seconds | None]
    created_at: Mapped[Seconds]
    waiting_since: Mapped[Seconds | None]
    timed_out_at: Mapped[Seconds | None]
    asked_role: Mapped[str] = mapped_column(server_default="")

"""The tools of an installation. Their calls are `tool_call` (assistant/model.py)."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Json, LongText, PrimaryId, Seconds


class Tool(Base):
    """One tool (definition.py). `secret` is encrypted; `characters` null means all of them."""

    __tablename__ = "tool"

    id: Mapped[PrimaryId]
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[LongText]
    kind: Mapped[str]
    effect: Mapped[str]
    confirms: Mapped[bool]
    honours_keys: Mapped[bool]
    timeout_seconds: Mapped[Seconds]
    parameters: Mapped[Json]
    config: Mapped[Json]
    examples: Mapped[Json]
    confirmations: Mapped[Json]
    answers: Mapped[Json]
    characters: Mapped[Json]
    enabled: Mapped[bool]
    secret: Mapped[LongText]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]

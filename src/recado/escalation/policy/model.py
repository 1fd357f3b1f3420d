"""The versions of the escalation policy."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Json, LongText, PrimaryId, Seconds


class EscalationPolicyVersion(Base):
    """What the policy was, is or is to be: `state` retired · published · draft.

    `content` is a PolicyContent (rules.py). A published version never changes, so what is made of
    one is kept by its `number`; a draft is the only one that changes, and its number is the last.
    `author` is who wrote or published it, as in the audit log; `restored_from` the earlier version
    that it is again; `trial` what the draft would have changed (trials.py).
    """

    __tablename__ = "escalation_policy"

    id: Mapped[PrimaryId]
    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[str]
    content: Mapped[Json]
    note: Mapped[LongText]
    author: Mapped[str]
    restored_from: Mapped[int | None]
    trial: Mapped[Json | None]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]

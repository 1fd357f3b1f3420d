"""Who does the scheduled work, and when each part was last done."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Json, Seconds


class LeaseRow(Base):
    """Something that one process at a time has, until `held_until` unless it renews it."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    held_until: Mapped[Seconds]


class ScheduledTask(Base):
    """`ran_at` is when it last began; `outcome` what came of it: counts, or {"error": …}."""

    __tablename__ = "scheduled_task"

    name: Mapped[str] = mapped_column(primary_key=True)
    ran_at: Mapped[Seconds]
    outcome: Mapped[Json]

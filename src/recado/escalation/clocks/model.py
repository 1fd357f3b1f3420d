"""What is promised, and the clocks that run for it."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, Json, PrimaryId, Seconds


class ServiceLevel(Base):
    """What is promised to hand-overs of a department and a priority ("": of all).
    `resolution_seconds` None: nothing. `warn_percent`: so much of a target, and it is warned."""

    __tablename__ = "service_level"

    department: Mapped[str] = mapped_column(primary_key=True)
    priority: Mapped[str] = mapped_column(primary_key=True)
    first_reply_seconds: Mapped[Seconds]
    resolution_seconds: Mapped[Seconds | None]
    warn_percent: Mapped[int]
    updated_at: Mapped[Seconds]


class ServiceCalendar(Base):
    """When the business works, for departments without hours of their own: one row, `business`.
    `region`: whose public holidays are free, for all departments."""

    __tablename__ = "service_calendar"

    name: Mapped[str] = mapped_column(primary_key=True)
    hours: Mapped[Json]
    time_zone: Mapped[str]
    holidays: Mapped[Json]
    region: Mapped[str]
    updated_at: Mapped[Seconds]


class ServiceClock(Base):
    """A target of one hand-over. `kind`: first_reply · resolution.

    While it runs, `running_since` is set and `due_at` says when the target is over; while it stands
    still, `paused_since` is, with `paused_by` (customer · snooze). `used_seconds` is the working
    time that had passed by then. `look_at` is when it has to be looked at, at the latest: nothing
    can become due before. `seen_to` is the position of the last message that was counted.
    `met_at`: what was promised has happened, in time or late; `ended_at`: nothing changes any more.
    `revision` counts the changes: each is made on the state that it was made from.
    """

    __tablename__ = "service_clock"
    __table_args__ = (
        Index(None, "conversation_id"),
        Index(None, "escalation_id"),
        Index(
            "ix_service_clock_look",
            "look_at",
            postgresql_where=text("look_at IS NOT NULL"),
            sqlite_where=text("look_at IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryId]
    escalation_id: Mapped[Id]
    conversation_id: Mapped[Id]
    kind: Mapped[str]
    department: Mapped[str]
    priority: Mapped[str]
    target_seconds: Mapped[Seconds]
    warn_percent: Mapped[int]
    used_seconds: Mapped[Seconds]
    running_since: Mapped[Seconds | None]
    paused_since: Mapped[Seconds | None]
    paused_by: Mapped[str]
    paused_seconds: Mapped[Seconds]
    due_at: Mapped[Seconds | None]
    look_at: Mapped[Seconds | None]
    seen_to: Mapped[int]
    warned_at: Mapped[Seconds | None]
    breached_at: Mapped[Seconds | None]
    met_at: Mapped[Seconds | None]
    ended_at: Mapped[Seconds | None]
    revision: Mapped[int]
    created_at: Mapped[Seconds]

"""The departments of the team, and who belongs to them."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Json, PrimaryId, Seconds


class Department(Base):
    """`key` is what `escalation.department` holds. `strategy`: least_busy · round_robin · manual.
    `sticky`: whom the contact has spoken with last is asked first. Somebody must have taken a
    conversation within `take_seconds` (0: no limit); when nobody has, `if_nobody` happens: promise
    (an apology and when somebody will be there) · ticket · assistant. `hours`, `time_zone` and
    `holidays` are as a character's; without hours it is always there. `settings` holds what is
    rare: `ticket_email` and `ticket_form`, where a ticket goes."""

    __tablename__ = "department"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    strategy: Mapped[str]
    sticky: Mapped[bool]
    take_seconds: Mapped[float]
    if_nobody: Mapped[str]
    hours: Mapped[Json]
    time_zone: Mapped[str]
    holidays: Mapped[Json]
    settings: Mapped[Json]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]


class DepartmentMember(Base):
    """`capacity` is how many conversations somebody has at most at once, in all departments.
    `skills` and `languages` are what they are good at; none: everything. `asked_at` is when they
    were last given one by turns."""

    __tablename__ = "department_member"
    __table_args__ = (Index(None, "user_id"),)

    department: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[PrimaryId]
    skills: Mapped[Json]
    languages: Mapped[Json]
    capacity: Mapped[int]
    asked_at: Mapped[Seconds | None]
    created_at: Mapped[Seconds]

"""What each step of reading a file has found."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, Json, PrimaryId, Seconds


class MediaReading(Base):
    """One step (reading/plan.py) of one file. `state`: reading · waiting (a try has failed, and
    another comes) · done · failed. `reader` is the one that was asked last, `tries` how often;
    `passed` are the names of those before it, which found nothing or failed. `pieces` are as in
    reading/port.py, as is `waveform`; `unread` says in words what was left out, `error` why it
    failed."""

    __tablename__ = "media_reading"
    __table_args__ = (UniqueConstraint("media_id", "step"),)

    id: Mapped[PrimaryId]
    media_id: Mapped[Id]
    step: Mapped[str]
    state: Mapped[str]
    reader: Mapped[str]
    passed: Mapped[Json]
    tries: Mapped[int]
    pieces: Mapped[Json]
    unread: Mapped[Json]
    waveform: Mapped[Json]
    language: Mapped[str]
    pages: Mapped[int | None]
    seconds: Mapped[Seconds | None]
    error: Mapped[str | None]
    started_at: Mapped[Seconds]
    finished_at: Mapped[Seconds | None]

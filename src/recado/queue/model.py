"""The SQL queue's tables, the dead letters that every engine shares, and what brokers need."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, LongText, PrimaryId, Seconds

_BigId = BigInteger().with_variant(Integer, "sqlite")


class JobRow(Base):
    """A job. `head` marks the first of its lane (queue + lane): only heads are received.

    `ready_at` is when it may be received: now, after its delay, or when its lease ends.
    `deaths` counts the processes that died holding it one after the other, where their
    successor knows (`recover`).
    `pending_key` is `dedup` while the job waits to be received, and null after.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_lane", "queue", "lane", "seq"),
        Index(
            "ix_job_ready",
            "queue",
            "ready_at",
            postgresql_where=text("head"),
            sqlite_where=text("head"),
        ),
        Index(
            "uq_job_pending",
            "queue",
            "pending_key",
            unique=True,
            postgresql_where=text("pending_key IS NOT NULL"),
            sqlite_where=text("pending_key IS NOT NULL"),
        ),
    )

    seq: Mapped[int] = mapped_column(_BigId, primary_key=True, autoincrement=True)
    queue: Mapped[str]
    lane: Mapped[str]
    head: Mapped[bool]
    ready_at: Mapped[Seconds]
    receives: Mapped[int]
    deaths: Mapped[int]
    lease: Mapped[str | None]
    dedup: Mapped[str | None]
    pending_key: Mapped[str | None]
    created_at: Mapped[Seconds]
    trace_id: Mapped[str]
    cause: Mapped[str | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class DeadLetterRow(Base):
    """What could not be processed, with its cause. `state`: open · replayed · dropped."""

    __tablename__ = "dead_letter"
    __table_args__ = (Index(None, "state", "created_at"), Index(None, "created_at", "id"))

    id: Mapped[PrimaryId]
    queue: Mapped[str]
    lane: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    cause: Mapped[LongText]
    receives: Mapped[int]
    trace_id: Mapped[str]
    conversation_id: Mapped[Id | None]
    state: Mapped[str]
    created_at: Mapped[Seconds]
    closed_at: Mapped[Seconds | None]


class ReplayRow(Base):
    """A replay of many dead letters, done in slices by whoever hosts `maintenance`: those of
    `queue` (null: of all) up to a newest one. `at_time` and `at_id` are how far it is."""

    __tablename__ = "dead_letter_replay"
    __table_args__ = (Index(None, "finished_at", "id"),)

    id: Mapped[PrimaryId]
    queue: Mapped[str | None]
    until_time: Mapped[Seconds]
    until_id: Mapped[str]
    at_time: Mapped[Seconds]
    at_id: Mapped[str]
    total: Mapped[int]
    replayed: Mapped[int]
    created_at: Mapped[Seconds]
    finished_at: Mapped[Seconds | None]


class OutboxRow(Base):
    """Jobs born in a database transaction, on their way to an engine outside the database."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "queue", "lane", "seq"),)

    seq: Mapped[int] = mapped_column(_BigId, primary_key=True, autoincrement=True)
    queue: Mapped[str]
    lane: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    ready_at: Mapped[Seconds]
    dedup: Mapped[str | None]
    trace_id: Mapped[str]
    created_at: Mapped[Seconds]


class PartitionRow(Base):
    """Which process hands out the jobs of a broker's partition, and for how long yet.

    `counts` is what outlives that process: the jobs tried so far, as JSON (queue/brokers/lanes.py,
    Counts). `waiting`, `leased` and `oldest_at` are what its owner last saw in its hands.
    """

    __tablename__ = "queue_partition"

    queue: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[str | None]
    owned_until: Mapped[Seconds]
    counts: Mapped[bytes] = mapped_column(LargeBinary)
    waiting: Mapped[int]
    leased: Mapped[int]
    oldest_at: Mapped[Seconds | None]


class ConsumerRow(Base):
    """A process that receives from a queue: partitions are shared out among those."""

    __tablename__ = "queue_consumer"

    queue: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True)
    alive_until: Mapped[Seconds]

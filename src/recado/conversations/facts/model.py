"""Facts about contacts, each with the message that it is from."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, LongText, PrimaryId, Seconds

#: What a fact may be about. Of those of ONE_OF_EACH a contact has one at a time.
KINDS = (
    *("name", "email", "phone", "address", "birthday", "company"),
    *("order", "diet", "preference", "other"),
)
ONE_OF_EACH = frozenset({"name", "email", "phone", "address", "birthday", "company"})


class ContactFact(Base):
    """`state`: current · replaced (by the newer `replaced_by`) · erased (its `value` is gone; that
    it was there keeps it from being found again in the same message).

    `origin`: message (found in the contact's words, `source_message_id`) · person (`author` wrote
    it). `mark` is the value's fingerprint. `said_at` is when it was said.
    """

    __tablename__ = "contact_fact"
    __table_args__ = (
        UniqueConstraint("source_message_id", "kind", "mark"),
        Index(None, "contact_id", "state"),
    )

    id: Mapped[PrimaryId]
    contact_id: Mapped[Id]
    kind: Mapped[str]
    value: Mapped[LongText]
    mark: Mapped[str]
    state: Mapped[str]
    origin: Mapped[str]
    author: Mapped[str]
    confidence: Mapped[float]
    source_message_id: Mapped[Id | None]
    replaced_by: Mapped[Id | None]
    said_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]


class FactsRead(Base):
    """How far messages have been looked through, in Unix seconds: one row."""

    __tablename__ = "contact_facts_read"

    name: Mapped[str] = mapped_column(primary_key=True)
    read_to: Mapped[Seconds]

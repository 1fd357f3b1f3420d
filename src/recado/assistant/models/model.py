"""The ledger of models' calls, and what they have cost so far, by the day."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, Json, PrimaryId, Seconds


class ModelCallRow(Base):
    """One request to a provider's model, answered or not; the embedded model makes none.

    `cost` is in millionths of `currency`, null where no price is known. `estimated`: the provider
    did not say how many tokens it took. `why` is a choosing.Why; `purpose` and `outcome` are those
    of calls.py. `day` is the business's own date, and `day_cost` and `day_tokens` what the
    conversation has taken on it, with this call.
    """

    __tablename__ = "model_call"
    __table_args__ = (Index(None, "conversation_id", "id"), Index(None, "turn_id"))

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    turn_id: Mapped[Id]
    line_id: Mapped[Id]
    character_id: Mapped[Id]
    day: Mapped[str]
    model: Mapped[str]
    purpose: Mapped[str]
    why: Mapped[Json]
    outcome: Mapped[str]
    tokens_in: Mapped[int]
    tokens_out: Mapped[int]
    tokens_cached: Mapped[int]
    estimated: Mapped[bool]
    cost: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    milliseconds: Mapped[float]
    day_cost: Mapped[int] = mapped_column(BigInteger)
    day_tokens: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Seconds]


class ModelSpend(Base):
    """What a model's calls came to on one day, for one line and character. It names no contact.

    `unpriced` are the calls of which no price is known, `failed` those that gave no answer.
    """

    __tablename__ = "model_spend"

    day: Mapped[str] = mapped_column(primary_key=True)
    line_id: Mapped[PrimaryId]
    character_id: Mapped[PrimaryId]
    model: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int]
    failed: Mapped[int]
    unpriced: Mapped[int]
    tokens_in: Mapped[int] = mapped_column(BigInteger)
    tokens_out: Mapped[int] = mapped_column(BigInteger)
    tokens_cached: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int] = mapped_column(BigInteger)

"""What readers use of services that cost something, and who says whether they may.

with using("aws:textract", "page", 1):   # a reader, around what it is charged for
    …

Media knows no characters, budgets or ledgers: those who do come in as a Spending (plan.py).
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

import msgspec

from recado.errors import RecadoError, SettingsError

#: By what the service counts.
Unit = Literal["minute", "picture", "page"]


class Use(msgspec.Struct, frozen=True):
    """One request to a service; `model` is the service's name in the ledger. `outcome` is
    "answered", or an error's slug: then it costs nothing."""

    model: str
    unit: Unit
    amount: float
    milliseconds: float
    outcome: str = "answered"


class Spending(ABC):
    @abstractmethod
    async def allows(self, media_id: str, model: str) -> bool:
        """Whether the budget of those who get the file leaves room for that model or service."""

    @abstractmethod
    async def keep(self, media_id: str, uses: Sequence[Use]) -> None:
        """Note what was used for a file; nothing of one that was erased meanwhile."""


class Unbounded(Spending):
    """Nobody keeps a budget."""

    async def allows(self, media_id: str, model: str) -> bool:
        return True

    async def keep(self, media_id: str, uses: Sequence[Use]) -> None:
        pass


_USES: ContextVar[list[Use] | None] = ContextVar("uses", default=None)


@contextmanager
def noting_uses() -> Iterator[list[Use]]:
    """What is used inside, as it happens."""
    uses: list[Use] = []
    token = _USES.set(uses)
    try:
        yield uses
    finally:
        _USES.reset(token)


@contextmanager
def using(model: str, unit: Unit, amount: float) -> Iterator[None]:
    """Inside, one request is made. `model` "": it costs nothing and is not noted."""
    began, outcome = time.perf_counter(), "error"
    try:
        yield
        outcome = "answered"
    except SettingsError:
        outcome = ""  # it could not even be asked
        raise
    except RecadoError as error:
        outcome = error.slug
        raise
    finally:
        uses = _USES.get()
        if uses is not None and model and outcome:
            took = (time.perf_counter() - began) * 1000
            uses.append(Use(model, unit, amount, took, outcome))

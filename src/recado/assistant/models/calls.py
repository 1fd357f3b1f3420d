"""What is asked of providers' models, noted as it happens: each request, answered or not.

with noting(calls):          # whoever keeps them, such as a turn
    with because(why):       # whoever chose the model
        await model.answer(…)    # the model notes each of its requests
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from recado.observability.metrics import Metrics

#: What a request is for: the contact's answer, one more try at it, a summary for people or for
#: the context, what is written beside conversations, what a picture shows, what is said in a
#: recording, and what stands on a page.
Purpose = Literal["answer", "again", "summary", "writing", "looking", "listening", "reading"]
MICROS = 1_000_000


class Why(msgspec.Struct, frozen=True):
    """Why a model was asked, as it is kept: `code` is one of choosing.WHY, `values` fill its
    words."""

    code: str
    values: dict[str, str] = {}


OWN = Why("own")


class ModelCall(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `outcome` is "answered", what was wrong with the answer (empty, inside, cut),
    or an error's slug. `cost` is in millionths of a US dollar, None where no price is known;
    `estimated`: the provider did not say how many tokens it took."""

    model: str
    outcome: str
    milliseconds: float
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    estimated: bool = False
    cost: int | None = None
    purpose: Purpose = "answer"
    why: Why = OWN

    @property
    def failed(self) -> bool:
        return self.outcome != "answered"


class Amount(msgspec.Struct, frozen=True):
    """What calls came to. `cost` is in millionths of a US dollar: None where no price is known."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: int | None = None

    @property
    def dollars(self) -> float | None:
        return None if self.cost is None else self.cost / MICROS


NOTHING = Amount()


def total(calls: Sequence[ModelCall]) -> Amount:
    """All of them together; what has no price counts its tokens only."""
    costs = [it.cost for it in calls if it.cost is not None]
    return Amount(
        sum(it.tokens_in for it in calls),
        sum(it.tokens_out for it in calls),
        sum(costs) if costs else None,
    )


def count_in(metrics: Metrics, calls: Sequence[ModelCall]) -> None:
    """Requests as operators see them."""
    for call in calls:
        metrics.model_call(call.model, call.outcome, call.milliseconds / 1000)
        metrics.tokens(call.model, "in", call.tokens_in)
        metrics.tokens(call.model, "out", call.tokens_out)
        if call.cost:
            metrics.model_cost(call.model, call.cost / MICROS)


class _Noting(NamedTuple):
    kept: tuple[list[ModelCall], ...] = ()
    why: Why = OWN
    purpose: Purpose = "answer"
    only: frozenset[str] | None = None


_NOBODY = _Noting()
_NOTING: ContextVar[_Noting] = ContextVar("noting", default=_NOBODY)


class _As:
    """Inside, requests are noted so. A class, for each turn passes it: half the time."""

    __slots__ = ("_inner", "_token")

    def __init__(self, inner: _Noting) -> None:
        self._inner = inner

    def __enter__(self) -> None:
        self._token = _NOTING.set(self._inner)

    def __exit__(self, *_error: object) -> None:
        _NOTING.reset(self._token)


def noting(calls: list[ModelCall], *, only: frozenset[str] | None = None) -> _As:
    """Append to `calls` each request that is made inside; whoever notes around it does, too.

    `only`: no other provider's model may be asked, whatever for; None: what was allowed before."""
    outer = _NOTING.get()
    allowed = outer.only if only is None else only
    return _As(_Noting((*outer.kept, calls), outer.why, outer.purpose, allowed))


def because(why: Why) -> _As:
    """The requests inside go to a model that was chosen for this reason."""
    return _As(_NOTING.get()._replace(why=why))


def meant_for(purpose: Purpose) -> _As:
    """The requests inside serve this."""
    return _As(_NOTING.get()._replace(purpose=purpose))


def may_ask(model: str) -> bool:
    """Whether the budget leaves room for a request to that model."""
    only = _NOTING.get().only
    return only is None or model in only


def note(call: ModelCall) -> None:
    """Keep a request, with why and what for."""
    here = _NOTING.get()
    told = msgspec.structs.replace(call, why=here.why, purpose=here.purpose)
    for calls in here.kept:
        calls.append(told)


def note_unusable(problem: str) -> None:
    """The last answer holds nothing that can be sent."""
    for calls in _NOTING.get().kept:
        if calls:
            calls[-1] = msgspec.structs.replace(calls[-1], outcome=problem)

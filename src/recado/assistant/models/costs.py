"""What the read side shows of models' calls, and of what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select

from recado.assistant.model import Character
from recado.assistant.models.calls import MICROS, Why
from recado.assistant.models.choosing import WHY
from recado.assistant.models.ledger import day_of
from recado.assistant.models.model import ModelCallRow, ModelSpend
from recado.lines.model import LineRow
from recado.store import Tx
from recado.store.paging import Page, newest_page

MOST_DAYS = 366
_MOST_OF_TURN = 100


class ModelCallView(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a provider's model, or to a service that reads files. `why` says in words why
    that model was asked, `why_code` by which kind of reason. `purpose`: answer, again (one more
    try), summary, writing, looking (at a picture), listening (to a recording), reading (a page).
    `outcome`: answered, what was wrong with the answer (empty, inside, cut), or an error. `cost` is
    in US dollars, null where no price is known; `estimated`: the provider did not tell the
    tokens."""

    id: str
    conversation_id: str
    turn_id: str
    line_id: str
    character_id: str
    day: str
    model: str
    purpose: str
    why: str
    why_code: str
    why_values: dict[str, str]
    outcome: str
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    estimated: bool
    cost: float | None
    currency: str
    milliseconds: float
    created_at: float


class CostView(msgspec.Struct, frozen=True, kw_only=True):
    """What one model's calls came to on a day (the business's own date), for a line and a
    character. `unpriced` calls are not in the `cost` (US dollars): nobody knows their price."""

    day: str
    line_id: str
    line_name: str
    character_id: str
    character_name: str
    model: str
    calls: int
    failed: int
    unpriced: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    cost: float


class CostSum(msgspec.Struct, frozen=True):
    """The calls of a day, a line or a model."""

    name: str
    calls: int
    failed: int
    unpriced: int
    tokens: int
    cost: float


def list_model_calls(
    tx: Tx,
    *,
    conversation_id: str = "",
    turn_id: str = "",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ModelCallView]:
    """Calls, the newest first. Raises BadRequest."""
    scope = ("model-calls", conversation_id, turn_id)
    return newest_page(
        tx,
        select(ModelCallRow.__table__),
        ModelCallRow.id,
        scope,
        equal=((ModelCallRow.conversation_id, conversation_id), (ModelCallRow.turn_id, turn_id)),
        limit=limit,
        cursor=cursor,
        view=_call_view,
    )


def calls_of_turn(tx: Tx, turn_id: str) -> list[ModelCallView]:
    """In the order in which they were made."""
    own = select(ModelCallRow.__table__).where(ModelCallRow.turn_id == turn_id)
    return [_call_view(row) for row in tx.all(own.order_by(ModelCallRow.id).limit(_MOST_OF_TURN))]


def read_costs(tx: Tx, days: int) -> list[CostView]:
    """The last so many days, today's first: from the counts, however many calls there were."""
    first = date.fromisoformat(day_of("")) - timedelta(days=days)
    rows = tx.all(
        select(
            ModelSpend.__table__,
            LineRow.name.label("line_name"),
            Character.name.label("character_name"),
        )
        .outerjoin(LineRow, LineRow.id == ModelSpend.line_id)
        .outerjoin(Character, Character.id == ModelSpend.character_id)
        .where(ModelSpend.day > first.isoformat())
        .order_by(ModelSpend.day.desc(), ModelSpend.line_id, ModelSpend.model)
    )
    return [_cost_view(row) for row in rows]


def summed(costs: Iterable[CostView], by: Callable[[CostView], str]) -> list[CostSum]:
    """Added up by what `by` names, in the order in which the names come."""
    groups: dict[str, list[CostView]] = {}
    for it in costs:
        groups.setdefault(by(it), []).append(it)
    return [_sum_of(name, found) for name, found in groups.items()]


def dearest_first(sums: Iterable[CostSum]) -> list[CostSum]:
    return sorted(sums, key=lambda it: (-it.cost, -it.tokens, it.name))


def _sum_of(name: str, costs: Sequence[CostView]) -> CostSum:
    return CostSum(
        name,
        sum(it.calls for it in costs),
        sum(it.failed for it in costs),
        sum(it.unpriced for it in costs),
        sum(it.tokens_in + it.tokens_out for it in costs),
        sum(it.cost for it in costs),
    )


def why_in_words(why: Why, say: Callable[..., str] = str.format) -> str:
    """The reason, in the language that `say` translates to."""
    words = WHY.get(why.code)
    return say(words, **why.values) if words else why.code


def _call_view(row: Row[Any]) -> ModelCallView:
    why = msgspec.convert(row.why or {"code": ""}, Why)
    computed = {"why", "why_code", "why_values", "cost"}
    fields = {
        name: getattr(row, name) for name in ModelCallView.__struct_fields__ if name not in computed
    }
    return ModelCallView(
        **fields,
        why=why_in_words(why),
        why_code=why.code,
        why_values=why.values,
        cost=None if row.cost is None else row.cost / MICROS,
    )


def _cost_view(row: Row[Any]) -> CostView:
    computed = {"cost", "line_name", "character_name"}
    fields = {
        name: getattr(row, name) for name in CostView.__struct_fields__ if name not in computed
    }
    return CostView(
        **fields,
        cost=row.cost / MICROS,
        line_name=row.line_name or "",
        character_name=row.character_name or "",
    )

"""The ledger of models' calls: what each one took and why it was made, and the counts by the day
that budgets are held against.

The rows are written in the transaction of the turn's outcome, or after it failed; a turn that only
the embedded model answered has none, and neither reads nor writes anything here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, select

from recado.assistant.models.calls import ModelCall
from recado.assistant.models.choosing import Spent, SpentToday
from recado.assistant.models.model import ModelCallRow, ModelSpend
from recado.calendars.week import zone_of
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare

CURRENCY = "USD"
_COUNTED = ("calls", "failed", "unpriced", "tokens_in", "tokens_out", "tokens_cached", "cost")


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """For whom models are asked: a turn of a conversation. `time_zone` is the business's."""

    conversation_id: str
    turn_id: str
    line_id: str
    character_id: str
    time_zone: str = ""


@dataclass(slots=True)
class TurnCalls:
    """The requests that one turn has `made`, and for whom: filled while it is decided. `kept`: they
    are in the ledger."""

    made: list[ModelCall] = field(default_factory=list)
    caller: Caller | None = None
    kept: bool = False

    def settle(self) -> None:
        self.kept = True


def day_of(time_zone: str, at: float | None = None) -> str:
    """The date of a time (None: of now) where the business is; "" is this machine's zone."""
    zone = zone_of(time_zone) if time_zone else None
    return datetime.fromtimestamp(now() if at is None else at, zone).date().isoformat()


def read_spent(tx: Tx, caller: Caller) -> SpentToday:
    """What was spent today, from kept counts: it takes as long after a million calls."""
    day = day_of(caller.time_zone)
    named = {"day": day, "line": caller.line_id, "character": caller.character_id}
    own = {"conversation": caller.conversation_id, "day": day}
    return SpentToday(
        conversation=_of_conversation(tx, own),
        line=_counted(tx, _OF_LINE, named),
        day=_counted(tx, _OF_CHARACTER, named),
    )


def keep_calls(tx: Tx, calls: TurnCalls) -> None:
    """Write what was asked, oldest first, and count it; nothing where nothing was. Whoever else
    writes in `tx` does so before: the counts are shared by all conversations of a line."""
    caller = calls.caller
    if caller is None or not calls.made or calls.kept:
        return
    day = day_of(caller.time_zone)
    whose = {
        "conversation_id": caller.conversation_id,
        "turn_id": caller.turn_id,
        "line_id": caller.line_id,
        "character_id": caller.character_id,
        "day": day,
    }
    spent = _of_conversation(tx, {"conversation": caller.conversation_id, "day": day})
    rows = []
    for call in calls.made:
        spent = Spent(
            spent.cost + (call.cost or 0), spent.tokens + call.tokens_in + call.tokens_out
        )
        told = msgspec.structs.asdict(call) | {"why": msgspec.to_builtins(call.why)}
        rows.append(
            told
            | whose
            | {"id": new_id(), "currency": CURRENCY, "created_at": now()}
            | {"day_cost": spent.cost, "day_tokens": spent.tokens}
        )
    tx.execute(insert(ModelCallRow), rows)
    count_calls(tx, calls)


def count_calls(tx: Tx, calls: TurnCalls) -> None:
    """Add them to the counts of the day: all that is kept where the conversation is gone."""
    caller = calls.caller
    if caller is None or not calls.made or calls.kept:
        return
    whose = {
        "day": day_of(caller.time_zone),
        "line_id": caller.line_id,
        "character_id": caller.character_id,
    }
    # In order of their names: two transactions never wait for each other's.
    for model in sorted({it.model for it in calls.made}):
        these = [it for it in calls.made if it.model == model]
        counted = {
            "calls": len(these),
            "failed": sum(it.failed for it in these),
            "unpriced": sum(it.cost is None and not it.failed for it in these),
            "tokens_in": sum(it.tokens_in for it in these),
            "tokens_out": sum(it.tokens_out for it in these),
            "tokens_cached": sum(it.tokens_cached for it in these),
            "cost": sum(it.cost or 0 for it in these),
        }
        statement = tx.insert(ModelSpend).values(model=model, **whose, **counted)
        more = {name: ModelSpend.__table__.c[name] + counted[name] for name in _COUNTED}
        keys = ["day", "line_id", "character_id", "model"]
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=more))
    tx.after_commit(calls.settle)


def _of_conversation(tx: Tx, own: dict[str, Any]) -> Spent:
    row = tx.first(_OF_CONVERSATION, own)
    return Spent(row.day_cost, row.day_tokens) if row else Spent()


def _counted(tx: Tx, statement: Any, named: dict[str, Any]) -> Spent:
    row = tx.first(statement, named)
    return Spent(int(row.cost or 0), int(row.tokens or 0)) if row else Spent()


_OF_CONVERSATION = prepare(
    select(ModelCallRow.day_cost, ModelCallRow.day_tokens)
    .where(ModelCallRow.conversation_id == bindparam("conversation"))
    .where(ModelCallRow.day == bindparam("day"))
    .order_by(ModelCallRow.id.desc())
    .limit(1)
)
_SUMS = select(
    func.sum(ModelSpend.cost).label("cost"),
    func.sum(ModelSpend.tokens_in + ModelSpend.tokens_out).label("tokens"),
).where(ModelSpend.day == bindparam("day"))
_OF_LINE = prepare(_SUMS.where(ModelSpend.line_id == bindparam("line")))
_OF_CHARACTER = prepare(_SUMS.where(ModelSpend.character_id == bindparam("character")))

"""How a message went: the times of its columns, and its setbacks, which have no columns.

A setback is {"status": "failed" or "unknown", "at": Unix seconds, "error": {…}}. It is kept also
when the message arrived after all: a provider may report both, and in any order.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from recado.conversations.model import Message
from recado.conversations.views import StepView
from recado.store import Tx

#: The newest are kept.
MOST = 20


def with_setback(
    earlier: Any, status: str, at: float, error: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """The setbacks with one more, in the order of their times; the same one counts once."""
    one = {"status": status, "at": at, "error": error or {}}
    known = [it for it in earlier or () if isinstance(it, dict)]
    if any(_same(it, one) for it in known):
        return known
    return sorted([*known, one], key=lambda it: float(it.get("at") or 0))[-MOST:]


def setbacks_of(tx: Tx, message_id: str) -> Any:
    """The message's row is locked: another setback waits."""
    query = select(Message.setbacks).where(Message.id == message_id).with_for_update()
    return tx.scalar(query)


def history_of(row: Row[Any]) -> tuple[StepView, ...]:
    """Every status that an outbound message has had, by its time."""
    if row.direction != "outbound":
        return ()
    reached = (
        ("queued", row.created_at),
        ("sent", row.accepted_at),
        ("delivered", row.delivered_at),
        ("read", row.read_at),
    )
    steps = [StepView(status, at) for status, at in reached if at is not None]
    steps += [
        StepView(str(it["status"]), float(it["at"]), it.get("error") or None)
        for it in row.setbacks or ()
    ]
    return tuple(sorted(steps, key=lambda step: step.reached_at))


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    facts = ("status", "at")
    code, other_code = ((it.get("error") or {}).get("code") for it in (one, other))
    return code == other_code and all(one.get(fact) == other.get(fact) for fact in facts)

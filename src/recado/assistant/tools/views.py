"""What the read side shows of calls."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, select

from recado.assistant.model import ToolCall
from recado.store import Tx
from recado.store.paging import Page, newest_page


class ToolCallView(msgspec.Struct, frozen=True, kw_only=True):
    """A call in the ledger. `summary` is what it does in words; `position` the message that asked
    for it. `state`: asking, planned, confirmed, calling, done, failed, unknown, declined,
    expired."""

    id: str
    conversation_id: str
    turn_id: str
    tool: str
    effect: str
    summary: str
    arguments: dict[str, Any]
    state: str
    result: Any
    error: str
    key: str
    position: int
    confirmed_position: int
    attempts: int
    created_at: float
    updated_at: float | None


def list_calls(
    tx: Tx,
    *,
    conversation_id: str = "",
    tool: str = "",
    state: str = "",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ToolCallView]:
    """Calls, the newest first. Raises BadRequest."""
    scope = ("tool-calls", conversation_id, tool, state)
    return newest_page(
        tx,
        select(ToolCall.__table__),
        ToolCall.id,
        scope,
        equal=(
            (ToolCall.conversation_id, conversation_id),
            (ToolCall.tool, tool),
            (ToolCall.state, state),
        ),
        limit=limit,
        cursor=cursor,
        view=call_view,
    )


def calls_between(tx: Tx, conversation_id: str, *, since: float = 0.0) -> list[ToolCallView]:
    """A conversation's calls from a moment on, oldest first."""
    statement = select(ToolCall.__table__).where(
        ToolCall.conversation_id == conversation_id, ToolCall.created_at >= since
    )
    rows = tx.all(statement.order_by(ToolCall.created_at.desc(), ToolCall.id.desc()).limit(200))
    return [call_view(row) for row in reversed(rows)]


def call_view(row: Row[Any]) -> ToolCallView:
    fields = {name: getattr(row, name) for name in ToolCallView.__struct_fields__}
    return ToolCallView(**{**fields, "arguments": fields["arguments"] or {}})

"""The tools of an installation where nothing may happen: what only reads is asked, what changes
something is not done, and its call stands in the stage's own ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from recado.assistant.model import ToolCall
from recado.assistant.tools import Tools, ToolView
from recado.assistant.tools.calling import ToolCalls
from recado.store import Store, Tx

#: What the other side answers where nothing was done.
NOT_DONE: dict[str, Any] = {"rehearsed": True}


class ToolCallsOnStage(ToolCalls):
    """`real` are the installation's, which stay open when these are closed; `store` is the
    stage's."""

    def __init__(self, store: Store, tools: Tools, real: ToolCalls) -> None:
        super().__init__(store, tools, {})
        self._real = real

    async def ask(
        self, tool: ToolView, arguments: Mapping[str, Any], *, secret: str, key: str
    ) -> Any:
        if tool.changes:
            return NOT_DONE
        return await self._real.ask(tool, arguments, secret=secret, key=key)


def tools_called(tx: Tx, conversation_id: str) -> tuple[str, ...]:
    """The names of the tools that were called in the conversation, in order, each once."""
    made = (
        select(ToolCall.tool)
        .where(ToolCall.conversation_id == conversation_id, ToolCall.attempts > 0)
        .order_by(ToolCall.created_at, ToolCall.id)
    )
    return tuple(dict.fromkeys(row.tool for row in tx.all(made)))

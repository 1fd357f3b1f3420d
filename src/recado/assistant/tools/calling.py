"""One call of a tool: its row first, then the effect, then how it ended.

    begin (committed) ──▶ the other side, under the row's key ──▶ finish (committed)

After a crash between the two, the call is made again under the same key, which the other side
answers without doing it twice. Where it does not know keys, nobody can tell: `unknown`, and a
person is called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import structlog

from recado.assistant.tools import ledger
from recado.assistant.tools.client import ToolClient
from recado.assistant.tools.definition import ToolView
from recado.assistant.tools.ledger import Call
from recado.assistant.tools.mcp import McpServers
from recado.assistant.tools.registry import Tools
from recado.assistant.tools.results import storable
from recado.assistant.tools.secrets import spellings, without
from recado.errors import ToolError, ToolRefused, ToolUnavailable, ToolUnknown
from recado.queue.slots import waiting_outside
from recado.resilience.breaker import FIGURES, BreakerOpen, Breakers, Figures
from recado.store import Store

log = structlog.get_logger(__name__)

#: Calls of one tool at once, and before it in line.
PLACES, WAITING = 8, 32
#: How often a call is tried that may be made twice, and the pause between.
TRIES = 2
PAUSE_SECONDS = 0.25


class Reach(Protocol):
    """How tools of one kind are reached."""

    async def __call__(
        self, config: Mapping[str, Any], arguments: Mapping[str, Any], *, secret: str, key: str
    ) -> Any:
        """What the tool answers. Raises ToolRefused, ToolUnavailable, ToolUnknown."""


class ToolCalls:
    """Makes calls; closed with the runtime. `reaches` are the kinds of tools by name."""

    def __init__(
        self,
        store: Store,
        tools: Tools,
        reaches: Mapping[str, Reach],
        *,
        servers: McpServers | None = None,
        breaker: Figures = FIGURES,
        closing: Sequence[Callable[[], Any]] = (),
    ) -> None:
        #: To look at what an MCP server offers.
        self.servers = servers or McpServers(ToolClient())
        self._store = store
        self._tools = tools
        self._reaches = reaches
        self._breakers = Breakers(breaker)
        self._lines: dict[str, _Line] = {}
        self._closing = closing

    async def perform(self, call: Call, tool: ToolView) -> Call:
        """The call as it ended: done, failed or unknown. One that was done already is not repeated.

        Raises nothing of the tool's own; ServiceUnavailable of the store's.
        """
        begun = await self._store.write(lambda tx: ledger.begin(tx, call), brief=True)
        if begun is None:
            found = await self._store.read(
                lambda tx: ledger.get(tx, call.id, call.conversation_id), brief=True
            )
            return found or call
        if begun.attempts > 1 and tool.changes and not tool.honours_keys:
            said = "An earlier try may have done it, and its side knows no idempotency keys."
            return await self._finish(begun, "unknown", error=said)
        hidden: tuple[str, ...] = ()
        try:
            secret = await self._tools.secret_of(tool)
            hidden = spellings(secret)
            value = await self.ask(tool, begun.arguments, secret=secret, key=begun.key)
        except ToolError as error:
            state = "unknown" if isinstance(error, ToolUnknown) and tool.changes else "failed"
            reason = getattr(error, "reason", "away")
            said = f"{reason}: {without(error.detail, hidden)}"
            log.warning("tool call did not work", tool=tool.name, state=state, reason=reason)
            return await self._finish(begun, state, error=said)
        return await self._finish(begun, "done", result=value)

    async def ask(
        self, tool: ToolView, arguments: Mapping[str, Any], *, secret: str, key: str
    ) -> Any:
        """What the tool answers, without its secret; asked again where that does no harm.

        Raises ToolRefused, ToolUnavailable, ToolUnknown.
        """
        hidden = spellings(secret)
        may_repeat = not tool.changes or tool.honours_keys
        for tried in range(1, TRIES + 1):
            try:
                value = await self._once(tool, arguments, secret=secret, key=key)
                return storable(without(value, hidden))
            except (ToolUnavailable, ToolUnknown) as error:
                surely_not = isinstance(error, ToolUnavailable)
                if tried == TRIES or not (may_repeat or surely_not):
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError("unreachable")

    def safe(self, words: str, secret: str) -> str:
        """Words of the other side's, or about it, without the tool's secret."""
        found: str = without(words, spellings(secret))
        return found

    async def close(self) -> None:
        for close in self._closing:
            await close()

    async def _once(
        self, tool: ToolView, arguments: Mapping[str, Any], *, secret: str, key: str
    ) -> Any:
        reach = self._reaches.get(tool.kind)
        if reach is None:
            raise ToolRefused(f"This version has no tools of kind {tool.kind}.", reason="setup")
        line = self._lines.setdefault(tool.id, _Line())
        try:
            with self._breakers.at(f"tool {tool.name}").call(), waiting_outside():
                async with line, asyncio.timeout(tool.timeout_seconds):
                    return await reach(tool.config, arguments, secret=secret, key=key)
        except BreakerOpen as error:
            raise ToolUnavailable(f"{tool.name} has been away and was not asked.") from error
        except TimeoutError as error:
            said = f"{tool.name} did not answer within {tool.timeout_seconds:g} seconds."
            raise ToolUnknown(said, outage=True) from error

    async def _finish(self, call: Call, state: str, *, result: Any = None, error: str = "") -> Call:
        return await self._store.write(
            lambda tx: ledger.finish(tx, call, state, result=result, error=error), brief=True
        )


class _Line:
    """The places of one tool, and a short line before them."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(PLACES)
        self._under_way = 0

    async def __aenter__(self) -> None:
        if self._under_way >= PLACES + WAITING:
            raise ToolUnavailable("The tool has as many calls before it as it may.")
        self._under_way += 1
        try:
            await self._places.acquire()
        except BaseException:
            self._under_way -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self._under_way -= 1
        self._places.release()


def reason_of(call: Call) -> str:
    """Why a call failed: not_found, refused, setup, away."""
    return call.error.partition(":")[0]

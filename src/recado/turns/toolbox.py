"""The tools that a provider's model may call in one turn, each call through the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from recado.assistant.port import Answer, SourceQuote, ToolExchange, ToolSpec
from recado.assistant.tools import ledger
from recado.assistant.tools.calling import reason_of
from recado.assistant.tools.definition import HAND_OVER, ToolView
from recado.assistant.tools.ledger import Call
from recado.assistant.tools.results import for_model
from recado.assistant.tools.schema import check_arguments
from recado.assistant.tools.wording import summary_of
from recado.escalation.reasons import TOOL_FAILED, TOOL_UNKNOWN, ReasonKind
from recado.language.notices import notice
from recado.runtime import Runtime
from recado.turns.tooling import ToolTurn, done_in_words, source_of

_PERSON = ToolSpec(
    HAND_OVER,
    "Hands the conversation over to a person of the team: the contact wants one, or only a person"
    " can help. It ends your turn.",
    {"type": "object", "properties": {"reason": {"type": "string"}}, "required": []},
)
#: What a person takes at once, unless there is a tool for just that (escalation/reasons.py).
SETTLED_BY_TOOLS = {"refund", "cancellation", "reservation", "big_order", "details_sent"}
_CONFIRMS = " The contact is asked for a yes by itself before anything happens."
_FAILED = {
    "not_found": "There is nothing of this kind. Tell the contact, and ask whether it is right."
}


class TurnToolBox:
    """A ToolBox (assistant/port.py). After a turn, `need` is why a person has to take it."""

    def __init__(self, runtime: Runtime, turn: ToolTurn, earlier: Sequence[Call]) -> None:
        self._runtime = runtime
        self._turn = turn
        self._tools = {tool.name: tool for tool in turn.tools}
        self._wrong = 0
        self.exchanges: list[ToolExchange] = []
        self.sources: list[SourceQuote] = []
        self.need: ReasonKind | None = None
        #: What was changed, in words: the contact has to hear of it, whatever the model says.
        self.done: list[str] = []
        for call in earlier:
            if call.state in ("done", "failed") and call.tool in self._tools:
                self._note(call, self._tools[call.tool], call.id)

    @property
    def has_changed(self) -> bool:
        return bool(self.done)

    @property
    def is_asked_for(self) -> bool:
        """Whether the contact's words ask for one of the tools, going by their examples."""
        return self._turn.match() is not None

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return specs_of(self._tools.values())

    async def call(self, name: str, arguments: Any, call_id: str) -> str | Answer:
        if name == HAND_OVER:
            return self._person()
        tool = self._tools.get(name)
        if tool is None:
            return no_such_tool(self._tools)
        taken, wrong = check_arguments(arguments, tool.parameters)
        if wrong:
            return self._not_called(wrong)
        return await self._made(await self._planned(tool, taken), tool, call_id)

    def _not_called(self, wrong: Sequence[str]) -> str | Answer:
        """Said once; a model that is wrong again is no help."""
        self._wrong += 1
        if self._wrong > 1:
            return self._person(TOOL_FAILED)
        return not_called(wrong)

    async def _made(self, call: Call, tool: ToolView, call_id: str) -> str | Answer:
        if call.state == "planned" and self._turn.asks_first(call, tool):
            return self._turn.asking(call)
        if call.state in ("declined", "expired"):
            return "The contact has not said yes to this. Do not call it again now."
        if call.state in ("planned", *ledger.STARTED):
            call = await self._runtime.tool_calls.perform(call, tool)
        return self._ended(call, tool, call_id)

    async def _planned(self, tool: ToolView, arguments: dict[str, Any]) -> Call:
        asked, summary = self._turn.asked, summary_of(tool, arguments, self._turn.language)
        return await self._runtime.store.write(
            lambda tx: ledger.plan(tx, asked, tool, arguments, summary=summary), brief=True
        )

    def _ended(self, call: Call, tool: ToolView, call_id: str) -> str | Answer:
        if call.state == "unknown":
            return self._person(TOOL_UNKNOWN)
        if call.state != "done" and tool.changes and reason_of(call) != "not_found":
            return self._person(TOOL_FAILED)
        return self._note(call, tool, call_id).told

    def _note(self, call: Call, tool: ToolView, call_id: str) -> ToolExchange:
        if call.state == "done":
            told = for_model(call.result)
            self.sources.append(source_of(call, tool))
            if tool.changes:
                said = done_in_words(call, tool, self._turn.language)
                self.done.append(said or call.summary)
        else:
            told = _FAILED.get(reason_of(call), "It did not work. Say so, and offer a person.")
        exchange = ToolExchange(call_id, tool.name, call.arguments, told)
        self.exchanges.append(exchange)
        return exchange

    def _person(self, need: ReasonKind | None = None) -> Answer:
        self.need = need
        text = notice("handed_over", self._turn.language)
        return Answer(text=text, confidence=1.0, model="tools", asked_for_person=True)


def no_such_tool(names: Iterable[str]) -> str:
    return f"There is no tool of this name; there are {', '.join(names)}."


def not_called(wrong: Sequence[str]) -> str:
    """What a model is told of arguments with these faults."""
    return f"Not called: {' '.join(wrong)[:1000]} Call it again, or ask the contact."


def specs_of(tools: Iterable[ToolView]) -> list[ToolSpec]:
    """As a model is told of them, with the hand-over that it may always ask for."""
    return [*map(_spec, tools), _PERSON]


def _spec(tool: ToolView) -> ToolSpec:
    properties = {
        name: {key: value for key, value in described.items() if key != "x-ask"}
        for name, described in tool.properties.items()
    }
    said = (tool.description or tool.label) + (_CONFIRMS if tool.confirms else "")
    return ToolSpec(tool.name, said, {**tool.parameters, "properties": properties})

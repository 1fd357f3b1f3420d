"""The tools of a question that is only tried: which would be called is told, what changes something
is not done, and what only reads is asked where that is wished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from recado.assistant.port import Answer, Question, SourceQuote, ToolExchange, ToolSpec
from recado.assistant.tools.definition import HAND_OVER, ToolView
from recado.assistant.tools.matching import Match
from recado.assistant.tools.results import for_model, told
from recado.assistant.tools.schema import check_arguments, missing_in
from recado.assistant.tools.wording import asking_for, say, summary_of
from recado.errors import ToolError
from recado.language.detection import known_language
from recado.language.notices import notice
from recado.runtime import Runtime
from recado.store import new_id
from recado.turns.toolbox import no_such_tool, not_called, specs_of
from recado.turns.tooling import NAME, tool_asked_for


class TrialCallView(msgspec.Struct, frozen=True, kw_only=True):
    """A call that a question leads to. `summary` is what it does in words. `state`: asks (for the
    value `missing`) · confirms (it would ask for a yes first) · not_called (it was only tried) ·
    done, with its `result` · failed, with the `problem`."""

    tool: str
    label: str
    summary: str
    arguments: dict[str, Any]
    effect: str
    state: Literal["asks", "confirms", "not_called", "done", "failed"]
    missing: str = ""
    result: Any = None
    problem: str = ""


class TrialTools:
    """A ToolBox (assistant/port.py) whose calls change nothing and stand in no ledger."""

    def __init__(
        self, runtime: Runtime, question: Question, tools: Sequence[ToolView], *, asks: bool
    ) -> None:
        self._runtime = runtime
        self._language = known_language(question.language)
        self._tools = {tool.name: tool for tool in tools}
        self._asks = asks
        self._found = tool_asked_for(
            question.text, self._language, tools, zone=question.persona.time_zone
        )
        self.calls: list[TrialCallView] = []
        self.exchanges: list[ToolExchange] = []
        self.sources: list[SourceQuote] = []
        #: Whether a call was the end of the turn: nothing of a model's is to be judged.
        self.has_ended = False

    @classmethod
    async def of(cls, runtime: Runtime, question: Question, *, asks: bool) -> TrialTools:
        """Those of the question's character. `asks`: what only reads is really asked."""
        tools = await runtime.tools.of(question.persona)
        return cls(runtime, question, tools, asks=asks)

    @property
    def has_changed(self) -> bool:
        return False

    @property
    def are_asked_for(self) -> bool:
        """Whether the question's words ask for one of them, going by their examples."""
        return self._found is not None

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return specs_of(self._tools.values())

    def offered_in(self, question: Question) -> Question:
        """The question with them, for a model that chooses."""
        return msgspec.structs.replace(question, tools=self) if self._tools else question

    async def chosen(self) -> Answer | None:
        """What the tool that the words ask for leads to; None: they ask for none."""
        if self._found is None:
            return None
        match: Match = self._found[0]
        made = await self._made(match.tool, match.arguments, new_id())
        if isinstance(made, Answer):
            return made
        call = self.calls[-1]
        if call.state == "failed":
            return self._person()
        text = told(match.tool, call.arguments, call.result, self._language)
        return self._ends(text or say("nothing", self._language, call.summary))

    async def call(self, name: str, arguments: Any, call_id: str) -> str | Answer:
        if name == HAND_OVER:
            return self._person()
        tool = self._tools.get(name)
        if tool is None:
            return no_such_tool(self._tools)
        taken, wrong = check_arguments(arguments, tool.parameters)
        if wrong:
            return not_called(wrong)
        return await self._made(tool, taken, call_id)

    async def _made(
        self, tool: ToolView, arguments: Mapping[str, Any], call_id: str
    ) -> str | Answer:
        """What the call tells, or how the turn ends with it."""
        missing = next(iter(missing_in(arguments, tool.parameters)), "")
        if missing:
            self._note(tool, arguments, "asks", missing=missing)
            return self._ends(asking_for(tool, missing, self._language))
        if tool.confirms:
            summary = self._note(tool, arguments, "confirms").summary
            return self._ends(say("confirm", self._language, summary))
        if tool.changes or not self._asks:
            self._note(tool, arguments, "not_called")
            return self._ends("")
        return await self._asked(tool, arguments, call_id)

    async def _asked(self, tool: ToolView, arguments: Mapping[str, Any], call_id: str) -> str:
        secret = await self._runtime.tools.secret_of(tool)
        try:
            result = await self._runtime.tool_calls.ask(
                tool, arguments, secret=secret, key=new_id()
            )
        except ToolError as error:
            problem = self._runtime.tool_calls.safe(error.detail, secret)
            self._note(tool, arguments, "failed", problem=problem)
            text = "It did not work. Say so, and offer a person."
        else:
            call = self._note(tool, arguments, "done", result=result)
            text = for_model(result)
            self.sources.append(SourceQuote(tool.id, tool.label, call.summary, text[:500], 1.0))
        self.exchanges.append(ToolExchange(call_id, tool.name, dict(arguments), text))
        return text

    def _note(
        self,
        tool: ToolView,
        arguments: Mapping[str, Any],
        state: Literal["asks", "confirms", "not_called", "done", "failed"],
        **more: Any,
    ) -> TrialCallView:
        call = TrialCallView(
            tool=tool.name,
            label=tool.label,
            summary=summary_of(tool, arguments, self._language),
            arguments=dict(arguments),
            effect=tool.effect,
            state=state,
            **more,
        )
        self.calls.append(call)
        return call

    def _ends(self, text: str) -> Answer:
        self.has_ended = True
        return Answer(text=text, confidence=1.0, model=NAME, intent="tool")

    def _person(self) -> Answer:
        self.has_ended = True
        text = notice("handed_over", self._language)
        return Answer(text=text, confidence=1.0, model=NAME, asked_for_person=True)

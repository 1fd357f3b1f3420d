"""Tools in a turn: what was asked before (a yes, a value), what an earlier try has begun, and what
the contact asks for now, where no model chooses.

Nothing of it is in memory: whatever is awaited, begun or done is a row of the ledger
(assistant/tools/ledger.py), so that a turn that is tried again says the same, and does nothing
twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from recado.assistant.models.days import today_in
from recado.assistant.models.utterances import utterances
from recado.assistant.port import Answer, Question, SourceQuote
from recado.assistant.tools import ledger
from recado.assistant.tools.calling import reason_of
from recado.assistant.tools.definition import ToolView
from recado.assistant.tools.given import is_of_contact
from recado.assistant.tools.ledger import Asked, Call
from recado.assistant.tools.matching import Match, find_tool, value_given, values_in
from recado.assistant.tools.results import told
from recado.assistant.tools.schema import check_arguments, missing_in
from recado.assistant.tools.template import KIND as TEMPLATE
from recado.assistant.tools.wording import asking_for, say, summary_of
from recado.assistant.tools.yes_or_no import yes_or_no
from recado.conversations.asked import tapped_id
from recado.conversations.messages import Part
from recado.escalation.reasons import TOOL_FAILED, TOOL_UNKNOWN, ReasonKind
from recado.language.detection import LanguageCode, known_language
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.turns.answerer import Turn
from recado.turns.burst import Burst

#: How the buttons of a question name the call and the answer.
PREFIX = "tool"
NAME = "tools"
_SURE = 0.95
_NOT_FOUND = 0.6
_QUOTED = 500


class Told(NamedTuple):
    """What comes of a tool: the answer, and why a person has to take the conversation instead.
    `rest` is what else was asked, for the model."""

    answer: Answer
    need: ReasonKind | None = None
    rest: str = ""
    result: Any = None


class ToolTurn:
    """The tools of one turn. `tools` are the character's."""

    def __init__(
        self, runtime: Runtime, turn: Turn, question: Question, tools: Sequence[ToolView]
    ) -> None:
        self._runtime = runtime
        self._burst: Burst = turn.burst
        self._question = question
        self.language: LanguageCode = known_language(question.language)
        self.tools = tools
        self._tools = {tool.id: tool for tool in tools}
        self.asked = Asked(
            conversation_id=turn.conversation.id,
            turn_id=turn.id,
            position=turn.burst.first_position,
        )

    async def calls(self) -> list[Call]:
        """What this turn and those before it have left in the ledger, as far as it matters."""
        asked = self.asked
        return await self._runtime.store.read(
            lambda tx: ledger.of_burst(tx, asked.conversation_id, asked.position), brief=True
        )

    async def waits(self) -> bool:
        """Whether the contact was asked something by an earlier turn."""
        here = self.asked.position
        return any(call.is_open and call.position != here for call in await self.calls())

    def own(self, calls: Sequence[Call]) -> list[Call]:
        """Those that this burst has asked for: by an earlier try of the turn."""
        return [call for call in calls if call.position == self.asked.position]

    async def answer(self, calls: Sequence[Call], *, embedded: bool) -> Told | None:
        """What the tools make of the turn before any model is asked; None: it is the model's.

        `embedded`: the model chooses no tools, so the contact's words do.
        """
        if answered := await self._answered(calls):
            return answered
        if begun := self._begun(calls, embedded=embedded):
            return await self.go_on(*begun)
        if given := await self._value_given(calls):
            return given
        return await self._chosen() if embedded else None

    def _begun(self, calls: Sequence[Call], *, embedded: bool) -> tuple[Call, ToolView] | None:
        """What an earlier try of this turn has begun. A model that chooses finds the rest again."""
        here = self.asked.position
        for call in reversed(calls):
            tool = self._tools.get(call.tool_id)
            started = call.state in ledger.STARTED and call.effect == "changes"
            own = here in (call.position, call.confirmed_position)
            over = call.state in ("declined", "expired")
            if tool is not None and own and not over and (embedded or started):
                return call, tool
        return None

    async def do(self, name: str, values: Mapping[str, Any]) -> Told:
        """A tool called with values to which the contact has said yes: those that it takes."""
        tool = next((it for it in self.tools if it.name == name), None)
        if tool is None:
            return Told(_NOBODY, TOOL_FAILED)
        named = {key: it for key, it in values.items() if key in tool.properties}
        taken, wrong = check_arguments(named, tool.parameters)
        if wrong:
            return Told(_NOBODY, TOOL_FAILED)
        summary, here = summary_of(tool, taken, self.language), self.asked.position

        def work(tx: Tx) -> Call:
            call = ledger.plan(tx, self.asked, tool, taken, summary=summary)
            waits = call.state == "planned" and tool.confirms
            return ledger.confirm(tx, call, here) if waits else call

        call = await self._runtime.store.write(work, brief=True)
        if call.state in ("planned", *ledger.STARTED):
            call = await self._runtime.tool_calls.perform(call, tool)
        told = self._outcome(call, tool)
        return told._replace(result=call.result if call.state == "done" else None)

    async def go_on(self, call: Call, tool: ToolView) -> Told:
        """The next step of a call, however far it is."""
        if call.state == "asking":
            return Told(_says(asking_for(tool, call.missing, self.language)))
        if call.state == "planned" and tool.confirms:
            return Told(self.asking(call))
        if call.state in ("planned", *ledger.STARTED):
            call = await self._runtime.tool_calls.perform(call, tool)
        return self._outcome(call, tool)

    def asking(self, call: Call) -> Answer:
        """The question for a yes to a call."""
        return _says(say("confirm", self.language, call.summary), confirms=call.id)

    def asks_first(self, call: Call, tool: ToolView) -> bool:
        """Whether the contact is asked for a yes before a model's call is made: where the tool says
        so, and where what it changes is not what the contact's own words ask for."""
        if tool.confirms or not tool.changes:
            return tool.confirms
        found = self.match()
        meant = found is not None and found[0].tool.id == tool.id
        return not (meant and is_of_contact(call.arguments, self._question, today=self._today()))

    def _today(self) -> date:
        return today_in(self._question.persona.time_zone, now())

    # What the contact answers

    async def _answered(self, calls: Sequence[Call]) -> Told | None:
        """A yes or a no to a call, tapped or typed."""
        for call_id, yes in self._taps():
            if call := await self._call(call_id):
                return await self._decided(call, yes)
        here = self.asked.position
        for call in reversed(calls):
            waiting = call.state == "planned" and call.is_open and call.position != here
            if not (waiting or call.confirmed_position == here):
                continue
            yes_no = yes_or_no(self._burst.text, self.language, self._about(call))
            if yes_no is not None:
                return await self._decided(call, yes_no)
        return None

    async def _call(self, call_id: str) -> Call | None:
        conversation_id = self.asked.conversation_id
        return await self._runtime.store.read(
            lambda tx: ledger.get(tx, call_id, conversation_id), brief=True
        )

    def _taps(self) -> list[tuple[str, bool]]:
        """The buttons of ours that were tapped; a no first: where both were, nothing is done."""
        taps = []
        for row in self._burst.said:
            parts = tapped_id(row.content).split(":")
            if len(parts) == 3 and parts[0] == PREFIX and parts[2] in ("yes", "no"):
                taps.append((parts[1], parts[2] == "yes"))
        return sorted(taps, key=lambda tap: tap[1])

    async def _decided(self, call: Call, yes: bool) -> Told:
        tool, store, here = self._tools.get(call.tool_id), self._runtime.store, self.asked.position
        mine = call.confirmed_position == here
        if tool is None or (call.state == "planned" and not call.is_open):
            return Told(_says(say("lapsed", self.language)))
        if call.state == "planned":
            if not yes:
                await store.write(lambda tx: ledger.close(tx, call, "declined"), brief=True)
                return Told(_says(say("declined", self.language), settled=True))
            call = await store.write(lambda tx: ledger.confirm(tx, call, here), brief=True)
            mine = call.confirmed_position == here
        if call.state == "declined" and not yes:
            return Told(_says(say("declined", self.language)))
        if mine or call.state in ledger.STARTED:
            return await self.go_on(call, tool)
        name = "already" if call.state == "done" else "lapsed"
        return Told(_says(say(name, self.language, call.summary)))

    def _about(self, call: Call) -> str:
        """A call in words, for whoever says its words again."""
        tool = self._tools.get(call.tool_id)
        examples = " ".join(tool.examples) if tool else ""
        return f"{call.summary} {call.tool.replace('_', ' ')} {examples}"

    async def _value_given(self, calls: Sequence[Call]) -> Told | None:
        """The value that was asked for; it is asked for once only."""
        here = self.asked.position
        call = next((it for it in calls if it.state == "asking" and it.position != here), None)
        tool = self._tools.get(call.tool_id) if call and call.is_open else None
        if call is None or tool is None:
            return None
        value = value_given(self._burst.text, tool, call.missing, self.language, **self._when())
        if value is None:
            store = self._runtime.store
            await store.write(lambda tx: ledger.close(tx, call, "expired"), brief=True)
            return None
        return await self._plan(tool, {**call.arguments, call.missing: value}, after=call)

    # What the contact asks for

    async def _chosen(self) -> Told | None:
        """The tool that the words ask for."""
        found = self.match()
        if found is None:
            return None
        match, rest = found
        done = await self._plan(match.tool, await self._with_context(match))
        return done._replace(rest=rest)

    def match(self) -> tuple[Match, str] | None:
        """The tool that the words ask for, and what else they ask."""
        zone = self._question.persona.time_zone
        return tool_asked_for(self._burst.text, self.language, self.tools, zone=zone)

    async def _with_context(self, match: Match) -> dict[str, Any]:
        """The match's values, completed by the rest of the burst and by what was spoken of last."""
        tool, found = match.tool, dict(match.arguments)
        if not missing_in(found, tool.parameters):
            return found
        found = {**values_in(self._burst.text, tool, self.language, **self._when()), **found}
        if missing_in(found, tool.parameters) and (tool.confirms or not tool.changes):
            recent = await self._runtime.store.read(
                lambda tx: ledger.newest_done(tx, self.asked.conversation_id), brief=True
            )
            for name in missing_in(found, tool.parameters):
                known = (it.arguments[name] for it in recent if name in it.arguments)
                if (value := next(known, None)) is not None:
                    found[name] = value
        return found

    async def _plan(
        self, tool: ToolView, arguments: Mapping[str, Any], *, after: Call | None = None
    ) -> Told:
        """`after` is the call that waited for the last value; this one takes its place."""
        missing = next(iter(missing_in(arguments, tool.parameters)), "")
        summary = summary_of(tool, arguments, self.language)

        def work(tx: Tx) -> Call:
            if after is not None:
                ledger.close(tx, after, "expired")
            return ledger.plan(tx, self.asked, tool, arguments, summary=summary, missing=missing)

        return await self.go_on(await self._runtime.store.write(work, brief=True), tool)

    def _when(self) -> dict[str, Any]:
        return {"moment": now(), "zone": self._question.persona.time_zone}

    # What comes of it

    def _outcome(self, call: Call, tool: ToolView) -> Told:
        language = self.language
        if call.state == "done":
            text = done_in_words(call, tool, language)
            return Told(_says(text, settled=tool.changes, sources=(source_of(call, tool),)))
        if call.state == "failed" and reason_of(call) == "not_found":
            return Told(_says(say("not_found", language, call.summary), confidence=_NOT_FOUND))
        if call.state in ("declined", "expired"):
            return Told(_says(say("lapsed", language)))
        return Told(_NOBODY, TOOL_UNKNOWN if call.state == "unknown" else TOOL_FAILED)


def tool_asked_for(
    text: str, language: LanguageCode, tools: Sequence[ToolView], *, zone: str
) -> tuple[Match, str] | None:
    """The tool that a text asks for, and what else it asks."""
    said = utterances(text, language)
    for place, utterance in enumerate(said):
        match = find_tool(utterance.text, language, tools, moment=now(), zone=zone)
        if match is not None:
            others = [it.text for at, it in enumerate(said) if at != place and it.asks]
            return match, "\n".join(others)
    return None


def asking_yes(text: str, call_id: str, language: str, *, taps: bool) -> Part:
    """The question for a yes: with two buttons, or (`taps` False) to be answered in words."""
    if not taps:
        return Part(f"{text} {say('typed', language)}")
    return with_buttons(
        text, ((f"{PREFIX}:{call_id}:{name}", say(name, language)) for name in ("yes", "no"))
    )


def with_buttons(text: str, taps: Iterable[tuple[str, str]]) -> Part:
    """A question with its answers as buttons: their ids and titles."""
    buttons = [{"id": id, "title": title} for id, title in taps]
    return Part(text, "interactive", {"interactive": {"type": "button", "buttons": buttons}})


def done_in_words(call: Call, tool: ToolView, language: str) -> str:
    """What the contact hears of a call that is done."""
    if tool.kind == TEMPLATE and not tool.answers:
        return ""  # the template speaks for itself
    text = told(tool, call.arguments, call.result, language)
    return text or say("done" if tool.changes else "nothing", language, call.summary)


def source_of(call: Call, tool: ToolView) -> SourceQuote:
    """A call as where an answer comes from."""
    quote = (
        call.result if isinstance(call.result, str) else json.dumps(call.result, ensure_ascii=False)
    )
    return SourceQuote(tool.id, tool.label, call.summary, quote[:_QUOTED], 1.0)


def _says(text: str, *, confidence: float = _SURE, **more: Any) -> Answer:
    return Answer(text=text, confidence=confidence, model=NAME, intent="tool", **more)


#: The answer of a turn that a person takes, since the tool does not help.
_NOBODY = Answer(text="", confidence=0.0, model=NAME, known=False, intent="tool")

"""A conversation with the assistant on a stage: everything is decided as for a customer, nothing
is sent, and what is written goes down with the stage (app/staging.py).

    rehearsal = await Rehearsal.begin(stage)
    decision = await rehearsal.say("¿a qué hora abren?")
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec.structs import replace

from recado.assistant.evaluations.rules import Observed, Quoted
from recado.channels.messages import Identity, InboundMessage, Sender
from recado.channels.port import Line
from recado.conversations.contacts import find_or_add_contact
from recado.conversations.guards import may_speak
from recado.conversations.messages import append_inbound
from recado.conversations.ownership import open_conversation
from recado.errors import NotFound
from recado.inbound import simulator
from recado.inbound.plain import said
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from recado.turns.answerer import Answerer, Decision, Turn
from recado.turns.assistant import Assistant
from recado.turns.burst import read_turn
from recado.turns.outcome import decide
from recado.turns.tools_on_stage import ToolCallsOnStage, tools_called


class Rehearsal:
    """One contact's conversation on the simulator's line of `runtime`, a stage without workers."""

    def __init__(self, runtime: Runtime, line: Line, answerer: Answerer, name: str) -> None:
        self._runtime = runtime
        self._line = line
        self._answerer = answerer
        self._sender = Sender((Identity("provider", f"rehearsal-{new_id()}"),), name)
        #: What the last decision took.
        self.seconds = 0.0
        self._conversation_id = ""

    @classmethod
    async def begin(
        cls, runtime: Runtime, answerer: Answerer | None = None, *, name: str = ""
    ) -> Rehearsal:
        """`answerer` None: the assistant; `name` is the contact's."""
        line = await runtime.lines.at(simulator.CHANNEL, simulator.ADDRESS)
        if line is None:
            raise NotFound("There is no simulator's line to rehearse on.")
        return cls(runtime, line, answerer or Assistant(runtime), name)

    async def say(self, text: str) -> Decision | None:
        """What the assistant decides after the contact has said `text`; it is written, so that
        what is said next goes on from it. None: a person has the conversation.

        Raises ModelError.
        """
        conversation_id = await self._runtime.store.write(lambda tx: self._take_in(tx, text))
        self._conversation_id = conversation_id
        turn = await self._runtime.store.read(lambda tx: self._read(tx, conversation_id))
        if turn is None:
            return None
        began = time.perf_counter()
        decision = await self._answerer.answer(turn)
        self.seconds = time.perf_counter() - began
        await self._runtime.store.write(lambda tx: decide(tx, turn, decision))
        return decision

    async def tools(self) -> tuple[str, ...] | None:
        """The names of the tools that were called so far; None: none are connected here."""
        if not isinstance(self._runtime.tool_calls, ToolCallsOnStage):
            return None
        return await self._runtime.store.read(lambda tx: tools_called(tx, self._conversation_id))

    def _take_in(self, tx: Tx, text: str) -> str:
        language = self._runtime.settings.default_language
        item = InboundMessage(
            channel=simulator.CHANNEL,
            line_address=simulator.ADDRESS,
            provider_message_id=f"web.{new_id()}",
            sender=self._sender,
            type="text",
            text=text,
            sent_at=now(),
        )
        contact_id = find_or_add_contact(tx, self._line, self._sender, language=language)
        conversation = open_conversation(
            tx, self._line.id, contact_id, said=text, default_language=language
        )
        append_inbound(tx, conversation.id, **said(item))
        return str(conversation.id)

    def _read(self, tx: Tx, conversation_id: str) -> Turn | None:
        conversation, burst = read_turn(tx, conversation_id)
        if conversation is None or not may_speak(conversation.state) or not burst:
            return None
        session = self._runtime.context.read(
            tx,
            conversation_id,
            None,
            before_position=burst.first_position,
            version=conversation.message_count,
        )
        return Turn(conversation, burst, session)


class AskOnStage:
    """An Ask (assistant/evaluations/running.py): each conversation is one of its own, with a
    contact of the `name`."""

    def __init__(self, runtime: Runtime, *, name: str = "") -> None:
        self._runtime = runtime
        self._name = name

    async def __call__(self, turns: Sequence[str], /) -> Observed:
        rehearsal = await Rehearsal.begin(self._runtime, name=self._name)
        seen = _NOTHING
        for text in turns:
            decision = await rehearsal.say(text)
            if decision is None:
                break  # a person has it since the last message
            seen = observed(decision, rehearsal.seconds)
        return replace(seen, tools=await rehearsal.tools())


_NOTHING = Observed(text="", language="")


def observed(decision: Decision, seconds: float) -> Observed:
    """A decision as an evaluation sees it."""
    facts, handover = decision.facts, decision.handover
    return Observed(
        text="\n\n".join(part.text for part in decision.parts),
        language=facts.language,
        confidence=facts.confidence,
        quoted=tuple(Quoted(it.source_name, it.heading) for it in facts.sources),
        handed_over=handover is not None,
        reasons=tuple(str(it["code"]) for it in handover.grounds.reasons) if handover else (),
        model=facts.model,
        intent=facts.intent,
        seconds=seconds,
        cost=facts.cost,
        tokens_in=facts.tokens_in,
        tokens_out=facts.tokens_out,
    )

"""Structured talk in a turn: the step that the contact's words take, what is said to it, and what
follows when all is known.

Nothing is written before the turn's outcome: the talk as it then is, is an effect of the decision
(answerer.py), in the transaction of the reply. A tool of the ending goes through the ledger, under
a key that a second try of the turn has, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_replace
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Row

from recado.assistant.intents.definition import Intent
from recado.assistant.intents.port import Said, Step, TalkState
from recado.assistant.intents.talks import open_talk, state_of, write_talk
from recado.assistant.intents.wording import (
    LONGEST_BUTTON,
    MOST_BUTTONS,
    Asking,
    asking,
    filled,
    say,
    summary,
    titled,
    why_wrong,
)
from recado.assistant.port import Answer, Question
from recado.assistant.slots.definition import in_language
from recado.assistant.slots.reading import When
from recado.conversations.asked import tapped_id
from recado.conversations.messages import Part
from recado.escalation.reasons import TALK_DONE, TALK_STUCK, ReasonKind
from recado.events import IntentCompleted, IntentUpdated
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from recado.turns.answerer import Effect, Turn
from recado.turns.tooling import ToolTurn, with_buttons

#: How the buttons of a talk's question name it.
PREFIX = "talk"
NAME = "intents"
_SURE = 0.95


class Judged(NamedTuple):
    """What is said, why a person has to take the conversation instead, and what else follows.
    `talk` is the structured talk as it is after the turn; `rest` is what else was asked."""

    answer: Answer
    need: ReasonKind | None = None
    effects: tuple[Effect, ...] = ()
    talk: TalkAfter | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class TalkAfter:
    """A talk as a turn leaves it; `stored` is its row, None where it begins."""

    intent: Intent
    state: TalkState
    outcome: str
    language: str
    id: str
    stored: Row[Any] | None
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> str:
        """What is known, for the person who takes it."""
        return summary(self.intent, self.state, self.language)

    def keeping(self, *, handed: bool) -> KeepTalk:
        """The effect that writes it; `handed`: a person takes the conversation."""
        waits = self.outcome == "goes_on"
        name = self.state.stage if waits else self.outcome
        if handed and name not in {"completed", "left"}:
            name = "handed_over"
        return KeepTalk(self, name)


@dataclass(frozen=True, slots=True)
class KeepTalk:
    """An effect: the talk is as it is after the turn, and whoever listens is told."""

    talk: TalkAfter
    state: str

    def apply(self, tx: Tx, conversation: Row[Any], turn: Turn) -> None:
        talk, state = self.talk, self.talk.state
        moment = now()
        begun = talk.stored
        row = {
            "id": talk.id,
            "conversation_id": turn.conversation.id,
            "turn_id": turn.id,
            "character_id": turn.conversation.character_id or "",
            "intent": talk.intent.name,
            "title": talk.intent.titled(talk.language),
            "language": talk.language,
            "state": self.state,
            "asking": state.asking if self.state == "asking" else "",
            "values": state.values,
            "told": titled(talk.intent, state, talk.language),
            "skipped": list(state.skipped),
            "tries": state.tries,
            "engine": state.engine,
            "engine_state": state.engine_state,
            "position": turn.burst.first_position if begun is None else begun.position,
            "last_position": turn.burst.last_position,
            "ownership": turn.conversation.ownership,
            "created_at": moment if begun is None else begun.created_at,
            "updated_at": moment,
            "expires_at": moment + talk.intent.minutes * 60.0,
            **self.talk.said,
        }
        write_talk(tx, row)
        told = {
            "conversation_id": turn.conversation.id,
            "user_id": turn.conversation.contact_id,
            "talk_id": talk.id,
            "intent": talk.intent.name,
            "state": self.state,
            "values": state.values,
        }
        kind = IntentCompleted if self.state == "completed" else IntentUpdated
        tx.announce(kind(**told))


class TalkTurn:
    """The structured talk of one turn; `stored` is the one that waits for the contact."""

    def __init__(
        self, runtime: Runtime, turn: Turn, question: Question, stored: Row[Any] | None
    ) -> None:
        self._runtime = runtime
        self._turn = turn
        self._question = question
        self._language = question.language
        self._intents = {it.name: it for it in question.persona.intents}
        self._stored = stored if stored is not None and stored.intent in self._intents else None

    @classmethod
    async def begin(cls, runtime: Runtime, turn: Turn, question: Question) -> TalkTurn:
        """Reads what waits."""
        conversation = turn.conversation
        stored = await runtime.store.read(
            lambda tx: open_talk(tx, conversation.id, conversation.ownership), brief=True
        )
        return cls(runtime, turn, question, stored)

    @property
    def waits(self) -> bool:
        return self._stored is not None

    async def answer(self) -> Judged | None:
        """What the talk makes of the turn; None: it is for others, who may answer beside it.

        Raises what the engine raises.
        """
        burst = self._turn.burst
        if self._is_late_tap():
            return Judged(_says(say("lapsed", self._language)))
        state = state_of(self._stored) if self._stored is not None else None
        said = Said(
            text=burst.text,
            language=self._question.language,  # type: ignore[arg-type]
            when=When(burst.last_at, self._question.persona.time_zone),
            session=self._turn.conversation.id,
        )
        persona = self._question.persona
        step = await self._runtime.dialogues.step(
            persona.intent_engine, said, persona.intents, state
        )
        return None if step is None else await self._taken(step)

    def beside(self, judged: Judged, *, asks: bool = True) -> Judged:
        """What others have answered, with the question that waits below it."""
        if self._stored is None or judged.talk is not None:
            return judged
        state = state_of(self._stored)
        talk = self._after(Step(outcome="goes_on", state=state), self._stored)
        answer = judged.answer
        if asks and answer.text and not (judged.need or answer.asked_for_person or answer.confirms):
            answer = self._with_question(answer.text, talk, answer)
        return judged._replace(answer=answer, talk=talk)

    def with_rest(self, judged: Judged, more: Answer) -> Judged:
        """The model's answer to what else was asked, above the talk's own question."""
        said = judged.answer
        if not more.text or judged.need or judged.talk is None:
            return judged
        sources = (*more.sources, *said.sources)
        text = f"{more.text}\n\n{said.text}"
        answer = replace(said, text=text, sources=sources, files=more.files)
        return judged._replace(answer=answer)

    def _is_late_tap(self) -> bool:
        """A button of a talk that does not wait any more, and nothing else."""
        taps = [tapped_id(row.content) for row in self._turn.burst.said]
        named = [it for it in taps if it.startswith(f"{PREFIX}:")]
        here = self._stored.id if self._stored is not None else ""
        return (
            bool(named)
            and len(named) == len(taps)
            and not any(it.split(":")[1] == here for it in named)
        )

    async def _taken(self, step: Step) -> Judged:
        stored = self._stored
        if stored is not None and stored.intent != step.state.intent:
            stored = None  # another intent: what waited is left
        talk = self._after(step, stored)
        if step.outcome == "completed":
            return await self._ended(talk, step.text)
        if step.outcome == "left":
            return Judged(_says(step.text or say("left", self._language)), talk=talk)
        if step.outcome == "stuck":
            return Judged(_NOBODY, TALK_STUCK, talk=talk)
        wrong = why_wrong(step, talk.intent, self._language)
        answer = self._with_question(wrong, talk, _says(""), own=step.text, joint=" ")
        return Judged(answer, talk=talk, rest=step.rest)

    def _with_question(
        self, text: str, talk: TalkAfter, answer: Answer, *, own: str = "", joint: str = "\n\n"
    ) -> Answer:
        asked = asking(talk.intent, talk.state, self._language)
        question = Asking(own, asked.taps) if own else asked
        taps = tuple((f"{PREFIX}:{talk.id}:{key}", title) for key, title in question.taps)
        whole = joint.join(filter(None, (text, question.text)))
        return replace(answer, text=whole, taps=taps)

    def _after(self, step: Step, stored: Row[Any] | None) -> TalkAfter:
        persona = self._question.persona
        return TalkAfter(
            intent=self._intents[step.state.intent],
            state=step.state,
            outcome=step.outcome,
            language=self._language,
            id=stored.id if stored is not None else new_id(),
            stored=stored,
            said={"character_id": persona.id, "character_version": persona.version},
        )

    # The end

    async def _ended(self, talk: TalkAfter, own: str) -> Judged:
        """`own` is what the engine says itself, where the character says nothing."""
        ending = talk.intent.ending
        text, need, result = "", TALK_DONE if ending.hands_over else None, None
        sources: Sequence[Any] = ()
        if ending.tool:
            done = await self._call(talk)
            if done.need is not None:
                return Judged(done.answer, done.need, talk=dataclass_replace(talk, outcome="stuck"))
            text, sources, result = done.answer.text, done.answer.sources, done.result
        template = in_language(ending.answers, self._language)
        if template and (result is not None or not ending.tool):
            text = self._filled(template, talk, result)
        text = text or own or say("done", self._language, what=talk.data)
        return Judged(_says(text, settled=True, sources=sources), need, talk=talk)

    def _filled(self, template: str, talk: TalkAfter, result: Any) -> str:
        return filled(template, talk.intent, talk.state, self._language, result=result)

    async def _call(self, talk: TalkAfter) -> Any:
        tools = await self._runtime.tools.of(self._question.persona)
        box = ToolTurn(self._runtime, self._turn, self._question, tools)
        return await box.do(talk.intent.ending.tool, talk.state.values)


def asking_taps(text: str, taps: Sequence[tuple[str, str]], *, can: bool) -> Part:
    """A question with its answers: as buttons where the channel has them and they fit, else in the
    text."""
    fit = len(taps) <= MOST_BUTTONS and all(len(title) <= LONGEST_BUTTON for _, title in taps)
    if can and fit:
        return with_buttons(text, taps)
    if [id.rpartition(":")[2] for id, _ in taps] == ["yes", "no"]:
        return Part(f"{text} ({' / '.join(title for _, title in taps)})")
    listed = "\n".join(f"{at}. {title}" for at, (_, title) in enumerate(taps, 1))
    return Part(f"{text}\n{listed}")


def _says(text: str, **more: Any) -> Answer:
    return Answer(text=text, confidence=_SURE, model=NAME, intent="structured_talk", **more)


#: The answer of a turn that a person takes, since nobody understands it.
_NOBODY = Answer(text="", confidence=0.0, model=NAME, known=False, intent="structured_talk")

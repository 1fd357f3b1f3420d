"""The assistant's answer to a turn: from what it knows, by a model, or a person instead."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Row

from recado.assistant.models import choose_models, first_answer
from recado.assistant.models.calls import NOTHING, noting, total
from recado.assistant.models.choosing import (
    NOTHING_SPENT,
    Choice,
    SpentToday,
    models_left,
    needs_spent,
)
from recado.assistant.models.ledger import Caller, read_spent
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.neutral import persona_of_line
from recado.assistant.port import Answer, ContextMessage, Persona, Question
from recado.conversations.facts.keeping import facts_for_model
from recado.conversations.messages import Part
from recado.conversations.ownership import settled_at
from recado.errors import ModelError, ModelUnavailable
from recado.escalation.facts import TurnFacts, felt
from recado.escalation.matter import begins_after, matter_so_far, times_before
from recado.escalation.policy.compiled import EscalationPolicy
from recado.escalation.reasons import (
    BUDGET_SPENT,
    ReasonKind,
    needs_person,
    score_turn,
)
from recado.language.analysis import LanguageCode, classify_intent
from recado.language.detection import known_language
from recado.language.spoken import language_of_turn
from recado.runtime import Runtime
from recado.turns.answerer import Decision, DecisionFacts, ExtendSummary, HandOver, Turn
from recado.turns.burst import Burst
from recado.turns.file_answers import about_files, answer_from, says_without_words, wordless
from recado.turns.files_sent import offered_files, with_files
from recado.turns.formatting import TEXT_LIMIT, format_for_whatsapp, split_text
from recado.turns.judging import (
    UNASKED,
    after_person,
    confirmed,
    fit_to_send,
    for_tap,
    grounds_of,
    judge,
    not_known,
    noted_faults,
    wished_in,
    with_wish,
)
from recado.turns.talking import Judged, TalkTurn, asking_taps
from recado.turns.toolbox import SETTLED_BY_TOOLS, TurnToolBox
from recado.turns.tooling import Told, ToolTurn, asking_yes


class Assistant:
    """An Answerer (answerer.py)."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def answer(self, turn: Turn) -> Decision:
        conversation = turn.conversation
        persona = await persona_of_line(
            self._runtime, conversation.line_id, conversation.character_id
        )
        turn.calls.caller = Caller(
            conversation_id=conversation.id,
            turn_id=turn.id,
            line_id=conversation.line_id,
            character_id=persona.id,
            time_zone=persona.time_zone,
        )
        spent = await self._spent(persona, turn.calls.caller)
        with noting(turn.calls.made, only=models_left(persona, spent)):
            return await self._decided(turn, persona, spent)

    async def _spent(self, persona: Persona, caller: Caller) -> SpentToday:
        """What was spent today, where a budget or a rule asks for it."""
        if not needs_spent(persona):
            return NOTHING_SPENT
        return await self._runtime.store.read(lambda tx: read_spent(tx, caller), brief=True)

    async def _decided(self, turn: Turn, persona: Persona, spent: SpentToday) -> Decision:
        policies = await self._runtime.policies.at(turn.conversation.policy)
        policy = policies.of(turn.conversation.line_id, persona)
        question, known = await self._asked(turn, persona, policy)
        models = choose_models(
            persona,
            turn.burst.text,
            self._runtime.settings.model,
            language=known.language,
            spent=spent,
        )
        question = await self._with_facts(question, turn.conversation.contact_id, models)
        known = replace(known, embedded=bool(models) and models[0].model == EMBEDDED)
        began = time.perf_counter()
        judged = await self._answered(question, known, needs_person(known, policy), turn, models)
        answer, need = judged.answer, judged.need
        if known.dealt_with and answer.asked_for_person:
            answer = after_person(answer, known.language)
        model_ms = (time.perf_counter() - began) * 1000
        if answer is not UNASKED:
            known = replace(
                known,
                confidence=answer.confidence,
                intent=answer.intent,
                # Where a tool or a check asks for a person in its place, that is the reason.
                model_asks=answer.asked_for_person and need is None,
            )
        score = noted_faults(score_turn(known, need, policy), answer)
        took = total(turn.calls.made) if turn.calls.made else NOTHING
        parts: tuple[Part, ...] = ()
        handed = score.escalates or answer.asked_for_person
        if answer.settled or not handed:
            parts = self._parts(turn.conversation.line_id, answer, known.language)
            if answer.files:
                parts = await with_files(self._runtime, turn.conversation.line_id, answer, parts)
        if answer.settled:
            parts += await self._templates(turn, persona)
        stays = bool(parts) and not handed
        due = self._runtime.context.to_summarise(turn.session, turn.burst.first_position)
        talk = judged.talk
        return Decision(
            parts=parts,
            effects=(
                *judged.effects,
                *((talk.keeping(handed=not stays),) if talk else ()),
                *(
                    ()
                    if stays
                    else (HandOver(grounds_of(question, known, turn.burst, score, policy, talk)),)
                ),
                *((ExtendSummary(due),) if due and stays else ()),
            ),
            score=score,
            draft=answer.text,
            facts=DecisionFacts(
                language=known.language,
                character_id=persona.id,
                character_version=persona.version,
                model=answer.model,
                confidence=answer.confidence,
                sources=answer.sources,
                sentiment=known.sentiment.label.value if known.sentiment and known.text else "",
                intent=answer.intent or classify_intent(known.text, known.language).name,
                tokens_in=took.tokens_in or answer.tokens_in,
                tokens_out=took.tokens_out or answer.tokens_out,
                cost=answer.cost if took.cost is None else took.dollars,
                model_ms=model_ms,
            ),
        )

    async def _asked(
        self, turn: Turn, persona: Persona, policy: EscalationPolicy
    ) -> tuple[Question, TurnFacts]:
        """The question to the model, and what is known of the matter."""
        conversation, burst, session = turn.conversation, turn.burst, turn.session
        language = wished_in(burst, persona.languages) or language_of_turn(
            burst.text,
            known_language(conversation.language),
            first=not any(message.role == "user" for _, message in session.said),
            speaks=persona.languages,
        )
        history = await self._runtime.context.history(
            conversation.id, session, burst.first_position, language
        )
        meanwhile = [_our_words(row) for row in burst.meanwhile]
        about = burst.about
        if burst.files or turn.earlier_files:
            about += await about_files(burst.files, turn.earlier_files, burst.text, language)
        self._runtime.metrics.context_retrieval(time.perf_counter() - turn.read_at)
        question = Question(
            persona=persona,
            text=burst.text,
            language=language,
            history=[*history, *meanwhile],
            contact_name=conversation.contact_name,
            about=about,
            files=await offered_files(self._runtime, conversation.line_id, persona),
        )
        return question, await self._known(turn, language, meanwhile, policy)

    async def _with_facts(
        self, question: Question, contact_id: str, models: Sequence[Choice]
    ) -> Question:
        """With what a model may be told of the contact; the embedded one has no use for it."""
        if all(it.model == EMBEDDED for it in models):
            return question
        facts = await self._runtime.store.read(lambda tx: facts_for_model(tx, contact_id))
        return replace(question, facts=facts)

    async def _known(
        self,
        turn: Turn,
        language: LanguageCode,
        meanwhile: Sequence[ContextMessage],
        policy: EscalationPolicy,
    ) -> TurnFacts:
        """The burst, as far as no person has dealt with it, and the matter that it belongs to."""
        conversation, burst, session = turn.conversation, turn.burst, turn.session
        settled = 0
        if conversation.ownership:  # it was in a person's hands, or settled
            settled = await self._runtime.store.read(
                lambda tx: settled_at(tx, conversation.id), brief=True
            )
        new = burst if burst.first_position > settled else burst.since(settled)
        before = matter_so_far(
            session.said, after=settled, before=burst.first_position, at=burst.first_at
        )
        before += meanwhile
        said = new or burst
        return TurnFacts(
            text=said.text,
            language=language,
            types=said.types,
            before=before,
            crossed=bool(meanwhile),
            message_count=await self._count(turn, settled, policy),
            dealt_with=not new,
            sentiment=await felt(said.text, language, self._runtime.comprehend),
        )

    async def _count(self, turn: Turn, settled: int, policy: EscalationPolicy) -> int:
        """How many messages the open matter has. Where more of it would have to be known than the
        turn has read, and it matters, the store is asked."""
        conversation, burst = turn.conversation, turn.burst
        counts = conversation.message_count
        limits = (policy.messages_over, policy.most_messages or policy.messages_over)
        if counts - settled <= min(limits):
            return int(counts - settled)  # no limit is near, wherever it began
        silence = policy.silence_hours * 3600
        times = [(at, it.at) for at, it in turn.session.said if at < burst.first_position]
        found = begins_after(times, after=settled, at=burst.first_at, silence_seconds=silence)
        if not found[1] and counts - times[0][0] < max(limits):
            most = max(limits) + 1
            before = burst.first_position
            times = await self._runtime.store.read(
                lambda tx: times_before(
                    tx, conversation.id, after=settled, before=before, most=most
                ),
                brief=True,
            )
            found = begins_after(times, after=settled, at=burst.first_at, silence_seconds=silence)
        return int(counts - found[0])

    async def _answered(
        self,
        question: Question,
        known: TurnFacts,
        need: ReasonKind | None,
        turn: Turn,
        models: Sequence[Choice],
    ) -> Judged:
        """By the character's intents where the contact's words are for one of them; else by its
        tools and its model, with the question of the intent that waits below."""
        if not models:
            return self._without_models(known, need, turn.burst)
        if not question.persona.intents:
            return await self._judged(question, known, need, turn, models)
        talk = await TalkTurn.begin(self._runtime, turn, question)
        if need is not None and need.code not in SETTLED_BY_TOOLS:
            return talk.beside(await self._judged(question, known, need, turn, models))
        if talk.waits and not await self._waits_for_tool(question, turn):
            judged = await self._talked(talk, question, turn, models)
            return judged or talk.beside(await self._judged(question, known, need, turn, models))
        told, box = await self._told(question, turn, models)
        if told is not None:
            return talk.beside(Judged(told.answer, told.need))
        judged = await self._talked(talk, question, turn, models)
        return judged or talk.beside(await self._by_model(question, known, need, turn, models, box))

    async def _talked(
        self, talk: TalkTurn, question: Question, turn: Turn, models: Sequence[Choice]
    ) -> Judged | None:
        """What the talk makes of the turn, with what the model says to what else was asked."""
        judged = await talk.answer()
        if judged is None or not judged.rest or judged.need:
            return judged
        asked = replace(question, text=judged.rest)
        return talk.with_rest(judged, await self._answer(asked, turn, models))

    async def _waits_for_tool(self, question: Question, turn: Turn) -> bool:
        """Whether a tool has asked something since the talk did."""
        tools = await self._runtime.tools.of(question.persona)
        return bool(tools) and await ToolTurn(self._runtime, turn, question, tools).waits()

    async def _judged(
        self,
        question: Question,
        known: TurnFacts,
        need: ReasonKind | None,
        turn: Turn,
        models: Sequence[Choice],
    ) -> Judged:
        told, box = await self._told(question, turn, models)
        if told is not None:
            return Judged(told.answer, told.need)
        return await self._by_model(question, known, need, turn, models, box)

    async def _by_model(
        self,
        question: Question,
        known: TurnFacts,
        need: ReasonKind | None,
        turn: Turn,
        models: Sequence[Choice],
        box: TurnToolBox | None,
    ) -> Judged:
        burst = turn.burst
        if need and not (box and need.code in SETTLED_BY_TOOLS and box.is_asked_for):
            return Judged(UNASKED, need)
        if noted := confirmed(burst, known.language):
            return Judged(noted)
        question = replace(question, tools=box)
        said = await self._answer(question, turn, models)
        if box is not None and (said.confirms or box.need):
            return Judged(said, box.need)
        if box is not None:
            sources = (*said.sources, *box.sources)
            said = replace(said, sources=sources, settled=box.has_changed)
        if said.faults:
            return Judged(*fit_to_send(said, box.done if box else ()))
        answer, need = judge(said, known)
        unknown = not_known(said, known, need)
        return Judged(with_wish(answer, burst, known.language), need, unknown)

    def _without_models(self, known: TurnFacts, need: ReasonKind | None, burst: Burst) -> Judged:
        """Of a turn for which the budget leaves nobody but a person."""
        if noted := confirmed(burst, known.language):
            return Judged(noted)
        return Judged(UNASKED, need or BUDGET_SPENT)

    async def _told(
        self, question: Question, turn: Turn, models: Sequence[Choice]
    ) -> tuple[Told | None, TurnToolBox | None]:
        """What the character's tools make of the turn; None: it is for the model, with the box of
        those that it may call."""
        tools = await self._runtime.tools.of(question.persona)
        if not tools or not turn.burst.text:
            return None, None
        embedded = models[0].model == EMBEDDED
        tool_turn = ToolTurn(self._runtime, turn, question, tools)
        calls = await tool_turn.calls()
        told = await tool_turn.answer(calls, embedded=embedded)
        if told is None:
            box = None if embedded else TurnToolBox(self._runtime, tool_turn, tool_turn.own(calls))
            return None, box
        return await self._with_rest(told, question, turn, models), None

    async def _with_rest(
        self, told: Told, question: Question, turn: Turn, models: Sequence[Choice]
    ) -> Told:
        """What a tool told, and what the model says to what else was asked."""
        if not told.rest or told.need or told.answer.confirms:
            return told
        more = await self._answer(replace(question, text=told.rest), turn, models)
        if not more.known or more.faults:
            return told
        both = f"{told.answer.text}\n\n{more.text}"
        sources = (*told.answer.sources, *more.sources)
        answer = replace(told.answer, text=both, sources=sources, files=more.files)
        return told._replace(answer=answer)

    async def _answer(self, question: Question, turn: Turn, models: Sequence[Choice]) -> Answer:
        burst, embedded = turn.burst, models[0].model == EMBEDDED
        if not burst.text and (embedded or not says_without_words(burst)):
            return wordless(question, burst)
        if embedded and burst.files and (told := await answer_from(burst.files, question)):
            return told
        answer = await first_answer(models, lambda name: self._ask(question, burst, name))
        if embedded and not answer.known and turn.earlier_files:
            return await answer_from(turn.earlier_files, question) or answer
        return answer

    async def _ask(self, question: Question, burst: Burst, name: str) -> Answer:
        """Raises ModelError."""
        try:
            with self._runtime.tracing.span("model", kind="client") as span:
                span.note(model=name)
                model = self._runtime.models.get(name)
                answer = await model.answer(question)
                if not answer.known and burst.is_tapped:
                    answer = await for_tap(model, question, burst)
                span.note(tokens_in=answer.tokens_in, tokens_out=answer.tokens_out)
            if not format_for_whatsapp(answer.text).strip():
                raise ModelUnavailable(f"{name} gave an answer without words: {answer.text!r}")
        except ModelError as error:
            self._runtime.metrics.model_error(name, error.slug)
            raise
        self._runtime.metrics.quality(answer.confidence)
        return answer

    async def _templates(self, turn: Turn, persona: Persona) -> tuple[Part, ...]:
        from recado.turns.templates_sent import templates_sent

        return await templates_sent(self._runtime, turn, persona)

    def _parts(self, line_id: str, answer: Answer, language: str) -> tuple[Part, ...]:
        """The answer as messages that its line's channel can carry."""
        line = self._runtime.lines.known(line_id)
        channel = self._runtime.channels[line.channel] if line else None
        text = format_for_whatsapp(answer.text)
        buttons = channel is not None and "interactive.button" in channel.capabilities.sends
        if answer.taps:
            return (asking_taps(text, answer.taps, can=buttons),)
        if answer.confirms:
            return (asking_yes(text, answer.confirms, language, taps=buttons),)
        limit = channel.text_limit if channel else TEXT_LIMIT
        return tuple(Part(words) for words in split_text(text, limit))


def _our_words(row: Row[Any]) -> ContextMessage:
    return ContextMessage(role="assistant", content=row.text, at=row.created_at)

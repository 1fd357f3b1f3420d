"""The turn, the centre of the system: one answer to all that the contact has said.

    wait for quiet → read the burst and its context → ask the model (outside any transaction)
    → write the outcome in one transaction: replies and their send jobs, or the hand-over

Whether the assistant still owns the conversation is checked again in that transaction: when a
person took over meanwhile, the answer is dropped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Row

from recado.assistant.models import phrases, select_model
from recado.assistant.models.phrases import voice_for
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.neutral import business_of
from recado.assistant.port import Answer, ContextMessage, Persona, Question
from recado.conversations.contacts import recipient_of
from recado.conversations.ownership import settled_at
from recado.errors import (
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    RecadoError,
    ServiceUnavailable,
)
from recado.escalation.facts import TurnFacts, matter_so_far
from recado.escalation.reasons import needs_person
from recado.escalation.score import score_turn
from recado.events import TurnEnded, TurnStarted
from recado.jobs import TURN
from recado.language import analysis as intelligence
from recado.language.analysis import LanguageCode, analyze_sentiment
from recado.language.detection import known_language
from recado.language.notices import notice_for_type, receipt
from recado.language.spoken import language_of_turn
from recado.queue.port import Delivery
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.turns.burst import Burst, read_turn
from recado.turns.context import summarise_by_extraction
from recado.turns.decision import (
    UNASKED,
    handover_summary,
    judge,
)
from recado.turns.formatting import format_for_whatsapp
from recado.turns.outcome import conclude, conclude_alone, hand_over_unanswered
from recado.turns.receipts import confirmed, for_tap, wished_in, with_wish
from recado.turns.result import ModelResult, TurnResult
from recado.turns.sessions import Session

#: How soon a model that has too many questions before it is asked again.
BUSY_SECONDS = 1.0
#: Types that say something without words, to a model that is told what it is.
_TELLS = {"interactive", "order", "location", "contacts"}


class _Asked(msgspec.Struct, frozen=True):
    """What is to be answered, and what was said before it; `session` None: not quiet yet."""

    conversation: Row[Any]
    burst: Burst
    session: Session | None


class Turns:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._typing: set[asyncio.Task[None]] = set()

    async def handle(self, delivery: Delivery) -> None:
        conversation_id = TURN.body(delivery).conversation_id
        began = time.perf_counter()
        kept = await self._runtime.context.recall(conversation_id)
        asked = await self._runtime.store.read(
            lambda tx: self._read(tx, conversation_id, kept), brief=True
        )
        if asked is None:
            return  # answered by an earlier turn, or not the assistant's to answer
        conversation, burst = asked.conversation, asked.burst
        delivery.note(conversation=conversation_id, line=conversation.line_id)
        if asked.session is None:
            raise Defer(self._seconds_to_quiet(burst))
        started = now()
        self._announce_start(conversation, burst)
        try:
            model_result = await self._think(conversation, burst, asked.session, began)
            turn = TurnResult(conversation, burst, model_result, started, delivery.trace_id)
            if not await conclude_alone(self._runtime, turn):
                await self._runtime.store.write(
                    lambda tx: conclude(tx, self._runtime, delivery, turn), brief=True
                )
        except RecadoError as error:
            self._runtime.bus.publish(TurnEnded(conversation_id=conversation_id, outcome="failed"))
            if isinstance(error, ModelBusy):
                raise Defer(BUSY_SECONDS) from error
            raise

    def _read(self, tx: Tx, conversation_id: str, kept: Session | None) -> _Asked | None:
        after = {} if kept is None else {"after": kept.through}
        conversation, burst = read_turn(tx, conversation_id, **after)
        if conversation is None or conversation.state != "bot" or not burst:
            return None
        if self._seconds_to_quiet(burst) > 0:
            return _Asked(conversation, burst, None)
        session = self._runtime.context.read(
            tx,
            conversation_id,
            kept,
            before_position=burst.first_position,
            version=conversation.message_count,
            since=burst.before,
        )
        return _Asked(conversation, burst, session)

    def _seconds_to_quiet(self, burst: Burst) -> float:
        """People write in bursts: come back when they pause, but keep nobody waiting long."""
        settings = self._runtime.settings
        if settings.quiet_seconds <= 0:
            return 0.0
        quiet_at = burst.last_at + settings.quiet_seconds
        latest_at = burst.first_at + settings.quiet_max_seconds
        left = min(quiet_at, latest_at) - now()
        # A thousandth of a second is no pause: clocks and timers are not that exact. And where
        # there is more left than can be, a clock was set, or another machine's is ahead.
        return left if 0.001 < left <= settings.quiet_max_seconds + 1 else 0.0

    def _announce_start(self, conversation: Row[Any], burst: Burst) -> None:
        self._runtime.bus.publish(TurnStarted(conversation_id=conversation.id))
        if self._runtime.settings.quiet_seconds > 0 and burst.last_provider_id:
            task = asyncio.create_task(self._show_typing(conversation, burst.last_provider_id))
            self._typing.add(task)
            task.add_done_callback(self._typing.discard)

    async def _show_typing(self, conversation: Row[Any], provider_message_id: str) -> None:
        with suppress(ServiceUnavailable):  # nobody will miss it
            line = await self._runtime.lines.get(conversation.line_id)
            to = await self._runtime.store.read(
                lambda tx: recipient_of(tx, conversation.contact_id), brief=True
            )
            await self._runtime.channel(line.channel).show_typing(line, to, provider_message_id)

    async def _think(
        self, conversation: Row[Any], burst: Burst, session: Session, began: float
    ) -> ModelResult:
        spoken = known_language(conversation.language)
        persona = await self._persona(conversation)
        language = wished_in(burst, persona.languages) or language_of_turn(
            burst.text,
            spoken,
            first=not any(message.role == "user" for _, message in session.said),
            speaks=persona.languages,
        )
        history = await self._runtime.context.history(
            conversation.id, session, burst.first_position, language
        )
        meanwhile = [_our_words(row) for row in burst.meanwhile]
        history = [*history, *meanwhile]
        self._runtime.metrics.context_retrieval(time.perf_counter() - began)
        question = Question(
            persona=persona,
            text=burst.text,
            language=language,
            history=history,
            contact_name=conversation.contact_name,
            about=burst.about,
        )
        name = select_model(persona, burst.text, self._runtime.settings.model)
        facts = await self._facts(conversation, burst, session, language, meanwhile)
        facts = replace(facts, embedded=name == EMBEDDED)
        began = time.perf_counter()
        answer, need = UNASKED, needs_person(facts)
        if need is None and (noted := confirmed(burst, language)):
            answer = noted
        elif need is None:
            answer, need = judge(await self._answer(question, burst, name), facts)
            answer = with_wish(answer, burst, language)
        model_ms = (time.perf_counter() - began) * 1000
        if answer is not UNASKED:
            facts = replace(facts, confidence=answer.confidence, intent=answer.intent)
        score = score_turn(facts, need)
        hands_over = score.escalates or answer.asked_for_person
        return ModelResult(
            answer=answer,
            score=score,
            language=language,
            sentiment=facts.sentiment.label.value if facts.sentiment and burst.text else "",
            summary=self._summary(history, burst, facts) if hands_over else "",
            model_ms=model_ms,
        )

    async def _facts(
        self,
        conversation: Row[Any],
        burst: Burst,
        session: Session,
        language: LanguageCode,
        meanwhile: Sequence[ContextMessage],
    ) -> TurnFacts:
        """The burst and the matter that it belongs to."""
        settled = 0
        if conversation.ownership and session.said:  # it was in a person's hands, or settled
            settled = await self._runtime.store.read(
                lambda tx: settled_at(tx, conversation.id), brief=True
            )
        before = matter_so_far(
            session.said, after=settled, before=burst.first_position, at=burst.first_at
        )
        before += meanwhile
        return TurnFacts(
            text=burst.text,
            language=language,
            types=burst.types,
            before=before,
            crossed=bool(meanwhile),
            message_count=conversation.message_count - settled,
            sentiment=analyze_sentiment(burst.text, language),
        )

    async def _answer(self, question: Question, burst: Burst, name: str) -> Answer:
        if not burst.text and not (burst.about and name != EMBEDDED and burst.last_type in _TELLS):
            return Answer(
                text=_wordless(question, burst),
                confidence=1.0,
                model="none",
                intent="media",
            )
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
        self._runtime.metrics.tokens(answer.model, "in", answer.tokens_in)
        self._runtime.metrics.tokens(answer.model, "out", answer.tokens_out)
        self._runtime.metrics.quality(answer.confidence)
        if answer.cost:
            self._runtime.metrics.model_cost(answer.model, answer.cost)
        return answer

    async def _persona(self, conversation: Row[Any]) -> Persona:
        characters = self._runtime.characters
        named = conversation.character_id
        persona = await (characters.get(named) if named else characters.default())
        if not persona.neutral:
            return persona
        line = await self._runtime.lines.get(conversation.line_id)
        return msgspec.structs.replace(persona, business=business_of(line.name))

    def _summary(self, history: Sequence[ContextMessage], burst: Burst, facts: TurnFacts) -> str:
        last = ContextMessage(role="user", content=burst.text, at=burst.last_at)
        summary = handover_summary(facts, summarise_by_extraction([*history, last], facts.language))
        return "\n".join(filter(None, (burst.cart, summary)))

    def on_dead(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        hand_over_unanswered(tx, self._runtime, delivery)


def _our_words(row: Row[Any]) -> ContextMessage:
    return ContextMessage(role="assistant", content=row.text, at=row.created_at)


def _wordless(question: Question, burst: Burst) -> str:
    if burst.types == {"sticker"}:
        return voice_for(question).say(phrases.WORDLESS)
    if burst.given:
        return receipt(burst.given, question.language)
    return notice_for_type(burst.last_type, question.language)


async def warm_up(runtime: Runtime) -> None:
    """Load what the first turn needs, so that it is no slower than the next."""
    await asyncio.to_thread(intelligence.warm_up)
    await runtime.knowledge.warm_up()
    with suppress(ModelRefused):  # `recado doctor` tells, and each turn is handed over
        await asyncio.to_thread(runtime.models.get, runtime.settings.model)


def turn_consumer(runtime: Runtime) -> Consumer:
    turns = Turns(runtime)
    return Consumer(TURN.spec, turns.handle, turns.on_dead)

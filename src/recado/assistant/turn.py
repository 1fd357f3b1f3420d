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
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, insert, select, text

from recado.assistant import intelligence
from recado.assistant.burst import Burst
from recado.assistant.context import summarise_by_extraction
from recado.assistant.formatting import format_for_whatsapp, split_text
from recado.assistant.intelligence import (
    LanguageCode,
    analyze_sentiment,
    classify_intent,
    detect_language,
)
from recado.assistant.knowledge.analysis import known_language
from recado.assistant.model import Turn
from recado.assistant.models import select_model
from recado.assistant.notices import notice_for_type
from recado.assistant.port import Answer, ContextMessage, Persona, Question
from recado.channels.port import Identity, Recipient
from recado.conversations.messages import queue_message, unanswered
from recado.conversations.model import ContactIdentity
from recado.conversations.ownership import log_event
from recado.errors import ModelError, ModelRefused, RecadoError
from recado.escalation.handover import hand_over
from recado.escalation.score import (
    EscalationScore,
    priority,
    score_escalation,
    suggest_department,
)
from recado.events import ResponseReady, TurnEnded, TurnStarted
from recado.queue.port import Delivery
from recado.queue.queues import TURN
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.store import Tx, new_id, now

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Thought:
    """What came of asking the model: the answer, its score, and what it took."""

    answer: Answer
    score: EscalationScore
    language: LanguageCode
    sentiment: str
    summary: str
    model_ms: float


class Turns:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._typing: set[asyncio.Task[None]] = set()

    async def handle(self, delivery: Delivery) -> None:
        conversation_id = TURN.body(delivery).conversation_id
        conversation, burst = await self._runtime.store.read(
            lambda tx: _read_turn(tx, conversation_id)
        )
        if conversation is None or conversation.state != "bot" or not burst:
            return  # answered by an earlier turn, or not the assistant's to answer
        self._wait_for_quiet(burst)
        started = now()
        self._announce_start(conversation, burst)
        try:
            thought = await self._think(conversation, burst)
            await self._runtime.store.write(
                lambda tx: self._conclude(tx, delivery, conversation, burst, thought, started)
            )
        except RecadoError:
            self._runtime.bus.publish(TurnEnded(conversation_id=conversation_id, outcome="failed"))
            raise

    def _wait_for_quiet(self, burst: Burst) -> None:
        """People write in bursts: come back when they pause, but keep nobody waiting long."""
        settings = self._runtime.settings
        moment = now()
        quiet_at = burst.last_at + settings.quiet_seconds
        latest_at = burst.first_at + settings.quiet_max_seconds
        due_at = min(quiet_at, latest_at)
        # A thousandth of a second is no pause: clocks and timers are not that exact.
        if settings.quiet_seconds > 0 and due_at - moment > 0.001:
            raise Defer(due_at - moment)

    def _announce_start(self, conversation: Row[Any], burst: Burst) -> None:
        self._runtime.bus.publish(TurnStarted(conversation_id=conversation.id))
        if self._runtime.settings.quiet_seconds > 0 and burst.last_provider_id:
            task = asyncio.create_task(self._show_typing(conversation, burst.last_provider_id))
            self._typing.add(task)
            task.add_done_callback(self._typing.discard)

    async def _show_typing(self, conversation: Row[Any], provider_message_id: str) -> None:
        line = await self._runtime.lines.get(conversation.line_id)
        rows = await self._runtime.store.read(
            lambda tx: tx.all(
                select(ContactIdentity.kind, ContactIdentity.value).where(
                    ContactIdentity.contact_id == conversation.contact_id
                )
            )
        )
        to = Recipient(tuple(Identity(row.kind, row.value) for row in rows))
        await self._runtime.channel(line.channel).show_typing(line, to, provider_message_id)

    async def _think(self, conversation: Row[Any], burst: Burst) -> Thought:
        spoken = known_language(conversation.language)
        detected = detect_language(burst.text, default=spoken)
        language = detected.code if detected.confidence >= 0.5 else spoken
        persona = await self._persona(conversation)
        history = await self._runtime.context.load(
            conversation.id,
            before_position=burst.first_position,
            version=conversation.message_count,
        )
        question = Question(
            persona=persona,
            text=burst.text,
            language=language,
            history=history,
            contact_name=conversation.contact_name,
        )
        began = time.perf_counter()
        answer = await self._answer(question, burst)
        model_ms = (time.perf_counter() - began) * 1000
        score = score_escalation(
            burst.text,
            confidence=answer.confidence,
            message_count=conversation.message_count,
            language=language,
        )
        return Thought(
            answer=answer,
            score=score,
            language=language,
            sentiment=analyze_sentiment(burst.text, language).label.value if burst.text else "",
            summary=self._summary(history, burst, language) if score.escalates else "",
            model_ms=model_ms,
        )

    async def _answer(self, question: Question, burst: Burst) -> Answer:
        if not burst.text:
            return Answer(
                text=notice_for_type(burst.last_type, question.language),
                confidence=1.0,
                model="none",
                intent="media",
            )
        default = self._runtime.settings.model
        name = select_model(question.persona, question.text, default)
        try:
            answer = await self._runtime.models.get(name).answer(question)
        except ModelError as error:
            self._runtime.metrics.model_error(name, error.slug)
            raise
        self._runtime.metrics.tokens(answer.model, "in", answer.tokens_in)
        self._runtime.metrics.tokens(answer.model, "out", answer.tokens_out)
        self._runtime.metrics.quality(answer.confidence)
        return answer

    async def _persona(self, conversation: Row[Any]) -> Persona:
        if conversation.character_id:
            return await self._runtime.characters.get(conversation.character_id)
        return await self._runtime.characters.default()

    def _summary(
        self, history: Sequence[ContextMessage], burst: Burst, language: LanguageCode
    ) -> str:
        said = [*history, ContextMessage(role="user", content=burst.text, at=burst.last_at)]
        return summarise_by_extraction(said, language)

    def _conclude(
        self,
        tx: Tx,
        delivery: Delivery,
        conversation: Row[Any],
        burst: Burst,
        thought: Thought,
        started: float,
    ) -> None:
        """The outcome, in one transaction with the end of the job."""
        turn_id = new_id()
        current = tx.first(
            _CLAIM_WORD,
            {
                "id": conversation.id,
                "ownership": conversation.ownership,
                "to": burst.last_position,
                "language": thought.language,
            },
        )
        escalates = thought.score.escalates or thought.answer.asked_for_person
        if current is None:
            outcome = "dropped"
            log_event(
                tx,
                conversation.id,
                "reply_dropped",
                actor="assistant",
                after=burst.last_position,
                detail={"turn": turn_id, "text": thought.answer.text},
            )
        elif escalates:
            outcome = "escalated"
            self._escalate(tx, current, burst, thought, turn_id, delivery.trace_id)
        else:
            outcome = "replied"
            self._reply(tx, current, burst, thought, turn_id, delivery.trace_id)
        record_turn(tx, turn_id, conversation, burst, thought, outcome, started)
        self._runtime.queue.ack_in(tx, delivery)
        ended = TurnEnded(conversation_id=conversation.id, outcome=outcome)
        tx.after_commit(lambda: self._ended(ended, started, thought))

    def _ended(self, event: TurnEnded, started: float, thought: Thought) -> None:
        self._runtime.bus.publish(event)
        self._runtime.metrics.turn(event.outcome, now() - started, thought.model_ms / 1000)
        if event.outcome == "escalated":
            self._runtime.metrics.escalated(priority(thought.score.score))

    def _reply(
        self,
        tx: Tx,
        conversation: Row[Any],
        burst: Burst,
        thought: Thought,
        turn_id: str,
        trace_id: str,
    ) -> None:
        sent = [
            queue_message(
                tx,
                self._runtime.queue,
                conversation.id,
                author="assistant",
                text=part,
                in_reply_to=burst.message_ids,
                turn_id=turn_id,
                confidence=thought.answer.confidence,
                cost=thought.answer.cost if number == 0 else None,
                trace_id=trace_id,
            )
            for number, part in enumerate(split_text(format_for_whatsapp(thought.answer.text)))
        ]
        ready = ResponseReady(
            conversation_id=conversation.id,
            user_id=conversation.contact_id,
            message_ids=tuple(message["id"] for message in sent),
            confidence=thought.answer.confidence,
        )
        tx.after_commit(lambda: self._runtime.bus.publish(ready))

    def _escalate(
        self,
        tx: Tx,
        conversation: Row[Any],
        burst: Burst,
        thought: Thought,
        turn_id: str,
        trace_id: str,
    ) -> None:
        hand_over(
            tx,
            self._runtime.bus,
            self._runtime.queue,
            conversation,
            score=thought.score.score,
            reasons=_reasons(thought.score),
            priority=priority(thought.score.score),
            department=suggest_department(burst.text, thought.language),
            summary=thought.summary,
            language=thought.language,
            turn_id=turn_id,
            in_reply_to=burst.message_ids,
            trace_id=trace_id,
        )

    def on_dead(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        """No try gave an answer: the contact is handed over, never left in silence."""
        conversation_id = TURN.body(delivery).conversation_id
        conversation, burst = _read_turn(tx, conversation_id)
        if conversation is None or conversation.state != "bot" or not burst:
            return
        parameters = {
            "id": conversation_id,
            "ownership": conversation.ownership,
            "to": burst.last_position,
            "language": conversation.language,
        }
        current = tx.first(_CLAIM_WORD, parameters)
        if current is None:
            return
        hand_over(
            tx,
            self._runtime.bus,
            self._runtime.queue,
            current,
            score=100,
            reasons=[
                {"code": "no_answer", "weight": 100, "text": "The assistant could not answer"}
            ],
            priority="high",
            department=suggest_department(burst.text, known_language(conversation.language)),
            summary=f"{burst.text}\n\n{cause}".strip(),
            language=conversation.language,
            in_reply_to=burst.message_ids,
            trace_id=delivery.trace_id,
        )


async def warm_up(runtime: Runtime) -> None:
    """Load what the first turn needs, so that it is no slower than the next."""
    await asyncio.to_thread(intelligence.warm_up)
    await runtime.knowledge.search("recado", runtime.settings.default_language)
    with suppress(ModelRefused):  # `recado doctor` tells, and each turn is handed over
        await asyncio.to_thread(runtime.models.get, runtime.settings.model)


def turn_consumer(runtime: Runtime) -> Consumer:
    turns = Turns(runtime)
    return Consumer(TURN.spec, turns.handle, turns.on_dead)


#: Only who still has the word may answer, and only under the ownership that the turn began with.
_CLAIM_WORD = text(
    "UPDATE conversation SET answered_to = CASE WHEN answered_to > :to THEN answered_to"
    " ELSE :to END, language = :language"
    " WHERE id = :id AND state = 'bot' AND ownership = :ownership"
    " RETURNING id, contact_id, line_id, message_count, state"
)
_READ = text(
    "SELECT conversation.id, conversation.line_id, contact_id, character_id, state, ownership,"
    " conversation.language, message_count, answered_to, contact.name AS contact_name"
    " FROM conversation JOIN contact ON contact.id = contact_id"
    " WHERE conversation.id = :id AND deleted_at IS NULL"
)


def _read_turn(tx: Tx, conversation_id: str) -> tuple[Row[Any] | None, Burst]:
    conversation = tx.first(_READ, {"id": conversation_id})
    if conversation is None:
        return None, Burst(())
    return conversation, Burst(unanswered(tx, conversation_id, conversation.answered_to))


def _reasons(score: EscalationScore) -> list[dict[str, Any]]:
    reasons = [{"code": r.code, "weight": r.weight, "text": r.text} for r in score.reasons]
    return reasons or [
        {"code": "asked_for_person", "weight": 0, "text": "The contact asked for a person"}
    ]


def record_turn(
    tx: Tx,
    turn_id: str,
    conversation: Row[Any],
    burst: Burst,
    thought: Thought,
    outcome: str,
    started: float,
) -> None:
    """The turn's own row: what the desk shows beside the reply."""
    answer = thought.answer
    intent = answer.intent or (classify_intent(burst.text, thought.language).name)
    tx.execute(
        insert(Turn),
        {
            "id": turn_id,
            "conversation_id": conversation.id,
            "character_id": conversation.character_id,
            "from_position": burst.first_position,
            "to_position": burst.last_position,
            "outcome": outcome,
            "model": answer.model,
            "language": thought.language,
            "confidence": answer.confidence,
            "sources": [
                {
                    "source_id": source.source_id,
                    "source_name": source.source_name,
                    "heading": source.heading,
                    "quote": source.quote,
                    "score": source.score,
                }
                for source in answer.sources
            ],
            "score": thought.score.score,
            "reasons": _reasons(thought.score)
            if outcome == "escalated" or thought.score.score
            else [],
            "sentiment": thought.sentiment,
            "intent": intent,
            "tokens_in": answer.tokens_in,
            "tokens_out": answer.tokens_out,
            "cost": answer.cost,
            "error": None,
            "started_at": started,
            "duration_ms": (now() - started) * 1000,
            "model_ms": thought.model_ms,
        },
    )

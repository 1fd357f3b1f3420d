"""What becomes of a turn: the reply, the hand-over, or nothing, in one transaction.

Whether the assistant still owns the conversation is checked first: when a person took over
meanwhile, the answer is dropped and only its record stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, text

from recado.assistant.burst import Burst, read_turn
from recado.assistant.formatting import TEXT_LIMIT, format_for_whatsapp, split_text
from recado.assistant.intelligence import LanguageCode, classify_intent
from recado.assistant.knowledge.analysis import known_language
from recado.assistant.model import Turn
from recado.assistant.port import Answer
from recado.conversations.messages import Place, preview, queue_reply
from recado.conversations.ownership import log_event
from recado.escalation.handover import Grounds, hand_over
from recado.escalation.score import EscalationScore, priority, suggest_department
from recado.events import ResponseReady, TurnEnded
from recado.queue.port import Delivery
from recado.queue.queues import TURN
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare


@dataclass(frozen=True, slots=True)
class Thought:
    """What came of asking the model: the answer, its score, and what it took."""

    answer: Answer
    score: EscalationScore
    language: LanguageCode
    sentiment: str
    summary: str
    model_ms: float


def conclude(
    tx: Tx,
    runtime: Runtime,
    delivery: Delivery,
    conversation: Row[Any],
    burst: Burst,
    thought: Thought,
    started: float,
) -> None:
    """The outcome, in one transaction with the end of the job."""
    turn_id = new_id()
    escalates = thought.score.escalates or thought.answer.asked_for_person
    parts = [] if escalates else _parts(runtime, conversation.line_id, thought.answer.text)
    current = _claim_word(tx, conversation, burst, thought.language, parts)
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
        _escalate(tx, runtime, current, burst, thought, turn_id, delivery.trace_id)
    else:
        outcome = "replied"
        _reply(tx, runtime, current, parts, burst, thought, turn_id, delivery.trace_id)
    record_turn(tx, turn_id, conversation, burst, thought, outcome, started)
    runtime.queue.ack_in(tx, delivery)
    ended = TurnEnded(conversation_id=conversation.id, outcome=outcome)
    tx.after_commit(lambda: _ended(runtime, ended, started, thought))


def _ended(runtime: Runtime, event: TurnEnded, started: float, thought: Thought) -> None:
    runtime.bus.publish(event)
    runtime.metrics.turn(event.outcome, now() - started, thought.model_ms / 1000)
    if event.outcome == "escalated":
        runtime.metrics.escalated(priority(thought.score.score))


def _parts(runtime: Runtime, line_id: str, answer: str) -> list[str]:
    """The answer as messages that its line's channel can carry."""
    line = runtime.lines.known(line_id)
    limit = runtime.channel(line.channel).text_limit if line else TEXT_LIMIT
    return split_text(format_for_whatsapp(answer), limit)


def _reply(
    tx: Tx,
    runtime: Runtime,
    conversation: Row[Any],
    parts: Sequence[str],
    burst: Burst,
    thought: Thought,
    turn_id: str,
    trace_id: str,
) -> None:
    first = Place(
        conversation.id,
        conversation.contact_id,
        conversation.line_id,
        conversation.message_count - len(parts) + 1,
    )
    sent = queue_reply(
        tx,
        runtime.queue,
        first,
        conversation.last_activity_at,
        parts,
        in_reply_to=burst.message_ids,
        turn_id=turn_id,
        confidence=thought.answer.confidence,
        cost=thought.answer.cost,
        trace_id=trace_id,
    )
    ready = ResponseReady(
        conversation_id=conversation.id,
        user_id=conversation.contact_id,
        message_ids=tuple(message["id"] for message in sent),
        confidence=thought.answer.confidence,
    )
    tx.after_commit(lambda: runtime.bus.publish(ready))


def _escalate(
    tx: Tx,
    runtime: Runtime,
    conversation: Row[Any],
    burst: Burst,
    thought: Thought,
    turn_id: str,
    trace_id: str,
) -> None:
    grounds = Grounds(
        score=thought.score.score,
        reasons=_reasons(thought.score),
        priority=priority(thought.score.score),
        department=suggest_department(burst.text, thought.language),
        summary=thought.summary,
        language=thought.language,
    )
    hand_over(
        tx,
        runtime.bus,
        runtime.queue,
        conversation,
        grounds,
        turn_id=turn_id,
        in_reply_to=burst.message_ids,
        trace_id=trace_id,
    )


def hand_over_unanswered(tx: Tx, runtime: Runtime, delivery: Delivery) -> None:
    """No try gave an answer: the contact is handed over, never left in silence."""
    conversation_id = TURN.body(delivery).conversation_id
    conversation, burst = read_turn(tx, conversation_id)
    if conversation is None or conversation.state != "bot" or not burst:
        return
    current = _claim_word(tx, conversation, burst, conversation.language)
    if current is None:
        return
    grounds = Grounds(
        score=100,
        reasons=[{"code": "no_answer", "weight": 100, "text": "The assistant could not answer"}],
        priority="high",
        department=suggest_department(burst.text, known_language(conversation.language)),
        summary=burst.text,
        language=conversation.language,
    )
    hand_over(
        tx,
        runtime.bus,
        runtime.queue,
        current,
        grounds,
        in_reply_to=burst.message_ids,
        trace_id=delivery.trace_id,
    )
    tx.after_commit(lambda: runtime.metrics.escalated(grounds.priority))


_RECORD_TURN = prepare(insert(Turn), [column.name for column in Turn.__table__.columns])
#: Only who still has the word may answer, and only under the ownership that the turn began with.
#: With the word go the places of the reply's messages.
_CLAIM_WORD = prepare(
    text(
        "UPDATE conversation SET answered_to = :to, language = :language,"
        " message_count = message_count + :parts,"
        " last_activity_at = CASE WHEN :parts > 0 THEN :at ELSE last_activity_at END,"
        " last_preview = CASE WHEN :parts > 0 THEN :preview ELSE last_preview END"
        " WHERE id = :id AND state = 'bot' AND ownership = :ownership AND answered_to < :to"
        " RETURNING id, contact_id, line_id, message_count, last_activity_at, state"
    )
)


def _claim_word(
    tx: Tx, conversation: Row[Any], burst: Burst, language: str, parts: Sequence[str] = ()
) -> Row[Any] | None:
    claim = {
        "id": conversation.id,
        "ownership": conversation.ownership,
        "to": burst.last_position,
        "language": language,
        "parts": len(parts),
        "at": now(),
        "preview": preview(parts[-1]) if parts else "",
    }
    return tx.first(_CLAIM_WORD, claim)


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
        _RECORD_TURN,
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

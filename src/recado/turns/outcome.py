"""What becomes of a turn: the reply, the hand-over, or nothing, in one transaction.

Whoever decided (answerer.py), it is checked first whether the assistant still owns the
conversation: when a person took over meanwhile, the answer is dropped and only its record stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, text

from recado.assistant.model import Turn as TurnRow
from recado.assistant.models.ledger import count_calls, keep_calls
from recado.conversations.guards import may_speak
from recado.conversations.messages import (
    MessagePlace,
    Part,
    preview,
    queue_reply,
    reply_row,
    send_job,
)
from recado.conversations.model import Conversation
from recado.conversations.ownership import log_event
from recado.escalation.handover import Grounds, hand_over
from recado.escalation.reasons import NO_ANSWER, suggest_department
from recado.events import ResponseReady, TurnEnded
from recado.jobs import TURN
from recado.language.detection import known_language
from recado.queue.port import Delivery
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.store.prepared import prepare
from recado.turns.answerer import Decision, Turn
from recado.turns.burst import Burst, read_turn
from recado.turns.plain import CLAIM_WORD, reply_alone, reply_in


def conclude(tx: Tx, runtime: Runtime, delivery: Delivery, turn: Turn, decision: Decision) -> None:
    """The outcome, in one transaction with the end of the job."""
    plain = tx.dialect == "postgresql" and _is_plain(turn, decision)
    if plain and _reply_at_once(tx, turn, decision):
        outcome = "replied"
    else:
        outcome = decide(tx, turn, decision)
    runtime.queue.ack_in(tx, delivery)
    tx.after_commit(lambda: _ended(runtime, turn, decision, outcome))


async def conclude_alone(runtime: Runtime, turn: Turn, decision: Decision) -> bool:
    """As conclude, where one statement is the whole transaction; the job ends with its handler.
    False: it is not as simple as that, and nothing is written."""
    if not _is_plain(turn, decision) or runtime.bus.keeps(ResponseReady):
        return False
    claim = _claim(turn, decision)
    reply = {**_reply_row(turn, decision, claim["at"]), **_whose(turn.conversation)}
    inline_job = runtime.queue.inline_job(send_job(reply, turn.trace_id))
    if inline_job is None or not await reply_alone(
        runtime.store, inline_job, claim, reply, turn_row(turn, decision, "replied")
    ):
        return False
    runtime.bus.publish(_ready(turn, decision, [reply]))
    _ended(runtime, turn, decision, "replied")
    return True


def _is_plain(turn: Turn, decision: Decision) -> bool:
    return len(decision.parts) == 1 and not decision.effects and not turn.calls.made


def _whose(conversation: Row[Any]) -> dict[str, str]:
    return {
        "conversation_id": conversation.id,
        "contact_id": conversation.contact_id,
        "line_id": conversation.line_id,
    }


def decide(tx: Tx, turn: Turn, decision: Decision) -> str:
    """Dropped, escalated or replied; and the turn kept."""
    current = tx.first(_CLAIM_WORD, _claim(turn, decision))
    if current is None and not tx.first(_CONVERSATION, {"conversation": turn.conversation.id}):
        count_calls(tx, turn.calls)
        return "dropped"  # erased or joined meanwhile: nobody would find it to erase it, too
    if current is None:
        outcome = "dropped"
        _log_dropped(tx, turn, decision)
    else:
        outcome = "escalated" if decision.handover else "replied"
        if decision.parts:
            _reply(tx, current, turn, decision)
        for effect in decision.effects:
            effect.apply(tx, current, turn)
    tx.execute(_RECORD_TURN, turn_row(turn, decision, outcome))
    if turn.calls.made:
        keep_calls(tx, turn.calls)
    return outcome


def keep_calls_alone(tx: Tx, turn: Turn) -> None:
    """Of a turn that came to nothing: what models were asked for it."""
    there = tx.first(_CONVERSATION, {"conversation": turn.conversation.id})
    (keep_calls if there else count_calls)(tx, turn.calls)


def _log_dropped(tx: Tx, turn: Turn, decision: Decision) -> None:
    log_event(
        tx,
        turn.conversation.id,
        "reply_dropped",
        actor="assistant",
        after=turn.burst.last_position,
        detail={"turn": turn.id, "text": decision.draft},
    )


def _ended(runtime: Runtime, turn: Turn, decision: Decision, outcome: str) -> None:
    runtime.bus.publish(TurnEnded(conversation_id=turn.conversation.id, outcome=outcome))
    runtime.metrics.turn(outcome, now() - turn.started, decision.facts.model_ms / 1000)
    if outcome == "escalated" and decision.handover:
        runtime.metrics.escalated(decision.handover.grounds.priority)


def _reply(tx: Tx, conversation: Row[Any], turn: Turn, decision: Decision) -> None:
    last = MessagePlace.of(conversation)
    sent = queue_reply(
        tx,
        last._replace(position=last.position - len(decision.parts) + 1),
        conversation.last_activity_at,
        decision.parts,
        trace_id=turn.trace_id,
        **_about(turn, decision),
    )
    tx.announce(_ready(turn, decision, sent))


def _reply_at_once(tx: Tx, turn: Turn, decision: Decision) -> bool:
    """False: the assistant has not got the word any more, and nothing is written."""
    claim = _claim(turn, decision)
    reply = _reply_row(turn, decision, claim["at"])
    message = reply_in(tx, claim, reply, turn_row(turn, decision, "replied"))
    if message is None:
        return False
    tx.publish(send_job(message, turn.trace_id))
    tx.announce(_ready(turn, decision, [message]))
    return True


def _reply_row(turn: Turn, decision: Decision, moment: float) -> dict[str, Any]:
    """The reply's one message, but for its place."""
    return reply_row(decision.parts[0], moment, **_about(turn, decision))


def _about(turn: Turn, decision: Decision) -> dict[str, Any]:
    """The columns of the reply's messages that are about the turn."""
    return {
        "in_reply_to": turn.burst.message_ids,
        "turn_id": turn.id,
        "confidence": decision.facts.confidence,
        "cost": decision.facts.cost,
    }


def _ready(turn: Turn, decision: Decision, sent: Sequence[dict[str, Any]]) -> ResponseReady:
    return ResponseReady(
        conversation_id=turn.conversation.id,
        user_id=turn.conversation.contact_id,
        message_ids=tuple(message["id"] for message in sent),
        confidence=decision.facts.confidence,
    )


def _claim(turn: Turn, decision: Decision) -> dict[str, Any]:
    return claim_of(turn.conversation, turn.burst, decision.facts.language, decision.parts)


def claim_of(
    conversation: Row[Any], burst: Burst, language: str, parts: Sequence[Part] = ()
) -> dict[str, Any]:
    """The parameters of CLAIM_WORD (plain.py)."""
    return {
        "conversation": conversation.id,
        "ownership": conversation.ownership,
        "to": burst.last_position,
        "language": language,
        "parts": len(parts),
        "at": now(),
        "preview": preview(parts[-1].text, parts[-1].type) if parts else "",
    }


def turn_row(turn: Turn, decision: Decision, outcome: str) -> dict[str, Any]:
    """The turn's own row: what the desk shows beside the reply."""
    handover = decision.handover if outcome == "escalated" else None
    reasons = handover.grounds.reasons if handover else [it.kept() for it in decision.score.reasons]
    return {
        "id": turn.id,
        "conversation_id": turn.conversation.id,
        "from_position": turn.burst.first_position,
        "to_position": turn.burst.last_position,
        "outcome": outcome,
        "score": decision.score.score,
        "reasons": list(reasons),
        "error": None,
        "started_at": turn.started,
        "duration_ms": (now() - turn.started) * 1000,
        **decision.facts.columns(),
    }


def hand_over_unanswered(tx: Tx, runtime: Runtime, delivery: Delivery) -> None:
    """No try gave an answer: the contact is handed over, never left in silence."""
    conversation_id = TURN.body(delivery).conversation_id
    conversation, burst = read_turn(tx, conversation_id)
    if conversation is None or not may_speak(conversation.state) or not burst:
        return
    current = tx.first(_CLAIM_WORD, claim_of(conversation, burst, conversation.language))
    if current is None:
        return
    policies = runtime.policies.at_in(tx, conversation.policy)
    reason = NO_ANSWER.weighed(policies.of(conversation.line_id))
    grounds = Grounds(
        score=reason.weight,
        reasons=[reason.kept()],
        priority="high",
        department=suggest_department(burst.text, known_language(conversation.language)),
        summary=burst.text,
        language=conversation.language,
    )
    hand_over(
        tx,
        current,
        grounds,
        in_reply_to=burst.message_ids,
        trace_id=delivery.trace_id,
    )
    tx.after_commit(lambda: runtime.metrics.escalated(grounds.priority))


_RECORD_TURN = prepare(insert(TurnRow), [column.name for column in TurnRow.__table__.columns])
_CLAIM_WORD = prepare(text(CLAIM_WORD))
_CONVERSATION = prepare(
    select(Conversation.id)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update(read=True)
)

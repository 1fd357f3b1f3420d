"""What becomes of a turn: the reply, the hand-over, or nothing, in one transaction.

Whether the assistant still owns the conversation is checked first: when a person took over
meanwhile, the answer is dropped and only its record stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, insert, select, text

from recado.assistant.model import Turn
from recado.conversations.messages import MessagePlace, queue_reply, send_job
from recado.conversations.model import Conversation
from recado.conversations.ownership import log_event
from recado.escalation.handover import Grounds, hand_over
from recado.escalation.policy import DEFAULT_POLICY
from recado.escalation.reasons import NO_ANSWER
from recado.escalation.score import priority, suggest_department
from recado.events import TurnEnded
from recado.jobs import TURN
from recado.language.detection import known_language
from recado.language.notices import name_of, notice
from recado.queue.port import Delivery
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.store.prepared import prepare
from recado.turns.burst import read_turn
from recado.turns.plain import CLAIM_WORD, reply_alone, reply_in
from recado.turns.result import TurnResult, claim_of, reasons


def conclude(tx: Tx, runtime: Runtime, delivery: Delivery, turn: TurnResult) -> None:
    """The outcome, in one transaction with the end of the job."""
    parts = turn.parts(runtime)
    if len(parts) == 1 and tx.dialect == "postgresql" and _reply_at_once(tx, turn, parts):
        outcome = "replied"
    else:
        outcome = _decide(tx, turn, parts)
    runtime.queue.ack_in(tx, delivery)
    tx.after_commit(lambda: _ended(runtime, turn, outcome))


async def conclude_alone(runtime: Runtime, turn: TurnResult) -> bool:
    """As conclude, where one statement is the whole transaction; the job ends with its handler.
    False: it is not as simple as that, and nothing is written."""
    parts = turn.parts(runtime)
    if len(parts) != 1:
        return False
    claim = turn.claim(parts)
    reply = {**turn.reply(parts[0], claim["at"]), **_whose(turn.conversation)}
    inline_job = runtime.queue.inline_job(send_job(reply, turn.trace_id))
    if inline_job is None or not await reply_alone(
        runtime.store, inline_job, claim, reply, turn.row("replied")
    ):
        return False
    runtime.bus.publish(turn.ready([reply]))
    _ended(runtime, turn, "replied")
    return True


def _whose(conversation: Row[Any]) -> dict[str, str]:
    return {
        "conversation_id": conversation.id,
        "contact_id": conversation.contact_id,
        "line_id": conversation.line_id,
    }


def _decide(tx: Tx, turn: TurnResult, parts: Sequence[str]) -> str:
    """Dropped, escalated (without `parts`) or replied; and the turn kept."""
    current = tx.first(_CLAIM_WORD, turn.claim(parts))
    if current is None and not tx.first(_CONVERSATION, {"conversation": turn.conversation.id}):
        return "dropped"  # erased or joined meanwhile: nobody would find it to erase it, too
    outcome = _conclude_as(tx, turn, parts, current)
    tx.execute(_RECORD_TURN, turn.row(outcome))
    return outcome


def _conclude_as(tx: Tx, turn: TurnResult, parts: Sequence[str], current: Row[Any] | None) -> str:
    if current is None:
        log_event(
            tx,
            turn.conversation.id,
            "reply_dropped",
            actor="assistant",
            after=turn.burst.last_position,
            detail={"turn": turn.id, "text": turn.model_result.answer.text},
        )
        return "dropped"
    if not parts:
        _escalate(tx, current, turn)
        return "escalated"
    _reply(tx, current, turn, parts)
    return "replied"


def _ended(runtime: Runtime, turn: TurnResult, outcome: str) -> None:
    runtime.bus.publish(TurnEnded(conversation_id=turn.conversation.id, outcome=outcome))
    runtime.metrics.turn(outcome, now() - turn.started, turn.model_result.model_ms / 1000)
    if outcome == "escalated":
        runtime.metrics.escalated(priority(turn.model_result.score.score))


def _reply(tx: Tx, conversation: Row[Any], turn: TurnResult, parts: Sequence[str]) -> None:
    last = MessagePlace.of(conversation)
    sent = queue_reply(
        tx,
        last._replace(position=last.position - len(parts) + 1),
        conversation.last_activity_at,
        parts,
        trace_id=turn.trace_id,
        **turn.about,
    )
    tx.announce(turn.ready(sent))


def _reply_at_once(tx: Tx, turn: TurnResult, parts: Sequence[str]) -> bool:
    """False: the assistant has not got the word any more, and nothing is written."""
    claim = turn.claim(parts)
    message = reply_in(tx, claim, turn.reply(parts[0], claim["at"]), turn.row("replied"))
    if message is None:
        return False
    tx.publish(send_job(message, turn.trace_id))
    tx.announce(turn.ready([message]))
    return True


def _escalate(tx: Tx, conversation: Row[Any], turn: TurnResult) -> None:
    model_result, words = turn.model_result, turn.burst.text
    grounds = Grounds(
        score=model_result.score.score,
        reasons=reasons(model_result.score),
        priority=priority(model_result.score.score),
        department=suggest_department(words, model_result.language),
        summary=model_result.summary,
        language=model_result.language,
        receipt=notice("got", model_result.language, what=name_of("order", model_result.language))
        if turn.burst.cart
        else "",
    )
    hand_over(
        tx,
        conversation,
        grounds,
        turn_id=turn.id,
        in_reply_to=turn.burst.message_ids,
        trace_id=turn.trace_id,
    )


def hand_over_unanswered(tx: Tx, runtime: Runtime, delivery: Delivery) -> None:
    """No try gave an answer: the contact is handed over, never left in silence."""
    conversation_id = TURN.body(delivery).conversation_id
    conversation, burst = read_turn(tx, conversation_id)
    if conversation is None or conversation.state != "bot" or not burst:
        return
    current = tx.first(_CLAIM_WORD, claim_of(conversation, burst, conversation.language))
    if current is None:
        return
    reason = NO_ANSWER.weighed(DEFAULT_POLICY)
    grounds = Grounds(
        score=reason.weight,
        reasons=[msgspec.structs.asdict(reason)],
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


_RECORD_TURN = prepare(insert(Turn), [column.name for column in Turn.__table__.columns])
_CLAIM_WORD = prepare(text(CLAIM_WORD))
_CONVERSATION = prepare(
    select(Conversation.id)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update(read=True)
)

"""Handing a conversation over to the team: the record, the owner, and a word to the contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert

from recado.conversations.messages import queue_message
from recado.conversations.ownership import await_person
from recado.escalation.clocks.running import start_clocks
from recado.escalation.model import Escalation
from recado.escalation.routing.telling import handed_over_words
from recado.escalation.routing.waits import begin_wait, hold_routing, open_ticket
from recado.events import EscalationTriggered
from recado.jobs import summary_job
from recado.store import Tx, new_id, now

#: So many messages are read sooner than a summary of them; of more, whoever takes it finds one.
READ_MESSAGES = 10


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why, to whom, and what a person should know: `reasons` are {code, weight, text}."""

    score: int
    reasons: Sequence[dict[str, Any]]
    priority: str
    department: str
    summary: str
    language: str
    #: What of the summary was given word for word, or stands in no summary: data and orders.
    told: str = ""
    #: What the contact has sent, if that is to be confirmed with the hand-over.
    receipt: str = ""


def hand_over(
    tx: Tx,
    conversation: Row[Any],
    grounds: Grounds,
    *,
    turn_id: str | None = None,
    in_reply_to: Sequence[str] = (),
    trace_id: str = "",
) -> None:
    """The conversation waits for a person; the assistant is silent until it is handed back.

    The caller has made sure, in this transaction, that the assistant owns the conversation.
    """
    moment, escalation_id = now(), new_id()
    due_at = start_clocks(
        tx,
        escalation_id,
        conversation,
        department=grounds.department,
        priority=grounds.priority,
        moment=moment,
    )
    hold_routing(tx)
    tx.execute(
        insert(Escalation),
        {
            "id": escalation_id,
            "conversation_id": conversation.id,
            "turn_id": turn_id,
            "score": grounds.score,
            "reasons": list(grounds.reasons),
            "priority": grounds.priority,
            "department": grounds.department,
            "summary": grounds.summary,
            "told": grounds.told,
            "language": grounds.language,
            "state": "open",
            "due_at": due_at,
            "taken_by": None,
            "taken_at": None,
            "closed_at": None,
            "created_at": moment,
            "waiting_since": None,
            "timed_out_at": None,
            "asked_role": "",
        },
    )
    words = handed_over_words(tx, grounds.department, grounds.language)
    detail = {"score": grounds.score, "reasons": list(grounds.reasons), "turn": turn_id}
    await_person(tx, conversation, detail=detail)
    queue_message(
        tx,
        conversation.id,
        author="system",
        text=" ".join(filter(None, (grounds.receipt, words))),
        in_reply_to=list(in_reply_to),
        turn_id=turn_id,
        trace_id=trace_id,
    )
    event = EscalationTriggered(
        conversation_id=conversation.id,
        user_id=conversation.contact_id,
        escalation_reason=tuple(str(reason["text"]) for reason in grounds.reasons),
        priority=grounds.priority,
        context_summary=grounds.summary,
    )
    tx.announce(event)
    if (ticket := open_ticket(tx, conversation.id)) is not None:
        begin_wait(tx, conversation.id, ticket)
    if conversation.message_count > READ_MESSAGES:
        tx.publish(summary_job(conversation.id))

"""What each event is to the team: the occasion that it is, and the matter that it tells of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, select

from recado.conversations.model import Contact, Conversation
from recado.escalation.model import Escalation
from recado.events import (
    EscalationTriggered,
    Event,
    MediaMessageReceived,
    OwnershipChanged,
    SlaBreached,
    SlaWarned,
    TextMessageReceived,
    TicketOpened,
    WebhookPaused,
)
from recado.notifications.occasions import (
    ASSIGNED,
    REPLIED,
    SLA_BREACHED,
    SLA_WARNED,
    TICKET,
    UNCLAIMED,
    WAITING,
    WEBHOOK_PAUSED,
    Facts,
    Matter,
    Occasion,
)
from recado.store import Tx, now
from recado.store.prepared import prepare

#: Reads what an event tells of, in its transaction; None: there is nothing to tell.
Reader = Callable[[Tx, Any], Matter | None]

_CONVERSATION = prepare(
    select(
        Conversation.id,
        Conversation.state,
        Conversation.ownership,
        Conversation.assignee_id,
        Conversation.answered_to,
        Conversation.contact_id,
        Contact.name,
    )
    .join(Contact, Contact.id == Conversation.contact_id)
    .where(Conversation.id == bindparam("conversation"))
)
_ESCALATION = prepare(
    select(
        Escalation.id,
        Escalation.reasons,
        Escalation.priority,
        Escalation.department,
        Escalation.summary,
        Escalation.created_at,
    )
    .where(Escalation.conversation_id == bindparam("conversation"))
    .order_by(Escalation.id.desc())
    .limit(1)
)


def escalation_matter(tx: Tx, occasion: Occasion, conversation_id: str) -> Matter | None:
    """The newest hand-over of a conversation, told once for each `occasion`."""
    conversation = tx.first(_CONVERSATION, {"conversation": conversation_id})
    escalation = tx.first(_ESCALATION, {"conversation": conversation_id})
    if conversation is None or escalation is None:
        return None
    return Matter(
        occasion,
        escalation.id,
        conversation_id,
        _facts(conversation, escalation),
        department=escalation.department,
        holder=conversation.assignee_id or "",
    )


def _waiting(tx: Tx, event: EscalationTriggered) -> Matter | None:
    return escalation_matter(tx, WAITING, event.conversation_id)


def _assigned(tx: Tx, event: OwnershipChanged) -> Matter | None:
    """A colleague, a program or the routing gave it to somebody, who has it or whose turn it is:
    not who took it."""
    if event.state not in ("human", "waiting"):
        return None
    row = tx.first(_CONVERSATION, {"conversation": event.conversation_id})
    if row is None or not row.assignee_id or event.actor == f"user:{row.assignee_id}":
        return None
    escalation = tx.first(_ESCALATION, {"conversation": event.conversation_id})
    key = f"{row.id}/{row.ownership}"
    facts = _facts(row, escalation) if escalation else Facts(name=row.name)
    return Matter(ASSIGNED, key, row.id, facts, holder=row.assignee_id)


def _unclaimed(tx: Tx, event: OwnershipChanged) -> Matter | None:
    """The department's limit is over, and it waits on."""
    if event.actor != "timer" or event.state != "waiting":
        return None
    return escalation_matter(tx, UNCLAIMED, event.conversation_id)


def _replied(tx: Tx, event: TextMessageReceived | MediaMessageReceived) -> Matter | None:
    """Once until whoever holds it has answered."""
    row = tx.first(_CONVERSATION, {"conversation": event.conversation_id})
    if row is None or row.state != "human" or not row.assignee_id:
        return None
    key = f"{row.id}/{row.ownership}/{row.answered_to}"
    return Matter(REPLIED, key, row.id, Facts(name=row.name), holder=row.assignee_id)


def _sla_warned(tx: Tx, event: SlaWarned) -> Matter | None:
    return _promise(tx, SLA_WARNED, event)


def _sla_breached(tx: Tx, event: SlaBreached) -> Matter | None:
    return _promise(tx, SLA_BREACHED, event)


def _promise(tx: Tx, occasion: Occasion, event: SlaWarned | SlaBreached) -> Matter | None:
    """Each promise of a hand-over is a matter of its own."""
    found = escalation_matter(tx, occasion, event.conversation_id)
    if found is None:
        return None
    facts = msgspec.structs.replace(
        found.facts, priority=event.priority, department=event.department
    )
    key = f"{event.escalation_id}/{event.target}"
    return replace(found, key=key, facts=facts, department=event.department)


def _ticket(tx: Tx, event: TicketOpened) -> Matter | None:
    """By the ticket's number: once to the department's address, and to whoever else wants it."""
    found = escalation_matter(tx, TICKET, event.conversation_id)
    if found is None:
        return None
    return replace(found, key=event.ticket, department=event.department, mail_to=event.email)


def _webhook_paused(_tx: Tx, event: WebhookPaused) -> Matter:
    # It may be paused again one day: another matter.
    key = f"{event.subscription_id}/{int(now())}"
    return Matter(WEBHOOK_PAUSED, key, "", Facts(name=event.name))


def _facts(conversation: Row[Any], escalation: Row[Any]) -> Facts:
    return Facts(
        name=conversation.name,
        reasons=tuple(str(it.get("text", "")) for it in escalation.reasons or ()),
        department=escalation.department,
        since=escalation.created_at,
        priority=escalation.priority,
        user_id=conversation.contact_id,
        summary=escalation.summary,
    )


#: The occasions that each kind of event may be, by name.
OF_EVENTS: Mapping[type[Event], Mapping[str, Reader]] = {
    EscalationTriggered: {WAITING.name: _waiting},
    OwnershipChanged: {ASSIGNED.name: _assigned, UNCLAIMED.name: _unclaimed},
    TextMessageReceived: {REPLIED.name: _replied},
    MediaMessageReceived: {REPLIED.name: _replied},
    SlaWarned: {SLA_WARNED.name: _sla_warned},
    SlaBreached: {SLA_BREACHED.name: _sla_breached},
    TicketOpened: {TICKET.name: _ticket},
    WebhookPaused: {WEBHOOK_PAUSED.name: _webhook_paused},
}

"""Nobody of a department came within its limit: what it has decided happens, once.

The word to the contact, the change of the owner and the note that it has happened are one
transaction, under the conversation's lock: a job that runs twice, late, or beside somebody who
takes the conversation finds that there is nothing left to do.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, update

from recado.assistant.hours import describe_opening
from recado.conversations.handover_states import permit
from recado.conversations.messages import queue_message
from recado.conversations.ownership import carry_out, hand_back, require_conversation, resolve
from recado.escalation.departments.registry import DepartmentView, find_department
from recado.escalation.model import Escalation
from recado.escalation.routing.waits import hold_routing, open_ticket, opening_of, route
from recado.events import TicketOpened
from recado.language.notices import notice
from recado.store import Tx, now

TIMER = "timer"


def give_up(tx: Tx, conversation_id: str, waiting_since: float) -> bool:
    """Returns whether anything happened: not if somebody came, or it is another wait by now. Raises
    NotFound."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    ticket = open_ticket(tx, conversation_id)
    if conversation.state != "waiting" or ticket is None:
        return False
    if ticket.waiting_since != waiting_since or ticket.timed_out_at is not None:
        return False
    department = find_department(tx, ticket.department)
    if department is None:
        return False
    moment = now()
    hold_routing(tx)
    tx.execute(update(Escalation).where(Escalation.id == ticket.id).values(timed_out_at=moment))
    detail = {"department": department.key, "then": department.if_nobody}
    transition = permit("time_out", conversation.state, TIMER)
    carry_out(tx, conversation, transition, TIMER, None, detail)
    _say(tx, conversation, department, ticket, moment)
    if department.if_nobody == "ticket":
        tx.announce(_ticket_opened(conversation, department, ticket))
        resolve(tx, conversation_id, actor=TIMER)
    elif department.if_nobody == "assistant":
        hand_back(tx, conversation_id, actor=TIMER)
    else:  # it waits on, for somebody else
        route(tx, conversation_id, but=conversation.assignee_id or "")
    return True


def ticket_number(ticket: Row[Any]) -> str:
    """How a ticket is called between people."""
    return str(ticket.id)[-8:].upper()


def _say(
    tx: Tx,
    conversation: Row[Any],
    department: DepartmentView,
    ticket: Row[Any],
    moment: float,
) -> None:
    language = conversation.language or ticket.language
    if department.if_nobody == "promise":
        words = f"{notice('nobody_yet', language)} {_when(department, language, moment)}"
    elif department.if_nobody == "assistant":
        words = notice("nobody_assistant", language)
    else:
        form = department.settings.get("ticket_form", "")
        name = "nobody_form" if form else "nobody_ticket"
        words = notice(name, language, number=ticket_number(ticket), form=form)
    queue_message(tx, conversation.id, author="system", text=words)


def _when(department: DepartmentView, language: str, moment: float) -> str:
    """When somebody will be there: only what the hours say, and nothing that they do not."""
    opening = opening_of(department, moment)
    if opening is None or opening.changes_at is None:
        return notice("nobody_when_free", language)
    if opening.open:
        until = opening.changes_at.strftime("%H:%M")
        return notice("nobody_until", language, until=until)
    return f"{describe_opening(opening, language)} {notice('nobody_then', language)}"


def _ticket_opened(
    conversation: Row[Any], department: DepartmentView, ticket: Row[Any]
) -> TicketOpened:
    return TicketOpened(
        conversation_id=conversation.id,
        user_id=conversation.contact_id,
        ticket=ticket_number(ticket),
        department=department.key,
        priority=ticket.priority,
        context_summary=ticket.summary,
        email=department.settings.get("ticket_email", ""),
        form=department.settings.get("ticket_form", ""),
    )

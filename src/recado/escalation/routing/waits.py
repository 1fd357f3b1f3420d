"""A conversation begins to wait for a department, and is offered to one of its members.

All of it happens under the conversation's lock; who is chosen is decided under one more lock for
all departments, for somebody who belongs to two has one capacity. Where nobody has made the
department, the conversation waits for everybody, as it does without departments.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy import Row, case, func, select, text, update

from recado.calendars.week import Opening, opening_at
from recado.conversations.handover_states import permit
from recado.conversations.model import Conversation, ConversationEvent
from recado.conversations.ownership import carry_out, require_conversation
from recado.escalation.departments.availability import ROUTING_LOCK
from recado.escalation.departments.model import Department, DepartmentMember
from recado.escalation.departments.registry import DepartmentView, find_department
from recado.escalation.model import Escalation
from recado.escalation.routing.choosing import Candidate, Wanted, choose
from recado.jobs import routing_job
from recado.store import Tx, now

ROUTING = "routing"
SUPERVISORS = frozenset({"supervisor", "admin"})
# The states stand here as in the partial indices, or they would not be used.
_HUMAN, _WAITING = text("conversation.state = 'human'"), text("conversation.state = 'waiting'")
_BEGINS = ("handed_over", "taken_over", "assigned", "escalated", "woken")
_MOST_BACK = 20
_FIRST = case({"urgent": 0, "high": 1}, value=Escalation.priority, else_=2)


def hold_routing(tx: Tx) -> None:
    """Take routing's lock, where there are departments: before anything is told of a change that
    may route, since lanes of notifications are locked behind this lock and never before it."""
    if tx.scalar(select(Department.key).limit(1)) is not None:
        tx.lock(ROUTING_LOCK)


def begin_wait(tx: Tx, conversation_id: str, ticket: Row[Any], *, but: str = "") -> None:
    """The conversation has just begun to wait: its limit runs, and it is offered to somebody (not
    to the user `but`), now or when the department opens. `ticket` is its open hand-over."""
    department = find_department(tx, ticket.department)
    if department is None:
        return
    moment = now()
    values = {"waiting_since": moment, "timed_out_at": None}
    tx.execute(update(Escalation).where(Escalation.id == ticket.id).values(**values))
    opening = opening_of(department, moment)
    if (limit := _limit_at(department, opening, moment)) is not None:
        tx.publish(routing_job("limit", conversation_id, moment, stamp=moment, at=limit))
    if opening is not None and not opening.open and opening.changes_at is not None:
        opens = opening.changes_at.timestamp()
        tx.publish(routing_job("route", conversation_id, moment, stamp=moment, at=opens))
    route(tx, conversation_id, but=but)


def wait_again(tx: Tx, conversation_id: str) -> None:
    """Two conversations have become this one, and the timers of its wait knew another: they begin
    anew, unless the limit was told. Raises NotFound."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    ticket = open_ticket(tx, conversation_id)
    if conversation.state != "waiting" or ticket is None:
        return
    of_it = Escalation.conversation_id == conversation_id, Escalation.state == "open"
    told = select(Escalation.id).where(*of_it, Escalation.timed_out_at.is_not(None))
    if tx.first(told.limit(1)) is None:
        begin_wait(tx, conversation_id, ticket)
    else:
        route(tx, conversation_id)


def open_ticket(tx: Tx, conversation_id: str) -> Row[Any] | None:
    """The hand-over by which a conversation waits."""
    of_it = Escalation.conversation_id == conversation_id
    found = select(Escalation.__table__).where(of_it, Escalation.state == "open")
    return tx.first(found.order_by(Escalation.id.desc()).limit(1))


def opening_of(department: DepartmentView, moment: float) -> Opening | None:
    """None: it has no hours, and is always there."""
    return opening_at(department.hours, department.time_zone, moment, department.holidays)


def route(tx: Tx, conversation_id: str, *, but: str = "") -> str | None:
    """Offer a conversation that waits for its department to somebody, if there is one: their id.
    Not to the user `but`, nor to who has put it back since somebody had it. Raises NotFound."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    if conversation.state != "waiting" or conversation.assignee_id:
        return None
    ticket = open_ticket(tx, conversation_id)
    department = find_department(tx, ticket.department) if ticket is not None else None
    if ticket is None or department is None or department.strategy == "manual":
        return None
    opening = opening_of(department, now())
    if opening is not None and not opening.open:
        return None
    tx.lock(ROUTING_LOCK)
    # Who is online is read under the lock: whoever has just gone finds what they were offered.
    department = find_department(tx, department.key) or department
    back = {but, *_put_back_by(tx, conversation_id)}
    candidates = [
        it for it in _candidates(tx, department, ticket.asked_role) if it.user_id not in back
    ]
    last = _last_person(tx, conversation_id) if department.sticky else ""
    about = f"{ticket.summary} {ticket.told}"
    wanted = Wanted(conversation.language, about, conversation.tags or (), last)
    chosen = choose(candidates, department.strategy, wanted)
    if chosen is not None:
        _offer(tx, conversation, department, chosen)
    return chosen


def next_waiting(tx: Tx, department: str, most: int) -> Sequence[str]:
    """Conversations that wait for a department and are nobody's yet: urgent ones first, then those
    of high priority, each by how long they have waited."""
    found = (
        select(Escalation.conversation_id)
        .join(Conversation, Conversation.id == Escalation.conversation_id)
        .where(Escalation.state == "open", Escalation.department == department)
        .where(_WAITING, Conversation.assignee_id.is_(None))
        .where(Conversation.deleted_at.is_(None), Conversation.archived_at.is_(None))
        .order_by(_FIRST, Escalation.created_at, Escalation.id)
    )
    return [row.conversation_id for row in tx.all(found.limit(most))]


def offered_to(tx: Tx, user_id: str, most: int) -> list[str]:
    """Conversations that wait for a person because they were offered to them."""
    found = select(Conversation.id).where(_WAITING, Conversation.assignee_id == user_id)
    there = Conversation.deleted_at.is_(None), Conversation.archived_at.is_(None)
    rows = tx.all(found.where(*there).order_by(Conversation.last_activity_at.desc()).limit(most))
    return [row.id for row in rows]


def _limit_at(department: DepartmentView, opening: Opening | None, moment: float) -> float | None:
    """When nobody has come in time. A promise is measured from the opening on; whom a ticket or the
    assistant is to help need not wait for that."""
    if department.take_seconds <= 0:
        return None
    waits = department.if_nobody == "promise" and opening is not None and not opening.open
    if waits and opening is not None and opening.changes_at is not None:
        moment = opening.changes_at.timestamp()
    return moment + department.take_seconds


def _offer(tx: Tx, conversation: Row[Any], department: DepartmentView, user_id: str) -> None:
    transition = permit("offer", conversation.state, ROUTING)
    detail = {"user": user_id, "department": department.key}
    carry_out(tx, conversation, transition, ROUTING, user_id, detail)
    member = (
        DepartmentMember.department == department.key,
        DepartmentMember.user_id == user_id,
    )
    tx.execute(update(DepartmentMember).where(*member).values(asked_at=now()))


def _candidates(tx: Tx, department: DepartmentView, asked_role: str) -> list[Candidate]:
    members = [
        it
        for it in department.members
        if it.availability == "online" and (not asked_role or it.role in SUPERVISORS)
    ]
    busy = _busy(tx, [it.user_id for it in members])
    columns = select(DepartmentMember.user_id, DepartmentMember.asked_at)
    rows = tx.all(columns.where(DepartmentMember.department == department.key))
    asked = {row.user_id: row.asked_at or 0.0 for row in rows}
    return [
        Candidate(
            user_id=it.user_id,
            busy=busy.get(it.user_id, 0),
            capacity=it.capacity,
            asked_at=asked.get(it.user_id, 0.0),
            languages=it.languages,
            skills=it.skills,
        )
        for it in members
    ]


def _busy(tx: Tx, user_ids: Sequence[str]) -> dict[str, int]:
    """How many conversations each has, or is offered."""
    there = Conversation.deleted_at.is_(None), Conversation.archived_at.is_(None)
    busy: dict[str, int] = {}
    for state in (_HUMAN, _WAITING) if user_ids else ():
        counted = select(Conversation.assignee_id, func.count().label("many"))
        of_them = counted.where(state, Conversation.assignee_id.in_(user_ids), *there)
        for row in tx.all(of_them.group_by(Conversation.assignee_id)):
            busy[row.assignee_id] = busy.get(row.assignee_id, 0) + row.many
    return busy


def _put_back_by(tx: Tx, conversation_id: str) -> set[str]:
    """Who has put it back since it was somebody's, or began to wait."""
    log = (
        select(ConversationEvent.name, ConversationEvent.actor)
        .where(ConversationEvent.conversation_id == conversation_id)
        .where(ConversationEvent.name.in_(("requeued", *_BEGINS)))
        .order_by(ConversationEvent.created_at.desc(), ConversationEvent.id.desc())
    )
    since = takewhile(lambda it: it.name == "requeued", tx.all(log.limit(_MOST_BACK)))
    return {it.actor.removeprefix("user:") for it in since}


def _last_person(tx: Tx, conversation_id: str) -> str:
    """Who of the team took this conversation last; "": nobody."""
    taken = select(ConversationEvent.actor).where(
        ConversationEvent.conversation_id == conversation_id,
        ConversationEvent.name == "taken_over",
        ConversationEvent.actor.like("user:%"),
    )
    newest = taken.order_by(ConversationEvent.created_at.desc(), ConversationEvent.id.desc())
    return str(tx.scalar(newest.limit(1)) or "").removeprefix("user:")

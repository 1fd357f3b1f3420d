"""What people and programs ask for about whose a conversation is: give it to a colleague or a
department, put it back, ask a supervisor. Each in a transaction, under the conversation's lock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select, update

from recado.conversations.handover_states import permit
from recado.conversations.ownership import carry_out, require_conversation, wake
from recado.errors import Unprocessable
from recado.escalation.clocks.running import start_clocks
from recado.escalation.departments.registry import get_department
from recado.escalation.model import Escalation
from recado.escalation.routing.waits import ROUTING, begin_wait, hold_routing, open_ticket, route
from recado.security.model import User
from recado.security.users import get_user
from recado.store import Tx, new_id, now


def assign(
    tx: Tx,
    conversation_id: str,
    *,
    actor: str,
    user_id: str | None = None,
    department: str | None = None,
) -> None:
    """It waits for a colleague, whose turn it is then, or for a department, which routes it.

    Raises NotFound, Conflict, and Unprocessable: neither is named, or the colleague is disabled.
    """
    if not user_id and not department:
        raise Unprocessable("Name the user or the department that it is for.")
    if user_id and (user := get_user(tx, user_id)).disabled_at is not None:
        raise Unprocessable(f"{user.name} is disabled: enable them first.")
    if department:
        get_department(tx, department)
    conversation = require_conversation(tx, conversation_id, to_change=True)
    transition = permit("assign", conversation.state, actor)
    hold_routing(tx)
    detail = {"user": user_id or "", "department": department or ""}
    carry_out(tx, conversation, transition, actor, user_id or None, detail)
    changed = {"department": department} if department else {}
    begin_wait(tx, conversation_id, _ticket(tx, conversation, changed))


def requeue(tx: Tx, conversation_id: str, *, actor: str, but: str = "") -> None:
    """It waits for anybody of its department but the user `but`, who has just put it back. Raises
    NotFound, Conflict."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    transition = permit("requeue", conversation.state, actor)
    hold_routing(tx)
    waits = open_ticket(tx, conversation_id) if conversation.state == "waiting" else None
    # Who it was asked for does not change by being put back.
    kept = {} if waits is None else {"asked_role": waits.asked_role}
    carry_out(tx, conversation, transition, actor, None, {})
    begin_wait(tx, conversation_id, _ticket(tx, conversation, kept), but=but)


def put_back(tx: Tx, conversation_id: str, user_id: str) -> None:
    """The user has gone away: what they were offered is offered to somebody else. It is the same
    wait, with its limit and with whom it was asked for. Raises NotFound."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    if conversation.state != "waiting" or conversation.assignee_id != user_id:
        return
    hold_routing(tx)
    transition = permit("requeue", conversation.state, ROUTING)
    carry_out(tx, conversation, transition, ROUTING, None, {})
    route(tx, conversation_id, but=user_id)


def escalate(tx: Tx, conversation_id: str, *, actor: str) -> None:
    """It waits for a supervisor of its department, as urgent. Raises NotFound, Conflict."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    transition = permit("escalate", conversation.state, actor)
    hold_routing(tx)
    carry_out(tx, conversation, transition, actor, None, {})
    wanted = {"asked_role": "supervisor", "priority": "urgent"}
    begin_wait(tx, conversation_id, _ticket(tx, conversation, wanted))


def wake_up(tx: Tx, conversation_id: str, *, actor: str) -> None:
    """What rests is its person's again; where they are disabled meanwhile, it waits for others.
    Raises NotFound, Conflict."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    user_id = wake(tx, conversation, actor=actor)
    gone = select(User.id).where(User.id == user_id, User.disabled_at.is_not(None))
    if user_id and tx.first(gone) is not None:
        requeue(tx, conversation_id, actor=ROUTING, but=user_id)


def _ticket(tx: Tx, conversation: Row[Any], changes: dict[str, str]) -> Row[Any]:
    """The hand-over by which it waits from now on: the one that is not closed, or a new one."""
    of_it = Escalation.conversation_id == conversation.id, Escalation.state != "closed"
    newest = select(Escalation.id).where(*of_it).order_by(Escalation.id.desc()).limit(1)
    moment, id = now(), tx.scalar(newest)
    again = {"state": "open", "taken_by": None, "taken_at": None}
    if id is not None:
        values = {"asked_role": "", **again, **changes}
        tx.execute(update(Escalation).where(Escalation.id == id).values(**values))
    else:
        id = new_id()
        fresh = {
            "id": id,
            "conversation_id": conversation.id,
            "turn_id": None,
            "score": 0,
            "reasons": [],
            "priority": "normal",
            "department": "general",
            "summary": conversation.last_preview,
            "told": "",
            "language": conversation.language,
            "closed_at": None,
            "created_at": moment,
            "waiting_since": None,
            "timed_out_at": None,
            "asked_role": "",
        }
        about = {"department": "general", "priority": "normal", **changes}
        whose = {name: about[name] for name in ("department", "priority")}
        due_at = start_clocks(tx, id, conversation, moment=moment, **whose)
        tx.execute(insert(Escalation), {**fresh, **again, **changes, "due_at": due_at})
    row = tx.first(select(Escalation.__table__).where(Escalation.id == id))
    if row is None:
        raise AssertionError("a hand-over that was just written is gone")
    return row

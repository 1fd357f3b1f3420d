"""Who owns a conversation: the assistant, the waiting room, a person, or nobody (resolved). Which
changes there are, and who may ask for each, says handover_states.py.

A contact has one conversation on a line, opened with the first message; it is the assistant's then.
Every change counts `ownership` up, in the transaction that makes it. A turn writes its reply
only under the count it began with, so the assistant never speaks over a person. The functions
here take an open transaction and the actor ("user:<id>", "api", "assistant").
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from sqlalchemy import Row, bindparam, insert, select, text, update

from recado.conversations.guards import ASSISTANTS, HELD, may_speak
from recado.conversations.handover_states import Transition, permit
from recado.conversations.messages import drop_queued_replies, unanswered
from recado.conversations.model import Contact, Conversation, ConversationEvent
from recado.errors import HeldByColleague, NotFound, Unprocessable
from recado.escalation.departments.model import DepartmentMember
from recado.escalation.model import Escalation
from recado.events import OwnershipChanged
from recado.jobs import TURN, TurnJob, routing_job
from recado.language.detection import known_language
from recado.language.spoken import clear_language, first_language
from recado.queue.port import NewJob
from recado.security.model import User
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare

_CONVERSATION = prepare(
    select(
        Conversation.id,
        Conversation.state,
        Conversation.language,
        Conversation.assignee_id,
        Conversation.held_count,
        Conversation.deleted_at,
        Contact.blocked,
    )
    .join(Contact, Contact.id == Conversation.contact_id)
    .where(Conversation.line_id == bindparam("line"))
    .where(Conversation.contact_id == bindparam("contact"), Conversation.thread == "")
    .with_for_update(of=Conversation)  # its owner must not change before the message is in
)


_CONTACT = prepare(
    select(Contact.id).where(Contact.id == bindparam("contact")).with_for_update(read=True)
)


def find_conversation(tx: Tx, line_id: str, contact_id: str) -> Row[Any] | None:
    """The contact's conversation on the line; nobody else changes it until the end of `tx`."""
    return tx.first(_CONVERSATION, {"line": line_id, "contact": contact_id})


def open_conversation(
    tx: Tx,
    line_id: str,
    contact_id: str,
    *,
    said: str,
    default_language: str,
    found: Row[Any] | None = None,
) -> Row[Any]:
    """Find it or open it; `said` are the contact's own words, which tell the language: the first
    ones by any sign, later ones by a whole sentence. `default_language` is for words that say
    nothing. `found` is what the caller has from find_conversation or recognise."""
    conversation = found or find_conversation(tx, line_id, contact_id)
    if conversation is None:
        if tx.first(_CONTACT, {"contact": contact_id}) is None:
            raise NotFound("The contact was removed at this very moment.")  # next time, a new one
        language = first_language(said, known_language(default_language))
        tx.execute(
            tx.insert(Conversation).on_conflict_do_nothing(),
            new_conversation(line_id, contact_id, language=language),
        )
        conversation = find_conversation(tx, line_id, contact_id)
    elif (clear := clear_language(said)) and clear != conversation.language:
        tx.execute(
            update(Conversation).where(Conversation.id == conversation.id).values(language=clear)
        )
    if conversation is None:
        raise AssertionError("a conversation that was just opened is gone")
    if conversation.deleted_at is not None:
        # Whoever writes again is seen and answered again.
        tx.execute(
            update(Conversation).where(Conversation.id == conversation.id).values(deleted_at=None)
        )
    return conversation


def new_conversation(
    line_id: str, contact_id: str, *, language: str, thread: str = "", **values: Any
) -> dict[str, Any]:
    """The columns of a fresh conversation, owned by the assistant."""
    moment = now()
    return {
        "id": new_id(),
        "line_id": line_id,
        "contact_id": contact_id,
        "thread": thread,
        "owner_user": None,
        "character_id": None,
        "state": ASSISTANTS,
        "ownership": 0,
        "assignee_id": None,
        "snoozed_until": None,
        "title": "",
        "tags": [],
        "settings": {},
        "language": language,
        "flow": None,
        "flow_state": {},
        "message_count": 0,
        "unread_count": 0,
        "held_count": 0,
        "answered_to": 0,
        "summary": "",
        "summarised_to": 0,
        "last_preview": "",
        "last_inbound_at": None,
        "last_activity_at": moment,
        "archived_at": None,
        "deleted_at": None,
        "created_at": moment,
        **values,
    }


#: Who has the word when a person without an account here took it: on the business's own phone, in
#: another app, or through a program.
SOMEBODY = "somebody"
#: The event that begins a wait for a person.
HANDED_OVER = "handed_over"
MOST_SNOOZED_SECONDS = 30 * 86_400.0


class Holdable(Protocol):
    """A conversation's row or view."""

    @property
    def state(self) -> str: ...

    @property
    def assignee_id(self) -> str | None: ...


_MEMBER = prepare(
    select(DepartmentMember.user_id).where(DepartmentMember.user_id == bindparam("user")).limit(1)
)
_SETTLED = prepare(
    text(
        "SELECT max(after_position) FROM conversation_event WHERE conversation_id = :conversation"
        " AND name IN ('resolved', 'handed_back')"
    )
)


def require_conversation(tx: Tx, conversation_id: str, *, to_change: bool = False) -> Row[Any]:
    """The conversation; `to_change` keeps other writers of it waiting until the transaction ends.

    Raises NotFound.
    """
    query = select(Conversation.__table__).where(Conversation.id == conversation_id)
    row = tx.first(query.with_for_update() if to_change else query)
    if row is None or row.deleted_at is not None:
        raise NotFound(f"There is no conversation {conversation_id}.")
    return row


def holder_of(conversation: Holdable) -> str:
    """Which person has the word, or lets it rest: a user's id, SOMEBODY for one without, "" for no
    person."""
    if conversation.state not in HELD:
        return ""
    return str(conversation.assignee_id or SOMEBODY)


def ask_before_taking(
    tx: Tx, conversation: Row[Any], user_id: str | None, accepted: Collection[str]
) -> None:
    """Raises HeldByColleague: another person than the user has the word, and is none of those
    from whom the user knows to take it. `conversation` is locked by the caller."""
    holder = holder_of(conversation)
    if not holder or holder == user_id or holder in accepted:
        return
    name = tx.scalar(select(User.name).where(User.id == holder)) or ""
    raise HeldByColleague(holder=holder, name=name)


def take_over(tx: Tx, conversation_id: str, *, actor: str, user_id: str | None = None) -> None:
    """A person takes the word. Replies of the assistant that wait to be sent are taken back."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    if conversation.state == "human" and conversation.assignee_id == user_id:
        return
    transition = permit("take_over", conversation.state, actor)
    dropped = drop_queued_replies(tx, conversation_id)
    carry_out(tx, conversation, transition, actor, user_id, {"dropped": dropped})
    tx.execute(
        update(Escalation)
        .where(Escalation.conversation_id == conversation_id, Escalation.state == "open")
        .values(state="taken", taken_by=user_id, taken_at=now())
    )


def hand_back(tx: Tx, conversation_id: str, *, actor: str) -> None:
    """The assistant has the word again, and answers what nobody has answered meanwhile. Raises
    NotFound, Conflict."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    if may_speak(conversation.state):
        return
    transition = permit("hand_back", conversation.state, actor)
    carry_out(tx, conversation, transition, actor, None, {})
    _close_escalations(tx, conversation_id)
    if unanswered(tx, conversation_id, conversation.answered_to):
        tx.publish(turn_job(conversation_id))


def resolve(tx: Tx, conversation_id: str, *, actor: str) -> None:
    """The matter is settled. The contact's next message goes to the assistant. Raises NotFound,
    Conflict."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    if conversation.state == "resolved":
        return
    carry_out(tx, conversation, permit("resolve", conversation.state, actor), actor, None, {})
    _close_escalations(tx, conversation_id)
    tx.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(answered_to=conversation.message_count, unread_count=0)
    )


def reopen(tx: Tx, conversation_id: str, *, actor: str) -> None:
    """A resolved conversation goes on with the assistant. Raises NotFound, Conflict."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    carry_out(tx, conversation, permit("reopen", conversation.state, actor), actor, None, {})


def await_person(tx: Tx, conversation: Row[Any], *, detail: dict[str, Any]) -> None:
    """Hand over: the conversation waits for a person, and the assistant is silent."""
    transition = permit("hand_over", conversation.state, "assistant")
    carry_out(tx, conversation, transition, "assistant", None, detail)


def snooze(tx: Tx, conversation_id: str, *, actor: str, until: float) -> None:
    """It rests until then (Unix seconds), or until the contact writes: whoever has it has it again
    then. Raises NotFound, Conflict, Unprocessable."""
    conversation = require_conversation(tx, conversation_id, to_change=True)
    transition = permit("snooze", conversation.state, actor)
    if not 0 < until - now() <= MOST_SNOOZED_SECONDS:
        raise Unprocessable("A conversation rests until a time in the next 30 days.")
    assignee = conversation.assignee_id
    carry_out(tx, conversation, transition, actor, assignee, {"until": until})
    tx.execute(
        update(Conversation).where(Conversation.id == conversation_id).values(snoozed_until=until)
    )
    tx.publish(routing_job("wake", conversation_id, now(), stamp=until, at=until))


def wake(tx: Tx, conversation: Row[Any], *, actor: str) -> str:
    """Whoever let it rest has it again; returns their id, "" for a person without one. The caller
    holds its lock. Raises Conflict."""
    transition = permit("wake", conversation.state, actor)
    carry_out(tx, conversation, transition, actor, conversation.assignee_id, {})
    return conversation.assignee_id or ""


def carry_out(
    tx: Tx,
    conversation: Row[Any],
    transition: Transition,
    actor: str,
    assignee_id: str | None,
    detail: dict[str, Any],
) -> None:
    """Write down a change that `permit` has allowed: the state, whose it is, the log, and what the
    others are told. A person who has one conversation less has room for another."""
    values = {"state": transition.target, "assignee_id": assignee_id, "last_activity_at": now()}
    if conversation.state == "snoozed":
        values["snoozed_until"] = None
    tx.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(ownership=Conversation.ownership + 1, **values)
    )
    after = conversation.message_count
    log_event(tx, conversation.id, transition.event, actor=actor, after=after, detail=detail)
    changed = OwnershipChanged(
        conversation_id=conversation.id, state=transition.target, actor=actor
    )
    tx.announce(changed)
    before = None if may_speak(conversation.state) else conversation.assignee_id
    if before and before != (assignee_id if transition.target != "snoozed" else None):
        give_room(tx, before)


def give_room(tx: Tx, user_id: str) -> None:
    """A member of a department may have room for another conversation: what waits is looked at."""
    if tx.first(_MEMBER, {"user": user_id}) is not None:
        tx.publish(routing_job("room", user_id, now()))


def log_event(
    tx: Tx, conversation_id: str, name: str, *, actor: str, after: int, detail: dict[str, Any]
) -> None:
    """Add a line to the conversation's own log, shown between its messages."""
    tx.execute(
        insert(ConversationEvent),
        {
            "id": new_id(),
            "conversation_id": conversation_id,
            "name": name,
            "actor": actor,
            "detail": detail,
            "after_position": after,
            "created_at": now(),
        },
    )


def settled_at(tx: Tx, conversation_id: str) -> int:
    """The position up to which a person has dealt with the conversation, 0 where none has."""
    return tx.scalar(_SETTLED, {"conversation": conversation_id}) or 0


def turn_job(conversation_id: str, *, delay_seconds: float = 0.0, trace_id: str = "") -> NewJob:
    """The job for a turn: at most one waits a conversation."""
    return TURN.job(
        conversation_id,
        TurnJob(conversation_id),
        delay_seconds=delay_seconds,
        dedup=conversation_id,
        trace_id=trace_id,
    )


def _close_escalations(tx: Tx, conversation_id: str) -> None:
    tx.execute(
        update(Escalation)
        .where(Escalation.conversation_id == conversation_id, Escalation.state != "closed")
        .values(state="closed", closed_at=now())
    )

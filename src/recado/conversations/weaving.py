"""Two conversations of one person on one line become one, as if it had always been one.

The messages of both stand in the order in which they were said, each conversation's own among
themselves as they were. Whatever names a position (turns, the log, up to where all is answered)
goes along; messages keep their ids.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, delete, select, update

from recado.assistant.intents.model import Talk
from recado.assistant.model import ToolCall, Turn
from recado.assistant.models.model import ModelCallRow
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.channels.messages import ANSWERED, UNASKED
from recado.conversations.guards import HELD, may_speak
from recado.conversations.messages import SILENT_TYPES, drop_queued_replies
from recado.conversations.model import Conversation, ConversationEvent, Message, Note
from recado.conversations.ownership import log_event
from recado.conversations.summaries.keeping import drop_summaries
from recado.crm.model import CrmSync
from recado.escalation.clocks.model import ServiceClock
from recado.escalation.model import Escalation
from recado.jobs import routing_job
from recado.notifications.model import Notification
from recado.satisfaction.model import AWAITED, Rating
from recado.store import Tx, now
from recado.store.prepared import prepare
from recado.subscriptions.model import EventDelivery

#: The state that stands further on here holds; of two alike, the older conversation's. A person
#: who answers keeps the word, and one who was promised is still promised; what goes on in one of
#: them is not resolved.
_WORD = ("resolved", "bot", "waiting", "snoozed", "human")


class _Place(NamedTuple):
    """Where a message stood, when it was said at the earliest, and whether it asks for something
    that was not answered there."""

    at: float
    is_joined: bool
    position: int
    id: str
    inbound: bool
    asks: bool


def weave(tx: Tx, kept: Row[Any], joined: Row[Any], name: str) -> bool:
    """The messages of `joined`, whose contact was called `name`, are among those of `kept`; both
    are locked. Returns whether something there waits for an answer of the assistant's."""
    places = list(heapq.merge(_places(tx, kept, False), _places(tx, joined, True)))
    numbers = _numbers(places)
    olders = _Moved(places, numbers, False, otherwise=0)
    newers = _Moved(places, numbers, True, otherwise=kept.message_count)
    waits = [number for it, number in zip(places, numbers, strict=True) if it.asks]
    answered = waits[0] - 1 if waits else max(_answered(kept, olders), _answered(joined, newers))
    was_answered = [
        it.id
        for it, number in zip(places, numbers, strict=True)
        if number > answered and it.inbound and not it.asks
    ]
    _keep_answered(tx, was_answered)
    _renumber(tx, kept, places, numbers)
    for id, moved in ((kept.id, olders), (joined.id, newers)):
        _take_along(tx, id, kept.id, moved)
    tx.execute(delete(Conversation).where(Conversation.id == joined.id))
    values = _together(kept, joined) | {"answered_to": answered}
    drop_summaries(tx, [kept.id, joined.id])  # neither tells of what stands between its messages
    tx.execute(update(Conversation).where(Conversation.id == kept.id).values(**values))
    state = values.get("state", kept.state)
    if state in HELD:
        _give_way(tx, kept.id, values.get("assignee_id", kept.assignee_id))
    told = {"name": name, "messages": joined.message_count}
    count = values["message_count"]
    if state == "waiting":
        tx.publish(routing_job("joined", kept.id, now()))
    log_event(tx, kept.id, "contacts_joined", actor="recado", after=count, detail=told)
    return may_speak(state) and bool(waits)


def _places(tx: Tx, conversation: Row[Any], is_joined: bool) -> Iterator[_Place]:
    query = select(
        Message.id,
        Message.position,
        Message.direction,
        Message.type,
        Message.sent_at,
        Message.created_at,
        Message.revoked_at,
    ).where(Message.conversation_id == conversation.id)
    at = 0.0
    for row in tx.all(query.order_by(Message.position)):
        # A vendor's clock may be ahead; and what took effect later is not moved before the rest.
        at = max(at, min(row.sent_at or row.created_at, row.created_at))
        inbound = row.direction == "inbound"
        unanswered = inbound and row.position > conversation.answered_to
        asks = unanswered and row.type not in SILENT_TYPES and row.revoked_at is None
        yield _Place(at, is_joined, row.position, row.id, inbound, asks)


def _numbers(places: Sequence[_Place]) -> list[int]:
    """Their positions from now on. What was removed from a conversation keeps its numbers."""
    last = [0, 0]
    numbers = []
    for place in places:
        last[place.is_joined] = place.position
        numbers.append(sum(last))
    return numbers


class _Moved:
    """Where the positions of one of the two conversations are now; `otherwise`: without a
    message."""

    def __init__(
        self, places: Sequence[_Place], numbers: Sequence[int], is_joined: bool, otherwise: int
    ) -> None:
        own = [
            (it, to) for it, to in zip(places, numbers, strict=True) if it.is_joined == is_joined
        ]
        self._from = [it.position for it, _ in own]
        self._to = [to for _, to in own]
        self.first = self._to[0] if own else otherwise + 1

    def to(self, position: int) -> int:
        """Of the message there; where there is none, of the one before it."""
        found = bisect_right(self._from, position)
        return self._to[found - 1] if found else self.first - 1


def _answered(conversation: Row[Any], moved: _Moved) -> int:
    return moved.to(conversation.answered_to) if conversation.answered_to else 0


def _keep_answered(tx: Tx, message_ids: Sequence[str]) -> None:
    """What was answered already is not answered again with what still waits before it."""
    for id in message_ids:
        row = tx.first(select(Message.content).where(Message.id == id))
        content = {UNASKED: ANSWERED, **((row.content if row else None) or {})}
        tx.execute(update(Message).where(Message.id == id).values(content=content))


_PLACE = prepare(
    update(Message)
    .where(Message.id == bindparam("message"))
    .values(
        conversation_id=bindparam("conversation"),
        contact_id=bindparam("contact"),
        position=bindparam("number"),
    )
)


def _renumber(tx: Tx, kept: Row[Any], places: Sequence[_Place], numbers: Sequence[int]) -> None:
    about = {"conversation": kept.id, "contact": kept.contact_id}
    # Below zero first: no two may have one position, at any moment.
    rows = [
        {"message": it.id, "number": -number, **about}
        for it, number in zip(places, numbers, strict=True)
        if it.is_joined or number != it.position
    ]
    if rows:
        tx.execute(_PLACE, rows)
    below = (Message.conversation_id == kept.id, Message.position < 0)
    tx.execute(update(Message).where(*below).values(position=-Message.position))


def _take_along(tx: Tx, conversation_id: str, to: str, moved: _Moved) -> None:
    """What stands beside the messages: turns, the log, notes, hand-overs, calls of tools and
    models, structured talks, ratings, what nobody knew, and what subscribers were told."""
    turns = select(Turn.id, Turn.from_position, Turn.to_position)
    for row in tx.all(turns.where(Turn.conversation_id == conversation_id)):
        span = {
            "from_position": moved.to(row.from_position),
            "to_position": moved.to(row.to_position),
        }
        tx.execute(update(Turn).where(Turn.id == row.id).values(conversation_id=to, **span))
    event = ConversationEvent
    told = select(event.id, event.after_position).where(event.conversation_id == conversation_id)
    for row in tx.all(told):
        after = moved.to(row.after_position)
        values = {"conversation_id": to, "after_position": after}
        tx.execute(update(event).where(event.id == row.id).values(**values))
    beside = (
        Note,
        Escalation,
        ToolCall,
        ModelCallRow,
        Talk,
        UnansweredQuestion,
        EventDelivery,
        CrmSync,
    )
    for table in beside:
        own = table.conversation_id == conversation_id
        tx.execute(update(table).where(own).values(conversation_id=to))
    clocks = select(ServiceClock.id, ServiceClock.seen_to)
    for row in tx.all(clocks.where(ServiceClock.conversation_id == conversation_id)):
        values = {"conversation_id": to, "seen_to": moved.to(row.seen_to)}
        counted = values | {"revision": ServiceClock.revision + 1}
        tx.execute(update(ServiceClock).where(ServiceClock.id == row.id).values(**counted))
    rated = select(Rating.id, Rating.covers_to).where(Rating.conversation_id == conversation_id)
    for row in tx.all(rated):
        covers = {"covers_to": moved.to(row.covers_to)}
        tx.execute(update(Rating).where(Rating.id == row.id).values(**covers))
    ratings = update(Rating).where(Rating.conversation_id == conversation_id)
    tx.execute(ratings.where(Rating.state.in_(AWAITED)).values(state="lapsed"))
    tx.execute(ratings.values(conversation_id=to))
    # What it asked, it asked in the other conversation.
    tx.execute(update(Talk).where(Talk.conversation_id == to).values(expires_at=0.0))
    known = update(Notification).where(Notification.conversation_id == conversation_id)
    tx.execute(known.values(conversation_id=to))


def _together(kept: Row[Any], joined: Row[Any]) -> dict[str, Any]:
    """The columns of the older conversation with the younger one's messages."""
    values: dict[str, Any] = {
        "message_count": kept.message_count + joined.message_count,
        "unread_count": kept.unread_count + joined.unread_count,
        "held_count": kept.held_count + joined.held_count,
        "last_inbound_at": max(
            (it for it in (kept.last_inbound_at, joined.last_inbound_at) if it), default=None
        ),
        "deleted_at": None,
    }
    if joined.last_activity_at >= kept.last_activity_at:
        values |= {
            "last_activity_at": joined.last_activity_at,
            "last_preview": joined.last_preview,
            "language": joined.language,
        }
    further = joined if _WORD.index(joined.state) > _WORD.index(kept.state) else kept
    if further is joined or further.state == "snoozed":
        values |= {
            # What rests is taken up: the timer that would end it knows another conversation.
            "state": "human" if further.state == "snoozed" else further.state,
            "assignee_id": further.assignee_id,
            "snoozed_until": None,
            "ownership": kept.ownership + 1,
        }
    return values


def _give_way(tx: Tx, conversation_id: str, person: str | None) -> None:
    """A person has the word, and perhaps had it in one of the two only: what the assistant has not
    sent yet is taken back, and who waits for a person has found one."""
    drop_queued_replies(tx, conversation_id)
    tx.execute(
        update(Escalation)
        .where(Escalation.conversation_id == conversation_id, Escalation.state == "open")
        .values(state="taken", taken_by=person, taken_at=now())
    )

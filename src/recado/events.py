"""The typed catalogue of events, and the bus that carries them within a process.

An event says what has happened, after it was committed. The desk's live pages listen here; the
envelope is what outgoing webhooks carry: `event_type`, `timestamp` (ISO 8601), `source_service`,
`data`. Adding an event: add its struct and list it in `CATALOGUE`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from recado.store import Tx

    #: Writes an event down, in the transaction that it tells of.
    Keeper = Callable[[Tx, "Event"], None]


class Event(msgspec.Struct, frozen=True, tag_field="event_type", kw_only=True):
    """Base: whom it concerns. `conversation_id` is "" where there is none."""

    conversation_id: str = ""


class TextMessageReceived(Event, frozen=True, tag="text_message_received", kw_only=True):
    user_id: str
    message_id: str
    message_content: str
    metadata: dict[str, Any] = {}


class MediaMessageReceived(Event, frozen=True, tag="media_message_received", kw_only=True):
    user_id: str
    message_id: str
    media_type: str
    metadata: dict[str, Any] = {}


class MediaProcessed(Event, frozen=True, tag="media_processed", kw_only=True):
    """A message's file is here, or why it is not is known: `state` is stored or failed; and later,
    where somebody reads it, what was found in it: read, or unread.

    `media_type` is the message's type, `s3_location` the key in the blob store ("" when failed).
    `analysis_result` has `text`, `description`, `language`, `readers`, `confidence`, `pages`,
    `seconds`, `labels`, `codes`, `sentiment`, `unread`, `failed`: those that there are.
    """

    user_id: str
    message_id: str
    media_id: str
    media_type: str
    state: str
    analysis_result: dict[str, Any] = {}
    s3_location: str = ""


class StatusReceived(Event, frozen=True, tag="status_received", kw_only=True):
    message_id: str
    status: str


class MessageChanged(Event, frozen=True, tag="message_changed", kw_only=True):
    """A message is another than before; `change` is reaction, edit, revoke or call."""

    message_id: str
    change: str


class ResponseReady(Event, frozen=True, tag="response_ready", kw_only=True):
    user_id: str
    message_ids: tuple[str, ...]
    confidence: float | None = None


class MessageQueued(Event, frozen=True, tag="message_queued", kw_only=True):
    """A person or a program speaks: an outbound message is on its way."""

    message_id: str
    author: str


class EscalationTriggered(Event, frozen=True, tag="escalation_triggered", kw_only=True):
    user_id: str
    escalation_reason: tuple[str, ...]
    priority: str
    context_summary: str


class OwnershipChanged(Event, frozen=True, tag="ownership_changed", kw_only=True):
    """A take-over, hand-back, resolution or reopening; `state` is the new one."""

    state: str
    actor: str


class SlaWarned(Event, frozen=True, tag="sla_warned", kw_only=True):
    """A promise of a service level is near its end: `target` is first_reply or resolution,
    `target_seconds` is working time, `due_at` (ISO 8601) is when it is over."""

    user_id: str
    escalation_id: str
    target: str
    department: str
    priority: str
    target_seconds: float
    due_at: str


class SlaBreached(Event, frozen=True, tag="sla_breached", kw_only=True):
    """A promise of a service level was not kept; the fields are as in SlaWarned."""

    user_id: str
    escalation_id: str
    target: str
    department: str
    priority: str
    target_seconds: float
    due_at: str


class TicketOpened(Event, frozen=True, tag="ticket_opened", kw_only=True):
    """Nobody of a department came within its limit, and the contact was told of a ticket: somebody
    answers it by `email` (the department's, "" where it has none), or it was asked for in a
    `form`."""

    user_id: str
    ticket: str
    department: str
    priority: str
    context_summary: str
    email: str = ""
    form: str = ""


class ContactSettled(Event, frozen=True, tag="contact_settled", kw_only=True):
    """A person has said whether two contacts are the same person; `user_id` is whom they are now,
    or the one that was asked about."""

    user_id: str
    same: bool


class SummaryUpdated(Event, frozen=True, tag="summary_updated", kw_only=True):
    """A conversation's summary was extended: it speaks for its messages up to the position
    `covers_to`, and `model` wrote its last piece."""

    covers_to: int
    model: str


class IntentUpdated(Event, frozen=True, tag="intent_updated", kw_only=True):
    """A structured talk has gone on: `state` is asking, confirming, changing, left or handed_over;
    `values` are what was filled so far, by slot."""

    user_id: str
    talk_id: str
    intent: str
    state: str
    values: dict[str, Any] = {}


class IntentCompleted(Event, frozen=True, tag="intent_completed", kw_only=True):
    """A structured talk has all that it asks for, confirmed by the contact where that is asked;
    `state` is completed."""

    user_id: str
    talk_id: str
    intent: str
    state: str
    values: dict[str, Any] = {}


class RatingGiven(Event, frozen=True, tag="rating_given", kw_only=True):
    """A contact has said how they were served, `score` from 1 to 5; and once more under the same
    `rating_id` when they say what could be better. `agent_id` is the user who held the matter, "":
    the assistant did."""

    user_id: str
    rating_id: str
    score: int
    comment: str
    line_id: str
    department: str
    agent_id: str
    character_id: str


class WebhookPaused(Event, frozen=True, tag="webhook_paused", kw_only=True):
    """A subscriber to events has taken nothing for a day (`because` is failing), or has answered
    that it is gone (gone): it is told nothing more until somebody lets it go on."""

    subscription_id: str
    name: str
    because: str


class TurnStarted(Event, frozen=True, tag="turn_started", kw_only=True):
    """The assistant has begun to answer: pages show that it is typing."""


class TurnEnded(Event, frozen=True, tag="turn_ended", kw_only=True):
    outcome: str


class DeadLettered(Event, frozen=True, tag="dead_lettered", kw_only=True):
    queue: str
    cause: str


CATALOGUE: tuple[type[Event], ...] = (
    TextMessageReceived,
    MediaMessageReceived,
    MediaProcessed,
    StatusReceived,
    MessageChanged,
    ResponseReady,
    MessageQueued,
    EscalationTriggered,
    OwnershipChanged,
    SlaWarned,
    SlaBreached,
    TicketOpened,
    ContactSettled,
    SummaryUpdated,
    IntentUpdated,
    IntentCompleted,
    RatingGiven,
    WebhookPaused,
    TurnStarted,
    TurnEnded,
    DeadLettered,
)


def envelope(kind: str, data: dict[str, Any], *, source_service: str, at: float) -> dict[str, Any]:
    """An event as outsiders get it; `data` are its fields, `at` is in Unix seconds."""
    return {
        "event_type": kind,
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
        "source_service": source_service,
        "data": data,
    }


class EventBus:
    """Carries events to this process's listeners. A slow listener loses its oldest events, and
    nobody waits for it: pages re-read what they show, so a lost event costs only freshness."""

    def __init__(self, *, backlog: int = 1000) -> None:
        self._listeners: set[asyncio.Queue[Event]] = set()
        self._backlog = backlog
        self._kinds_of: dict[Keeper, frozenset[type[Event]]] = {}
        self._keepers: dict[type[Event], tuple[Keeper, ...]] = {}

    def keep(self, kinds: Iterable[type[Event]], keeper: Keeper) -> None:
        """From now on, `keeper` writes these events down, and no others; what others keep stays."""
        self._kinds_of[keeper] = frozenset(kinds)
        found: dict[type[Event], tuple[Keeper, ...]] = {}
        for it, its in self._kinds_of.items():
            for kind in its:
                found[kind] = (*found.get(kind, ()), it)
        self._keepers = found

    def keeps(self, *kinds: type[Event]) -> bool:
        """Whether one of these has to be told within its transaction (Tx.announce)."""
        return any(kind in self._keepers for kind in kinds)

    def announce(self, tx: Tx, event: Event) -> None:
        """Write it down where somebody wants that, and publish it once it is durable."""
        for keeper in self._keepers.get(type(event), ()):
            keeper(tx, event)
        tx.after_commit(partial(self.publish, event))

    def publish(self, event: Event) -> None:
        for listener in self._listeners:
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(event)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[Event]]:
        listener: asyncio.Queue[Event] = asyncio.Queue(self._backlog)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

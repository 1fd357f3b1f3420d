"""The queues of Recado and what travels in them: one typed body a queue.

EVT-2's figures: text work (inbound, turn) 30 s, 3 receives, 14 days; media 300 s, 3, 14 days;
escalation 60 s, 5, 7 days. Why there is one inbound queue: docs/adr/0003.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from recado.channels.messages import InboundItem, InboundStatus
from recado.queue.port import NewJob, QueueSpec, TypedQueue


class TurnJob(msgspec.Struct, frozen=True):
    conversation_id: str


class SendJob(msgspec.Struct, frozen=True, omit_defaults=True):
    """`line_id` and `contact_id` save a look at the message; a job without them is as good."""

    message_id: str
    line_id: str = ""
    contact_id: str = ""


class MediaJob(msgspec.Struct, frozen=True):
    media_id: str


class ReadingJob(msgspec.Struct, frozen=True):
    media_id: str


class SummaryJob(msgspec.Struct, frozen=True, omit_defaults=True):
    """The summary is to cover the messages up to the position `to`; 0: all that there are."""

    conversation_id: str
    to: int = 0


class EventJob(msgspec.Struct, frozen=True):
    """An event is to be delivered to a subscription (subscriptions/)."""

    delivery_id: str


class RatingJob(msgspec.Struct, frozen=True):
    """A contact is to be asked how they were served (satisfaction/)."""

    rating_id: str


class NotificationJob(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody of the team is to be told of something (notifications/). `waits`: it has waited for
    its time in a lane of its own, and is to go into its address's."""

    notification_id: str
    waits: bool = False


class CrmJob(msgspec.Struct, frozen=True):
    """An event is to be told to a CRM (crm/)."""

    sync_id: str


#: A job is not kept for longer than its queue keeps one, however far its time is.
MOST_DELAYED_SECONDS = 12 * 3600.0


class RoutingJob(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something about waiting conversations is due. `what` is route (a conversation is to be given
    to somebody), limit (nobody may have come to it), wake (it has rested), joined (its timers knew
    another conversation), room (a user may take another) or away (a user gives back what they were
    offered); `subject` is the conversation's or
    the user's id. `stamp` is the wait or the rest that it is about: of another, it is void. `at` is
    when it is due (Unix seconds): a job waits for some hours at most, then it is published anew."""

    what: Literal["route", "limit", "wake", "joined", "room", "away"]
    subject: str
    stamp: float = 0.0
    at: float = 0.0


INBOUND: TypedQueue[InboundItem] = TypedQueue(
    QueueSpec("inbound", lease_seconds=30, max_receives=3, concurrency=64),
    InboundItem,  # type: ignore[arg-type]
)
STATUSES: TypedQueue[InboundStatus] = TypedQueue(
    QueueSpec("statuses", lease_seconds=30, max_receives=5, concurrency=64), InboundStatus
)
TURN: TypedQueue[TurnJob] = TypedQueue(
    QueueSpec("turn", lease_seconds=30, max_receives=3, concurrency=64), TurnJob
)
MEDIA: TypedQueue[MediaJob] = TypedQueue(
    QueueSpec("media", lease_seconds=300, max_receives=3, concurrency=8), MediaJob
)
# Few at once: a reader may keep a processor busy, and a provider's may be slow. What is slow for
# one sort of file holds up no other: each has a queue.
#: Documents, and what was published when there was one queue for all.
READING: TypedQueue[ReadingJob] = TypedQueue(
    QueueSpec("reading", lease_seconds=300, max_receives=5, concurrency=8), ReadingJob
)
READING_PICTURES: TypedQueue[ReadingJob] = TypedQueue(
    QueueSpec("reading-pictures", lease_seconds=300, max_receives=5, concurrency=8), ReadingJob
)
#: Voice notes, and videos, most of which is what is said in them.
READING_SOUND: TypedQueue[ReadingJob] = TypedQueue(
    QueueSpec("reading-sound", lease_seconds=300, max_receives=5, concurrency=8), ReadingJob
)
#: A conversation's turn is due: a file that it waits for is read, or it has waited for long enough.
WAKE: TypedQueue[TurnJob] = TypedQueue(
    QueueSpec("wake", lease_seconds=30, max_receives=5, concurrency=16), TurnJob
)
SEND: TypedQueue[SendJob] = TypedQueue(
    QueueSpec("send", lease_seconds=60, max_receives=8, concurrency=64), SendJob
)
SUMMARY: TypedQueue[SummaryJob] = TypedQueue(
    QueueSpec("summary", lease_seconds=120, max_receives=5, concurrency=4), SummaryJob
)
EVENTS: TypedQueue[EventJob] = TypedQueue(
    QueueSpec("events", lease_seconds=60, max_receives=5, concurrency=32), EventJob
)
RATINGS: TypedQueue[RatingJob] = TypedQueue(
    QueueSpec("ratings", lease_seconds=30, max_receives=5, concurrency=8), RatingJob
)
NOTIFICATIONS: TypedQueue[NotificationJob] = TypedQueue(
    QueueSpec("notifications", lease_seconds=60, max_receives=5, concurrency=16), NotificationJob
)
CRM: TypedQueue[CrmJob] = TypedQueue(
    QueueSpec("crm", lease_seconds=120, max_receives=5, concurrency=8), CrmJob
)
ROUTING: TypedQueue[RoutingJob] = TypedQueue(
    QueueSpec("routing", lease_seconds=60, max_receives=5, concurrency=8),
    RoutingJob,
)
ESCALATION_SPEC = QueueSpec("escalation", lease_seconds=60, max_receives=5, retention_days=7)
#: What every queue is kept by.
SPECS = (
    *(it.spec for it in (INBOUND, STATUSES, TURN, MEDIA)),
    *(it.spec for it in (READING, READING_PICTURES, READING_SOUND)),
    *(it.spec for it in (WAKE, SEND, SUMMARY, EVENTS, RATINGS, CRM)),
    NOTIFICATIONS.spec,
    ROUTING.spec,
    ESCALATION_SPEC,
)


def wake_job(
    conversation_id: str, why: str, *, delay_seconds: float = 0.0, trace_id: str = ""
) -> NewJob:
    """The job that begins a conversation's turn anew, for each `why` (a file's id, and more) once:
    in a lane of its own, so that one that waits for long does not keep the others."""
    lane = f"{conversation_id}:{why}"
    return WAKE.job(
        lane, TurnJob(conversation_id), delay_seconds=delay_seconds, dedup=lane, trace_id=trace_id
    )


def reading_queue(kind: str, mime_type: str) -> TypedQueue[ReadingJob]:
    """Where a file is read that came with a message of that type: by what it is, for people send
    recordings and photos as documents, too."""
    family = mime_type.partition("/")[0].strip().lower()
    if family in ("audio", "video") or mime_type.lower().startswith("application/ogg"):
        return READING_SOUND
    if family == "image" or kind in ("image", "sticker"):
        return READING_PICTURES
    return READING_SOUND if kind in ("audio", "video") else READING


def reading_job(media_id: str, kind: str, mime_type: str, *, trace_id: str = "") -> NewJob:
    """The job that reads a stored file: at most one waits a file."""
    queue = reading_queue(kind, mime_type)
    return queue.job(media_id, ReadingJob(media_id), dedup=media_id, trace_id=trace_id)


def summary_job(conversation_id: str, *, to: int = 0) -> NewJob:
    """The job that extends a conversation's summary, behind whatever asks for it."""
    dedup = conversation_id if to else f"{conversation_id}:all"
    return SUMMARY.job(conversation_id, SummaryJob(conversation_id, to), dedup=dedup)


def routing_job(
    what: Literal["route", "limit", "wake", "joined", "room", "away"],
    subject: str,
    moment: float,
    *,
    stamp: float = 0.0,
    at: float = 0.0,
) -> NewJob:
    """The job of RoutingJob, `moment` being now: in a lane of its own, so that what waits for long
    keeps no other."""
    lane = f"{subject}:{what}:{stamp:.6f}:{at:.0f}" if at else f"{subject}:{what}"
    return ROUTING.job(
        lane,
        RoutingJob(what, subject, stamp, at),
        delay_seconds=min(max(at - moment, 0.0), MOST_DELAYED_SECONDS) if at else 0.0,
        dedup=None if at else lane,
    )

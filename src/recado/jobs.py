"""The queues of Recado and what travels in them: one typed body a queue.

EVT-2's figures: text work (inbound, turn) 30 s, 3 receives, 14 days; media 300 s, 3, 14 days;
escalation 60 s, 5, 7 days. Why there is one inbound queue: docs/adr/0003.
"""

from __future__ import annotations

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
SEND: TypedQueue[SendJob] = TypedQueue(
    QueueSpec("send", lease_seconds=60, max_receives=8, concurrency=64), SendJob
)
ESCALATION_SPEC = QueueSpec("escalation", lease_seconds=60, max_receives=5, retention_days=7)
#: What every queue is kept by.
SPECS = (*(it.spec for it in (INBOUND, STATUSES, TURN, MEDIA, SEND)), ESCALATION_SPEC)


def job_for(item: InboundItem, trace_id: str) -> NewJob:
    """What a webhook's item is published as: statuses have a queue of their own."""
    if isinstance(item, InboundStatus):
        return STATUSES.job(item.lane, item, trace_id=trace_id)
    return INBOUND.job(item.lane, item, trace_id=trace_id)

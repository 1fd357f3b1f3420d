"""The queues of Recado and what travels in them: one typed body a queue.

EVT-2's figures: text work (inbound, turn) 30 s, 3 receives, 14 days; media 300 s, 3, 14 days;
escalation 60 s, 5, 7 days. Why there is one inbound queue: docs/adr/0003.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from recado.channels.messages import InboundItem, InboundStatus
from recado.queue.port import Delivery, NewJob, QueueSpec

T = TypeVar("T")


class TurnJob(msgspec.Struct, frozen=True):
    conversation_id: str


class SendJob(msgspec.Struct, frozen=True, omit_defaults=True):
    """`line_id` and `contact_id` save a look at the message; a job without them is as good."""

    message_id: str
    line_id: str = ""
    contact_id: str = ""


class MediaJob(msgspec.Struct, frozen=True):
    media_id: str


class TypedQueue(Generic[T]):
    """A queue with the type of its bodies: JSON in the engine, structs in the code."""

    def __init__(self, spec: QueueSpec, body_type: type[T]) -> None:
        self.spec = spec
        self.name = spec.name
        self._decoder = msgspec.json.Decoder(body_type)

    def job(
        self,
        lane: str,
        body: T,
        *,
        delay_seconds: float = 0.0,
        dedup: str | None = None,
        trace_id: str = "",
    ) -> NewJob:
        return NewJob(self.name, lane, _encode(body), delay_seconds, dedup, trace_id)

    def body(self, delivery: Delivery) -> T:
        """Raises msgspec.ValidationError: the job was published by another version."""
        return self._decoder.decode(delivery.body)


_encode = msgspec.json.Encoder().encode

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

"""A queue with the type of its bodies: JSON in the engine, structs in the code."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from recado.errors import UnparsablePayload
from recado.queue.port import Delivery, NewJob, QueueSpec

T = TypeVar("T")


class Damaged(msgspec.Struct, frozen=True, tag="damaged", tag_field="job"):
    """In place of a body: what came for the queue, and why nobody can read it."""

    cause: str
    raw: str


class TypedQueue(Generic[T]):
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

    def damaged_job(self, lane: str, raw: bytes, cause: str, *, trace_id: str = "") -> NewJob:
        """Keep what nobody can read: whoever receives it finds it damaged, and it becomes a dead
        letter with `raw` and the cause."""
        job = Damaged(cause, readable(raw))
        return NewJob(self.name, lane, _encode(job), trace_id=trace_id)

    def body(self, delivery: Delivery) -> T:
        """Raises UnparsablePayload: it came damaged; msgspec.ValidationError: the job was
        published by another version."""
        if delivery.body.startswith(_DAMAGED):
            raise UnparsablePayload(_decode_damaged(delivery.body).cause)
        return self._decoder.decode(delivery.body)


def readable(raw: bytes) -> str:
    """Bytes of a stranger as text that every database takes."""
    return raw.decode("utf-8", "replace").replace("\x00", "\ufffd")


_encode = msgspec.json.Encoder().encode
_decode_damaged = msgspec.json.Decoder(Damaged).decode
#: How such a body begins: a look at the first bytes is all that the others pay for it.
_DAMAGED = _encode(Damaged("", "")).partition(b",")[0]

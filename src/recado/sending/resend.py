"""Sending again what the provider took and then reported as failed.

A status `failed` is evidence of non-delivery: the same row goes again, later and a few times, with
the ids of the failed attempts kept, so that a status of one of them is not taken for the new one's.
It waits in a lane of its own: what was said later is out already, and does not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from recado.channels.messages import InboundStatus
from recado.channels.port import Explanation
from recado.jobs import SEND, SendJob
from recado.queue.port import NewJob

MAX_RESENDS = 4
#: The pause grows from try to try by this factor: 1, 4, 16, 64 minutes after a passing fault.
GROWTH = 4
#: What a person has to mend takes its time: 10, 40, 160, 640 minutes.
PERSON_SECONDS = 600.0
#: Nobody waits for an answer longer than that.
PATIENCE_SECONDS = 24 * 3600.0

#: In `message.route`: the provider ids of the attempts that failed …
FAILED_IDS = "failed_ids"
#: … and when the provider said that the window is closed.
REFUSED_AT = "refused_at"
KEPT_IN_ROUTE = (FAILED_IDS, REFUSED_AT)


@dataclass(frozen=True, slots=True)
class Again:
    """The job that sends it again, and the columns that make the row queued."""

    job: NewJob
    values: dict[str, Any]


def next_try(
    message: Row[Any], status: InboundStatus, meaning: Explanation, moment: float
) -> Again | None:
    """How a message that the provider reports as failed goes out again. Returns None if it stays
    failed: trying again would not help, or was tried often enough."""
    route = message.route or {}
    failed = [*route.get(FAILED_IDS, ()), status.provider_message_id]
    job = SendJob(message.id)
    kept = {**route, FAILED_IDS: failed}
    if meaning.window_closed and message.type != "template":
        # Now: the window decides whether it goes as a template or waits (window.py). It was closed
        # when the attempt was made; who has written since has opened it.
        kept[REFUSED_AT] = message.attempted_at or moment
        return Again(SEND.job(message.conversation_id, job), _queued(kept))
    too_old = moment - message.created_at > PATIENCE_SECONDS
    if meaning.kind == "never" or too_old or len(failed) > MAX_RESENDS:
        return None
    first = meaning.retry_after_seconds
    if meaning.kind == "person":
        first = max(first, PERSON_SECONDS)
    delay = first * GROWTH ** (len(failed) - 1)
    return Again(SEND.job(own_lane(message.id), job, delay_seconds=delay), _queued(kept))


def own_lane(message_id: str) -> str:
    """The lane of a message that waits and keeps nothing of its conversation waiting."""
    return f"again/{message_id}"


def _queued(route: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": "queued",
        "provider_message_id": None,
        "accepted_at": None,
        "attempted_at": None,
        "unknown_since": None,
        "route": route,
    }

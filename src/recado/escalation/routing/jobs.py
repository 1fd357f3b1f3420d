"""The jobs of routing: each looks again, under the lock, whether it still has something to do."""

from __future__ import annotations

from contextlib import suppress

from recado.conversations.ownership import require_conversation
from recado.errors import NotFound
from recado.escalation.departments.registry import departments_of
from recado.escalation.routing.limit import TIMER, give_up
from recado.escalation.routing.requests import put_back, wake_up
from recado.escalation.routing.waits import next_waiting, offered_to, open_ticket, route, wait_again
from recado.jobs import ROUTING, RoutingJob, routing_job
from recado.queue.port import Delivery
from recado.queue.worker import Consumer
from recado.runtime import Runtime
from recado.store import Tx, now

#: So many that wait are looked at when somebody has room; whoever has more looks again.
_MOST = 50
#: Clocks of machines differ by so much.
_EARLY_SECONDS = 0.05


def routing_consumer(runtime: Runtime) -> Consumer:
    async def handle(delivery: Delivery) -> None:
        await run(runtime, ROUTING.body(delivery))

    return Consumer(ROUTING.spec, handle)


async def run(runtime: Runtime, job: RoutingJob) -> None:
    """Do what is due; a job that comes before its time is published anew."""
    if job.at - now() > _EARLY_SECONDS:
        again = routing_job(job.what, job.subject, now(), stamp=job.stamp, at=job.at)
        await runtime.queue.publish([again])
        return
    match job.what:
        case "room":
            await _use_room(runtime, job.subject)
        case "away":
            await _give_away(runtime, job.subject)
        case _:
            await runtime.store.write(lambda tx: _of_conversation(tx, job))


def _of_conversation(tx: Tx, job: RoutingJob) -> None:
    try:
        if job.what == "limit":
            give_up(tx, job.subject, job.stamp)
        elif job.what == "wake":
            conversation = require_conversation(tx, job.subject, to_change=True)
            if conversation.state == "snoozed" and conversation.snoozed_until == job.stamp:
                wake_up(tx, job.subject, actor=TIMER)
        elif job.what == "joined":
            wait_again(tx, job.subject)
        else:
            ticket = open_ticket(tx, job.subject)
            if ticket is not None and ticket.waiting_since == job.stamp:
                route(tx, job.subject)
    except NotFound:
        return  # erased meanwhile


async def _use_room(runtime: Runtime, user_id: str) -> None:
    """What waits for the user's departments is offered, each in its own transaction."""
    for department in await runtime.store.read(lambda tx: departments_of(tx, user_id)):
        ids = await runtime.store.read(lambda tx, it=department: next_waiting(tx, it, _MOST))  # type: ignore[misc]
        for id in ids:
            await runtime.store.write(lambda tx, it=id: _route_if_there(tx, it))  # type: ignore[misc]


def _route_if_there(tx: Tx, conversation_id: str) -> None:
    try:
        route(tx, conversation_id)
    except NotFound:
        return


async def _give_away(runtime: Runtime, user_id: str) -> None:
    """Who goes away gives back what they were offered and have not taken."""
    while ids := await runtime.store.read(lambda tx: offered_to(tx, user_id, _MOST)):
        for id in ids:
            await runtime.store.write(lambda tx, it=id: _put_back(tx, it, user_id))  # type: ignore[misc]


def _put_back(tx: Tx, conversation_id: str, user_id: str) -> None:
    with suppress(NotFound):  # erased meanwhile
        put_back(tx, conversation_id, user_id)

"""Dead letters: what could not be processed, and what a person does about it."""

from __future__ import annotations

from starlette.responses import Response

from recado.desk.visit import Visit
from recado.errors import BadRequest
from recado.queue.dead_letters import DeadLetters
from recado.security.audit import record

STATES = ("open", "replayed", "dropped")


def _letters(visit: Visit) -> DeadLetters:
    return DeadLetters(visit.runtime.store, visit.runtime.queue)


async def show(visit: Visit) -> Response:
    """`GET /dead-letters?state=&cursor=`"""
    query = visit.request.query_params
    state = query.get("state", "open")
    if state not in STATES:
        raise BadRequest(f"There is no state {state!r}; there are {', '.join(STATES)}.")
    letters = _letters(visit)
    page = await letters.list(state, 50, query.get("cursor"))
    count = await letters.count_open()
    return visit.render("dead_letters.html", page=page, state=state, states=STATES, count=count)


async def replay(visit: Visit) -> Response:
    """`POST /dead-letters/{id}/replay`"""
    letter_id = visit.request.path_params["id"]
    await _letters(visit).replay(letter_id)
    await _record(visit, "dead_letter.replayed", letter_id)
    return visit.done("/dead-letters", "It is on its way again.")


async def replay_all(visit: Visit) -> Response:
    """`POST /dead-letters/replay`: all that are open."""
    count = await _letters(visit).replay_all()
    await _record(visit, "dead_letter.replayed", "all")
    return visit.done("/dead-letters", "{count} are on their way again.", count=count)


async def drop(visit: Visit) -> Response:
    """`POST /dead-letters/{id}/drop`"""
    letter_id = visit.request.path_params["id"]
    await _letters(visit).drop(letter_id)
    await _record(visit, "dead_letter.dropped", letter_id)
    return visit.done("/dead-letters", "Dropped.")


async def _record(visit: Visit, action: str, subject: str) -> None:
    actor = visit.user.actor
    await visit.runtime.store.write(lambda tx: record(tx, actor, action, subject))

"""Whose a conversation is, beside taking it: to a colleague or a department, back into the queue,
to a supervisor, to rest; and whether one takes conversations at all."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from recado.conversations.ownership import ask_before_taking, require_conversation, snooze
from recado.desk.conversation import takes_from_whom
from recado.desk.visit import Visit
from recado.errors import BadRequest
from recado.escalation.departments.availability import set_availability
from recado.escalation.routing.requests import assign, escalate, requeue
from recado.store import Tx, now

#: How long a conversation may rest, as the desk offers it.
RESTS: dict[str, float] = {"hour": 3600.0, "day": 86_400.0, "week": 7 * 86_400.0}


async def give(visit: Visit) -> Response:
    """`POST /conversations/{id}/assign`: `to` is user:<id> or department:<key>."""
    kind, _, key = (await visit.field("to")).partition(":")
    if kind not in {"user", "department"} or not key:
        raise BadRequest("Choose whom it is for.")
    id, actor = visit.request.path_params["id"], visit.user.actor
    user_id, department = (key, None) if kind == "user" else (None, key)
    await _after_asking(
        visit, lambda tx: assign(tx, id, actor=actor, user_id=user_id, department=department)
    )
    return visit.nothing(visit.say("It waits for them."))


async def put_back(visit: Visit) -> Response:
    """`POST /conversations/{id}/requeue`"""
    id, user = visit.request.path_params["id"], visit.user
    await _after_asking(visit, lambda tx: requeue(tx, id, actor=user.actor, but=user.user_id))
    return visit.nothing(visit.say("It is back in the queue."))


async def ask_supervisor(visit: Visit) -> Response:
    """`POST /conversations/{id}/escalate`"""
    id, actor = visit.request.path_params["id"], visit.user.actor
    await _after_asking(visit, lambda tx: escalate(tx, id, actor=actor))
    return visit.nothing(visit.say("It waits for a supervisor."))


async def let_rest(visit: Visit) -> Response:
    """`POST /conversations/{id}/snooze`: `rest` is hour, day or week."""
    seconds = RESTS.get(await visit.field("rest"))
    if seconds is None:
        raise BadRequest("Choose how long it rests.")
    id, actor = visit.request.path_params["id"], visit.user.actor
    await _after_asking(visit, lambda tx: snooze(tx, id, actor=actor, until=now() + seconds))
    return visit.nothing(visit.say("It rests until then, or until they write."))


async def switch(visit: Visit) -> Response:
    """`POST /availability`: one's own `state`, online or away; back to the page."""
    user_id, state = visit.user.user_id, await visit.field("state")
    await visit.runtime.store.write(lambda tx: set_availability(tx, user_id, state))
    given, away = visit.say("You are given conversations."), visit.say("You are away.")
    return visit.done("/", given if state == "online" else away)


async def _after_asking(visit: Visit, change: Callable[[Tx], None]) -> None:
    """A colleague's conversation only after the question (`taking`)."""
    id, user = visit.request.path_params["id"], visit.user
    accepted = await takes_from_whom(visit)

    def work(tx: Tx) -> None:
        ask_before_taking(tx, require_conversation(tx, id, to_change=True), user.user_id, accepted)
        change(tx)

    await visit.runtime.store.write(work)

"""Outgoing webhooks: which of the business's systems are told of what, and what became of each."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from recado.desk.visit import Visit
from recado.errors import BadRequest, RequestError
from recado.security.audit import record
from recado.store import Tx
from recado.subscriptions import keeping, making
from recado.subscriptions.keeping import SubscriptionView
from recado.subscriptions.registry import OFFERED

STATES = ("", "waiting", "held", "delivered", "failed")
SHOWN = 50


async def show(visit: Visit) -> Response:
    """`GET /webhooks`"""
    return await _list(visit, {})


async def add(visit: Visit) -> Response:
    """`POST /webhooks`: the page that answers shows the secret, this once."""
    given = await _typed(visit)
    try:
        made = await making.add(visit.runtime, visit.user.actor, given)
    except RequestError as error:
        return await _list(visit, given, error.detail)
    return await _one(visit, made.subscription, secret=made.secret)


async def show_one(visit: Visit) -> Response:
    """`GET /webhooks/{id}?state=&cursor=`: its settings, and its deliveries, the newest first."""
    return await _one(visit, await _subscription(visit))


async def save(visit: Visit) -> Response:
    """`POST /webhooks/{id}`: what was typed; or `state` alone, to pause it or let it go on."""
    view = await _subscription(visit)
    state = await visit.field("state")
    changes = {"state": state} if state in ("active", "paused") else await _typed(visit)
    try:
        await making.change(visit.runtime, visit.user.actor, view.id, changes)
    except RequestError as error:
        return await _one(visit, view, problem=error.detail)
    return visit.done(f"/webhooks/{view.id}", visit.say("Saved."))


async def rotate(visit: Visit) -> Response:
    """`POST /webhooks/{id}/rotate`: the new secret, shown this once."""
    id = visit.request.path_params["id"]
    made = await making.rotate(visit.runtime, visit.user.actor, id)
    return await _one(visit, made.subscription, secret=made.secret)


async def test(visit: Visit) -> Response:
    """`POST /webhooks/{id}/test`"""
    id = visit.request.path_params["id"]
    await making.send_test(visit.runtime, id)
    return visit.done(f"/webhooks/{id}", visit.say("It is on its way."))


async def replay(visit: Visit) -> Response:
    """`POST /webhooks/{id}/replay`: one delivery, or all that failed."""
    id, delivery = visit.request.path_params["id"], await visit.field("delivery")
    actor = visit.user.actor

    def work(tx: Tx) -> None:
        record(tx, actor, "webhook.replay", id, {"delivery": delivery})
        if delivery:
            keeping.replay(tx, id, delivery)

    await visit.runtime.store.write(work)
    count = 1 if delivery else await making.replay_all(visit.runtime, id, "failed")
    said = visit.ngettext("{count} is on its way again.", "{count} are on their way again.", count)
    return visit.done(f"/webhooks/{id}", said)


async def remove(visit: Visit) -> Response:
    """`POST /webhooks/{id}/remove`"""
    await making.remove(visit.runtime, visit.user.actor, visit.request.path_params["id"])
    return visit.done("/webhooks", visit.say("Removed."))


async def _subscription(visit: Visit) -> SubscriptionView:
    id = visit.request.path_params["id"]
    return await visit.runtime.store.read(lambda tx: keeping.get_subscription(tx, id))


async def _typed(visit: Visit) -> dict[str, Any]:
    form = await visit.form()
    every = bool(form.get("every"))
    return {
        "name": await visit.field("name"),
        "url": (await visit.field("url")).strip(),
        "events": None if every else [str(it) for it in form.getlist("event")],
    }


async def _list(visit: Visit, given: dict[str, Any], problem: str = "") -> Response:
    return visit.render(
        "webhooks.html",
        status=422 if problem else 200,
        subscriptions=await visit.runtime.store.read(keeping.list_subscriptions),
        given={"name": "", "url": "", "events": None} | given,
        offered=OFFERED,
        problem=visit.say(problem) if problem else "",
    )


async def _one(
    visit: Visit, view: SubscriptionView, *, secret: str = "", problem: str = ""
) -> Response:
    query = visit.request.query_params
    state = query.get("state", "")
    if state not in STATES:
        raise BadRequest(f"There is no state {state!r}.")
    cursor = query.get("cursor")
    page = await visit.runtime.store.read(
        lambda tx: keeping.list_deliveries(tx, view.id, state=state, limit=SHOWN, cursor=cursor)
    )
    return visit.render(
        "webhook.html",
        status=422 if problem else 200,
        it=view,
        secret=secret,
        page=page,
        state=state,
        states=STATES,
        offered=OFFERED,
        problem=visit.say(problem) if problem else "",
    )

"""What people are told of: how each wants it, and the log of what became of it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from recado.desk.visit import Visit
from recado.desk.words import LANGUAGES
from recado.errors import BadRequest, RequestError
from recado.escalation.departments.availability import change_reach
from recado.notifications import keeping
from recado.notifications.choices import choice_of, choose
from recado.notifications.making import notify_test
from recado.notifications.occasions import OCCASIONS, PERSONAL
from recado.security.audit import record
from recado.security.users import get_user
from recado.store import Tx

SHOWN = 50
STATES = ("", *keeping.STATES)


async def show(visit: Visit) -> Response:
    """`GET /notifications?state=&cursor=`: who was told of what, the newest first."""
    query = visit.request.query_params
    state, cursor = query.get("state", ""), query.get("cursor")
    if state not in STATES:
        raise BadRequest(f"There is no state {state!r}.")
    page = await visit.runtime.store.read(
        lambda tx: keeping.list_notifications(tx, state=state, limit=SHOWN, cursor=cursor)
    )
    return visit.render(
        "notifications.html", page=page, state=state, states=STATES, occasions=OCCASIONS
    )


async def replay(visit: Visit) -> Response:
    """`POST /notifications/{id}/replay`"""
    id, actor = visit.request.path_params["id"], visit.user.actor

    def work(tx: Tx) -> None:
        record(tx, actor, "notification.replay", id, {})
        keeping.replay(tx, id)

    await visit.runtime.store.write(work)
    return visit.done("/notifications?state=waiting", visit.say("It is on its way."))


# One's own


async def show_own(visit: Visit) -> Response:
    """`GET /profile/notifications`"""
    return await _own(visit)


async def save_own(visit: Visit) -> Response:
    """`POST /profile/notifications`: all of the page at once."""
    changes, reach = await _typed(visit)
    user_id = visit.user.user_id

    def work(tx: Tx) -> None:
        change_reach(tx, user_id, **reach)
        choose(tx, user_id, changes)

    try:
        await visit.runtime.store.write(work)
    except RequestError as error:
        return await _own(visit, changes | reach, error.detail)
    await visit.runtime.notifications.refresh()
    return visit.done("/profile/notifications", visit.say("Saved."))


async def test_own(visit: Visit) -> Response:
    """`POST /profile/notifications/test`: a word by every channel that reaches the user."""
    known, user_id = visit.runtime.notifications, visit.user.user_id
    await known.refresh()
    person = known.person(user_id)
    await visit.runtime.store.write(lambda tx: notify_test(tx, known.senders, person))
    return visit.done("/profile/notifications", visit.say("It is on its way."))


async def _typed(visit: Visit) -> tuple[dict[str, Any], dict[str, str]]:
    form = await visit.form()
    ticked = {str(it) for it in form.getlist("told")}
    minutes = await visit.field("digest_minutes")
    changes = {
        "channels": {
            name: [it for it in PERSONAL if f"{name}/{it}" in ticked] for name in OCCASIONS
        },
        "quiet_from": await visit.field("quiet_from"),
        "quiet_to": await visit.field("quiet_to"),
        "urgent_passes": bool(form.get("urgent_passes")),
        "digest_minutes": int(minutes) if minutes.isascii() and minutes.isdecimal() else 0,
        "sound": bool(form.get("sound")),
        "title": bool(form.get("title")),
        "push": bool(form.get("push")),
    }
    names = ("phone", "language", "time_zone")
    return changes, {name: (await visit.field(name)).strip() for name in names}


async def _own(visit: Visit, given: dict[str, Any] | None = None, problem: str = "") -> Response:
    user_id, known = visit.user.user_id, visit.runtime.notifications

    def work(tx: Tx) -> tuple[Any, Any]:
        return get_user(tx, user_id), choice_of(tx, user_id)

    user, choice = await visit.runtime.store.read(work)
    names = (*choice.__struct_fields__, "phone", "language", "time_zone")
    held = {it: getattr(choice, it, getattr(user, it, "")) for it in names} | (given or {})
    return visit.render(
        "notifications_own.html",
        status=422 if problem else 200,
        it=held,
        user=user,
        occasions=OCCASIONS,
        channels=PERSONAL,
        there=("desk", *known.senders),
        languages=LANGUAGES,
        problem=visit.say(problem) if problem else "",
    )

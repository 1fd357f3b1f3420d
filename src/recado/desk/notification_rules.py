"""The addresses of departments that are told, whoever is there: supervisors keep them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from recado.desk.visit import Visit
from recado.desk.words import LANGUAGES
from recado.errors import RequestError
from recado.escalation.departments.model import Department
from recado.notifications import rules
from recado.notifications.making import test_rule
from recado.notifications.occasions import OCCASIONS, SHARED, SHARED_OCCASIONS
from recado.security.audit import record
from recado.store import Tx

_PAGE = "/notifications/rules"


async def show(visit: Visit) -> Response:
    """`GET /notifications/rules`"""
    return await _list(visit, {})


async def add(visit: Visit) -> Response:
    """`POST /notifications/rules`"""
    form = await visit.form()
    given = {
        it: (await visit.field(it)).strip()
        for it in ("channel", "target", "name", "department", "language")
    }
    every = bool(form.get("every"))
    chosen = [str(it) for it in form.getlist("occasion")]
    typed: dict[str, Any] = {**given, "occasions": None if every else chosen}
    actor, by, known = visit.user.actor, visit.user.user_id, visit.runtime.notifications

    def work(tx: Tx) -> None:
        made = known.rules.add(tx, typed, by)
        record(tx, actor, "notification_rule.add", made.id, {"shown": made.shown})

    try:
        await visit.runtime.store.write(work)
    except RequestError as error:
        return await _list(visit, typed, error.detail)
    await known.refresh()
    return visit.done(_PAGE, visit.say("Saved."))


async def save(visit: Visit) -> Response:
    """`POST /notifications/rules/{id}`: `enabled`, to switch it off or on."""
    enabled = await visit.field("enabled") == "yes"
    id, actor, known = (
        visit.request.path_params["id"],
        visit.user.actor,
        visit.runtime.notifications,
    )

    def work(tx: Tx) -> None:
        record(tx, actor, "notification_rule.change", id, {"enabled": enabled})
        known.rules.change(tx, id, {"enabled": enabled})

    await visit.runtime.store.write(work)
    await known.refresh()
    return visit.done(_PAGE, visit.say("Saved."))


async def test(visit: Visit) -> Response:
    """`POST /notifications/rules/{id}/test`"""
    id, language = visit.request.path_params["id"], visit.runtime.notifications.language
    await visit.runtime.store.write(lambda tx: test_rule(tx, rules.get_rule(tx, id), language))
    return visit.done("/notifications", visit.say("It is on its way."))


async def remove(visit: Visit) -> Response:
    """`POST /notifications/rules/{id}/remove`"""
    id, actor = visit.request.path_params["id"], visit.user.actor

    def work(tx: Tx) -> None:
        removed = rules.remove_rule(tx, id)
        record(tx, actor, "notification_rule.remove", id, {"shown": removed.shown})

    await visit.runtime.store.write(work)
    await visit.runtime.notifications.refresh()
    return visit.done(_PAGE, visit.say("Removed."))


async def _list(visit: Visit, given: dict[str, Any], problem: str = "") -> Response:
    def work(tx: Tx) -> tuple[Any, Any]:
        departments = select(Department.key, Department.name).order_by(Department.name)
        return rules.list_rules(tx), tx.all(departments)

    found, departments = await visit.runtime.store.read(work)
    blank = {"channel": "", "target": "", "name": "", "department": "", "language": ""}
    there = visit.runtime.notifications.senders
    return visit.render(
        "notification_rules.html",
        status=422 if problem else 200,
        rules=found,
        given=blank | {"occasions": None} | given,
        departments={row.key: row.name for row in departments},
        channels=[it for it in SHARED if it in there],
        lacking=[it for it in SHARED if it not in there],
        occasions={name: OCCASIONS[name].text for name in SHARED_OCCASIONS},
        languages=LANGUAGES,
        problem=visit.say(problem) if problem else "",
    )

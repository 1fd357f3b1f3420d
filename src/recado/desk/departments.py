"""Departments: who belongs to each, when it is there, and what happens when nobody comes."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from recado.calendars.week import DAYS
from recado.desk.character_form import holiday_in, spans_as_text, spans_in
from recado.desk.character_words import day_names, language_names
from recado.desk.numbers import decimal_in, whole_in
from recado.desk.visit import Visit
from recado.errors import RequestError
from recado.escalation.departments import registry
from recado.escalation.departments.registry import DepartmentView
from recado.security.users import list_users
from recado.store import Tx


async def show(visit: Visit) -> Response:
    """`GET /departments`"""
    return await _list(visit)


async def add(visit: Visit) -> Response:
    """`POST /departments`: its key and name; the rest is changed on its page."""
    key, name, actor = await visit.field("key"), await visit.field("name"), visit.user.actor
    given = {"key": key, "name": name or key}
    try:
        await visit.runtime.store.write(lambda tx: registry.add_department(tx, given, actor=actor))
    except RequestError as error:
        return await _list(visit, given, error.detail)
    return visit.done(f"/departments/{key.strip()}", visit.say("Saved."))


async def show_one(visit: Visit) -> Response:
    """`GET /departments/{key}`"""
    return await _one(visit)


async def save(visit: Visit) -> Response:
    """`POST /departments/{key}`: what was typed."""
    key, actor = visit.request.path_params["key"], visit.user.actor
    try:
        changes = await _typed(visit)
        await visit.runtime.store.write(
            lambda tx: registry.change_department(tx, key, changes, actor=actor)
        )
    except RequestError as error:
        return await _one(visit, error.detail)
    return visit.done(f"/departments/{key}", visit.say("Saved."))


async def remove(visit: Visit) -> Response:
    """`POST /departments/{key}/remove`"""
    key, actor = visit.request.path_params["key"], visit.user.actor
    await visit.runtime.store.write(lambda tx: registry.remove_department(tx, key, actor=actor))
    return visit.done("/departments", visit.say("Removed."))


async def set_member(visit: Visit) -> Response:
    """`POST /departments/{key}/members`: `user`, with what they do there; or `remove`."""
    key, actor = visit.request.path_params["key"], visit.user.actor
    user_id, form = await visit.field("user"), await visit.form()
    skills = [it.strip() for it in (await visit.field("skills")).split(",")]
    languages = [str(it) for it in form.getlist("language")]
    capacity = whole_in(await visit.field("capacity") or str(registry.DEFAULT_CAPACITY), longest=6)

    def work(tx: Tx) -> None:
        if form.get("remove"):
            registry.remove_member(tx, key, user_id, actor=actor)
            return
        registry.set_member(
            tx,
            key,
            user_id,
            actor=actor,
            skills=skills,
            languages=languages,
            capacity=capacity,
        )

    await visit.runtime.store.write(work)
    return visit.done(f"/departments/{key}", visit.say("Saved."))


async def _typed(visit: Visit) -> dict[str, Any]:
    text = {day: (await visit.field(day)).strip() for day in DAYS}
    holidays = [it for it in (await visit.field("holidays")).splitlines() if it.strip()]
    return {
        "name": await visit.field("name"),
        "strategy": await visit.field("strategy"),
        "sticky": bool(await visit.field("sticky")),
        "take_seconds": 60 * decimal_in((await visit.field("take_minutes")).strip() or "0"),
        "if_nobody": await visit.field("if_nobody"),
        "hours": {day: spans_in(it) for day, it in text.items() if it},
        "time_zone": (await visit.field("time_zone")).strip(),
        "holidays": [holiday_in(it) for it in holidays],
        "settings": {name: await visit.field(name) for name in registry.SETTINGS},
    }


async def _list(visit: Visit, given: dict[str, str] | None = None, problem: str = "") -> Response:
    return visit.render(
        "departments.html",
        status=422 if problem else 200,
        departments=await visit.runtime.store.read(registry.list_departments),
        given=given or {"key": "", "name": ""},
        problem=visit.say(problem) if problem else "",
    )


async def _one(visit: Visit, problem: str = "") -> Response:
    key = visit.request.path_params["key"]

    def work(tx: Tx) -> tuple[DepartmentView, list[Any]]:
        users = [it for it in list_users(tx) if it.disabled_at is None]
        return registry.get_department(tx, key), users

    view, users = await visit.runtime.store.read(work)
    members = {it.user_id for it in view.members}
    return visit.render(
        "department.html",
        status=422 if problem else 200,
        it=view,
        others=[user for user in users if user.id not in members],
        day_names=day_names(visit.say),
        language_names=language_names(visit.say),
        spans={day: spans_as_text(view.hours.get(day, ())) for day in DAYS},
        holidays="\n".join(
            " ".join(filter(None, (it.date, spans_as_text(it.spans), it.name)))
            for it in view.holidays
        ),
        problem=visit.say(problem) if problem else "",
    )

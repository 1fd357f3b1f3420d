"""What is promised to those who wait for a person: read, tried on the last weeks, and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from starlette.responses import Response

from recado.calendars.week import DAYS
from recado.desk.character_form import holiday_in, spans_as_text, spans_in
from recado.desk.character_words import day_names, department_names
from recado.desk.numbers import decimal_in
from recado.desk.visit import Visit
from recado.errors import RequestError
from recado.escalation.clocks.levels import (
    DEFAULT,
    PRIORITIES,
    Level,
    ServiceLevels,
    calendar_from,
    check_levels,
    read_levels,
    write_levels,
)
from recado.escalation.clocks.what_if import OutcomeView, what_if
from recado.escalation.departments.registry import list_departments

Values = dict[str, Any]
FIELDS = ("department", "priority", "first_reply", "resolution", "warn")


async def show(visit: Visit) -> Response:
    """`GET /service-levels`"""
    return await _page(visit, _values(await visit.runtime.store.read(read_levels)))


async def save(visit: Visit) -> Response:
    """`POST /service-levels`: all of them; with `try`, only what they would have meant."""
    form = await visit.form()
    values: Values = {it: str(form.get(it, "")).strip() for it in (*DAYS, "time_zone", "region")}
    values["holidays"] = str(form.get("holidays", ""))
    columns = [[str(it).strip() for it in form.getlist(name)] for name in FIELDS]
    rows = [dict(zip(FIELDS, row, strict=True)) for row in zip(*columns, strict=False)]
    values["levels"] = [row for row in rows if row["first_reply"]]
    try:
        given = _given(values)
        check_levels(given)
        if "try" in form:
            outcomes = await visit.runtime.store.read(lambda tx: what_if(tx, given))
            return await _page(visit, values, outcomes=outcomes)
        actor = visit.user.actor
        await visit.runtime.store.write(lambda tx: write_levels(tx, given, actor=actor))
    except RequestError as error:
        return await _page(visit, values, problem=error.detail)
    return visit.done("/service-levels", visit.say("Saved."))


async def _page(
    visit: Visit,
    values: Values,
    *,
    problem: str = "",
    outcomes: Sequence[OutcomeView] | None = None,
) -> Response:
    known = await visit.runtime.store.read(list_departments)
    names = department_names(visit.say, {it.key: it.name for it in known})
    empty = dict.fromkeys(FIELDS, "")
    return visit.render(
        "service_levels.html",
        status=422 if problem else 200,
        values={**values, "levels": [*values["levels"], empty]},
        problem=problem,
        outcomes=outcomes,
        departments=names,
        priorities=PRIORITIES,
        day_names=day_names(visit.say),
        zones=sorted(available_timezones()),
        may_change=visit.may("service_levels.change"),
    )


def _values(levels: ServiceLevels) -> Values:
    calendar = levels.calendar
    return {
        "levels": [_typed(level) for level in levels.levels or (DEFAULT,)],
        **{day: spans_as_text(calendar.week.get(day, ())) for day in DAYS},
        "time_zone": calendar.time_zone,
        "region": calendar.region,
        "holidays": "\n".join(
            " ".join(filter(None, (it.date, spans_as_text(it.spans).replace(" ", ""), it.name)))
            for it in calendar.holidays
        ),
    }


def _typed(level: Level) -> dict[str, str]:
    resolution = level.resolution_seconds
    return {
        "department": level.department,
        "priority": level.priority,
        "first_reply": f"{level.first_reply_seconds / 60:g}",
        "resolution": "" if resolution is None else f"{resolution / 3600:g}",
        "warn": str(level.warn_percent),
    }


def _given(values: Values) -> ServiceLevels:
    """Raises BadRequest, Unprocessable."""
    hours = {day: spans_in(values[day]) for day in DAYS if values[day]}
    lines = [line.strip() for line in values["holidays"].splitlines() if line.strip()]
    own = [holiday_in(line) for line in lines]
    levels = tuple(_level(row) for row in values["levels"])
    return ServiceLevels(
        levels, calendar_from(hours, values["time_zone"], own, values["region"].upper())
    )


def _level(row: Mapping[str, str]) -> Level:
    return Level(
        row["department"],
        row["priority"],
        decimal_in(row["first_reply"]) * 60,
        decimal_in(row["resolution"]) * 3600 if row["resolution"] else None,
        int(decimal_in(row["warn"] or str(DEFAULT.warn_percent))),
    )

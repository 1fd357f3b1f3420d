"""What is promised: targets by department and priority, and when the business works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import msgspec
from sqlalchemy import delete, insert, select

from recado.calendars.week import Holiday
from recado.calendars.working_time import ALWAYS, Calendar, check_calendar
from recado.errors import Unprocessable
from recado.escalation.clocks.model import ServiceCalendar, ServiceLevel
from recado.escalation.departments.model import Department
from recado.escalation.reasons import Priority
from recado.security.audit import record
from recado.store import Tx, now

PRIORITIES: tuple[str, ...] = get_args(Priority)
#: A person is promised within five minutes (ESC-5).
FIRST_REPLY_SECONDS = 300.0
WARN_PERCENT = 80
LEAST_SECONDS, MOST_SECONDS = 30.0, 30 * 86400.0
MOST_LEVELS = 200
LONGEST_DEPARTMENT = 40
_BUSINESS = "business"


class Level(msgspec.Struct, frozen=True):
    """A promise to hand-overs of a department and a priority; "" is all of them.

    `resolution_seconds` null: nothing is promised for that. Times are working time.
    """

    department: str = ""
    priority: str = ""
    first_reply_seconds: float = FIRST_REPLY_SECONDS
    resolution_seconds: float | None = None
    warn_percent: int = WARN_PERCENT


DEFAULT = Level()


class ServiceLevels(msgspec.Struct, frozen=True):
    """All that is promised. The most exact level counts: department and priority, department,
    priority, all; without one of them, five minutes for the first reply."""

    levels: tuple[Level, ...] = ()
    calendar: Calendar = ALWAYS

    def level_for(self, department: str, priority: str) -> Level:
        found = {(it.department, it.priority): it for it in self.levels}
        for key in ((department, priority), (department, ""), ("", priority), ("", "")):
            if key in found:
                return found[key]
        return DEFAULT


def read_levels(tx: Tx) -> ServiceLevels:
    order = ServiceLevel.department, ServiceLevel.priority
    rows = tx.all(select(ServiceLevel.__table__).order_by(*order))
    names = Level.__struct_fields__
    levels = tuple(Level(**{name: getattr(row, name) for name in names}) for row in rows)
    row = tx.first(select(ServiceCalendar.__table__).where(ServiceCalendar.name == _BUSINESS))
    if row is None:
        return ServiceLevels(levels)
    return ServiceLevels(levels, calendar_from(row.hours, row.time_zone, row.holidays, row.region))


def calendar_from(hours: Any, time_zone: str, holidays: Any, region: str) -> Calendar:
    """A calendar from what columns, or the body of a request, hold. Raises Unprocessable."""
    try:
        week = msgspec.convert(hours or {}, dict[str, tuple[tuple[str, ...], ...]])
        own = msgspec.convert(holidays or [], tuple[Holiday, ...])
    except msgspec.ValidationError as error:
        raise Unprocessable(f"Hours: {error}.") from error
    return Calendar({day: spans for day, spans in week.items() if spans}, time_zone, own, region)


def write_levels(tx: Tx, given: ServiceLevels, *, actor: str) -> None:
    """Replace all of them. They hold for what is handed over from then on; clocks that run keep
    what was promised. Raises Unprocessable, BadRequest."""
    check_levels(given)
    moment = now()
    tx.execute(delete(ServiceLevel))
    for level in given.levels:
        values = {**msgspec.structs.asdict(level), "updated_at": moment}
        tx.execute(insert(ServiceLevel), values)
    tx.execute(delete(ServiceCalendar))
    calendar = {
        "name": _BUSINESS,
        "hours": msgspec.to_builtins(given.calendar.week),
        "time_zone": given.calendar.time_zone,
        "holidays": msgspec.to_builtins(given.calendar.holidays),
        "region": given.calendar.region,
        "updated_at": moment,
    }
    tx.execute(insert(ServiceCalendar), calendar)
    record(tx, actor, "service_levels.change", "", {"levels": len(given.levels)})


def check_levels(given: ServiceLevels) -> None:
    """Raises Unprocessable, BadRequest: what is wrong, and what is accepted."""
    check_calendar(given.calendar)
    if len(given.levels) > MOST_LEVELS:
        raise Unprocessable(f"There may be at most {MOST_LEVELS} service levels.")
    if len({(it.department, it.priority) for it in given.levels}) < len(given.levels):
        raise Unprocessable("A department and a priority stand there twice.")
    for level in given.levels:
        _check(level)


def _check(level: Level) -> None:
    if len(level.department) > LONGEST_DEPARTMENT:
        raise Unprocessable(f"A department has at most {LONGEST_DEPARTMENT} characters.")
    if level.priority not in ("", *PRIORITIES):
        raise Unprocessable(f"The priorities are {', '.join(PRIORITIES)}.")
    for seconds in _targets(level):
        if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
            raise Unprocessable("A target is between 30 seconds and 30 days.")
    if not 10 <= level.warn_percent <= 100:
        raise Unprocessable("It is warned between 10 % and 100 % of a target; 100 is never.")


def _targets(level: Level) -> Sequence[float]:
    resolution = level.resolution_seconds
    return [level.first_reply_seconds, *([] if resolution is None else [resolution])]


def calendar_of(tx: Tx, levels: ServiceLevels, department: str) -> Calendar:
    """When the department works: the business's hours, where it has none of its own. The public
    holidays are the business's."""
    columns = Department.hours, Department.time_zone, Department.holidays
    row = tx.first(select(*columns).where(Department.key == department))
    if row is None or not row.hours or not row.time_zone:
        return levels.calendar
    return calendar_from(row.hours, row.time_zone, row.holidays, levels.calendar.region)

"""When a business is open: spans of a week in its own time zone.

`{"mon": [["09:00", "13:00"], ["15:00", "20:00"]], "sat": [["20:00", "02:00"]]}`: a day that is
missing is closed; a span that ends before it begins goes on after midnight. A holiday has hours of
its own in the place of its weekday's, or none: closed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from recado.errors import BadRequest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_SPANS = 4
MOST_HOLIDAYS = 100
#: How far it is looked for the next opening: a week, or past the longest holidays.
_WEEK_AHEAD, _HOLIDAYS_AHEAD = 8, 62
Week = Mapping[str, Sequence[Sequence[str]]]
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_DATE = re.compile(r"(?:[12]\d{3}-)?[01]\d-[0-3]\d", re.ASCII)


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day unlike its weekday. `date` is `2026-12-25`, or `12-25` for every year; `spans` as of a
    day of the week, none: closed. The whole date counts before the yearly one."""

    date: str
    name: str = ""
    spans: tuple[tuple[str, ...], ...] = ()


class Opening(NamedTuple):
    """Whether it is open, until when or when it opens next (None: no time is known)."""

    open: bool
    changes_at: datetime | None
    now: datetime


def check_hours(week: Week, time_zone: str, holidays: Sequence[Holiday] = ()) -> None:
    """Raises BadRequest: what is wrong, and how it is written."""
    if week or time_zone or holidays:
        zone_of(time_zone)
    for day, spans in week.items():
        if day not in DAYS:
            raise BadRequest(f"Hours: {day!r} is no day; write {', '.join(DAYS)}.")
        _check_spans(spans)
    if holidays and not week:
        raise BadRequest("Holidays need the hours of a usual week beside them.")
    if len(holidays) > MOST_HOLIDAYS:
        raise BadRequest(f"There may be at most {MOST_HOLIDAYS} holidays.")
    if len({holiday.date for holiday in holidays}) < len(holidays):
        raise BadRequest("Holidays: a date stands there twice.")
    for holiday in holidays:
        _check_date(holiday.date)
        if len(holiday.name) > 80:
            raise BadRequest("The name of a holiday has at most 80 characters.")
        _check_spans(holiday.spans)


def _check_spans(spans: Sequence[Sequence[str]]) -> None:
    if len(spans) > MOST_SPANS:
        raise BadRequest(f"Hours: a day has at most {MOST_SPANS} spans.")
    for span in spans:
        if len(span) != 2 or not all(_TIME.fullmatch(time) for time in span):
            raise BadRequest("Hours: a span is written like 09:00-18:00.")
        if span[0] == span[1] or span[0] == "24:00":
            raise BadRequest("Hours: a span begins and ends at different times.")


def _check_date(text: str) -> None:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        date.fromisoformat(text if len(text) > 5 else f"2024-{text}")  # a leap year
    except ValueError as error:
        raise BadRequest(
            "The date of a holiday is written like 2026-12-25, or 12-25 for every year."
        ) from error


def zone_of(name: str) -> ZoneInfo:
    """Raises BadRequest: there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadRequest(
            "Hours need a time zone, written like America/Bogota or Europe/Madrid."
        ) from error


def opening_at(
    week: Week, time_zone: str, at: float, holidays: Sequence[Holiday] = ()
) -> Opening | None:
    """How it stands at a time (Unix seconds). None: the business has not said its hours."""
    if not week or not time_zone:
        return None
    moment = datetime.fromtimestamp(at, zone_of(time_zone))
    special = {holiday.date: holiday.spans for holiday in holidays}
    ahead = _HOLIDAYS_AHEAD if special else _WEEK_AHEAD
    spans = [span for days in range(-1, ahead) for span in _spans_on(week, special, moment, days)]
    for begin, end in spans:
        if begin <= moment < end:
            return Opening(True, end, moment)
    return Opening(False, next((begin for begin, _ in spans if begin > moment), None), moment)


def _spans_on(
    week: Week, special: Week, moment: datetime, days: int
) -> list[tuple[datetime, datetime]]:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    usual = week.get(DAYS[midnight.weekday()], ())
    yearly = special.get(f"{midnight:%m-%d}", usual)
    found = []
    for first, last in special.get(f"{midnight:%Y-%m-%d}", yearly):
        begin, end = clock_at(midnight, first), clock_at(midnight, last)
        found.append((begin, end if end > begin else end + timedelta(days=1)))
    return sorted(found)


def clock_at(midnight: datetime, time: str) -> datetime:
    """When a clock on the wall shows `time` (09:00, 24:00) on the day of `midnight`."""
    hour, minute = map(int, time.split(":"))
    if hour == 24:
        return midnight + timedelta(days=1)
    return midnight.replace(hour=hour, minute=minute)

"""Sums of working time: what a clock shows that stands still while nobody works.

Points in time are Unix seconds, lengths are seconds that really pass: a day on which clocks are set
forward has an hour less, and a shift over that night with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from recado.calendars.public_holidays import check_region, public_holidays
from recado.calendars.week import DAYS, Holiday, Week, check_hours, clock_at, zone_of
from recado.errors import BadRequest

#: Nothing is looked for further ahead: a moment that would come later is taken to be there.
HORIZON_SECONDS = 400 * 86400.0

Span = tuple[float, float]


class Calendar(msgspec.Struct, frozen=True):
    """When somebody works, in the shape of a character's hours (week.py): without a week, always.
    `region` names whose public holidays are free (`ES-MD`), "" for none; a day of one's own among
    `holidays` goes before them."""

    week: Mapping[str, tuple[tuple[str, ...], ...]] = {}
    time_zone: str = ""
    holidays: tuple[Holiday, ...] = ()
    region: str = ""

    @property
    def is_always_open(self) -> bool:
        return not self.week or not self.time_zone


ALWAYS = Calendar()


def check_calendar(calendar: Calendar) -> None:
    """Raises BadRequest: what is wrong, and how it is written."""
    check_hours(calendar.week, calendar.time_zone, calendar.holidays)
    if calendar.region:
        check_region(calendar.region)
    if calendar.week and not any(calendar.week.values()):
        raise BadRequest("Hours: there is no day on which anybody works. None at all is always.")


def add_working(calendar: Calendar, moment: float, seconds: float) -> float:
    """The moment at which so much working time has passed since `moment`; the very moment itself
    for none. It is inside of working time or at its end, and at most HORIZON_SECONDS away."""
    if seconds <= 0:
        return moment
    if calendar.is_always_open:
        return moment + seconds
    left, limit = seconds, moment + HORIZON_SECONDS
    for begin, end in _spans_since(calendar, moment):
        if begin >= limit:
            break
        if left <= end - begin:
            return min(begin + left, limit)
        left -= end - begin
    return limit


def working_between(calendar: Calendar, begin: float, end: float) -> float:
    """How much working time lies between two moments; none where the second is not after the
    first, as with a clock that was set back."""
    if end <= begin:
        return 0.0
    if calendar.is_always_open:
        return end - begin
    total = 0.0
    for first, last in _spans_since(calendar, begin):
        if first >= end:
            break
        total += min(last, end) - first
    return total


def is_working(calendar: Calendar, moment: float) -> bool:
    """Whether somebody works at that moment."""
    if calendar.is_always_open:
        return True
    begin, _ = next(_spans_since(calendar, moment), (moment + 1, 0.0))
    return begin <= moment


def _spans_since(calendar: Calendar, moment: float) -> Iterator[Span]:
    """The spans of work from `moment` on, in order; those that touch or overlap are one."""
    held: Span | None = None
    for begin, end in _spans_by_day(calendar, moment):
        first = max(begin, moment)
        if end <= first:
            continue
        if held is None:
            held = first, end
        elif first <= held[1]:
            held = held[0], max(held[1], end)
        else:
            yield held
            held = first, end
    if held is not None:
        yield held


def _spans_by_day(calendar: Calendar, moment: float) -> Iterator[Span]:
    """From the day before, whose last span may go on after midnight, to the horizon."""
    zone = zone_of(calendar.time_zone)
    own = {holiday.date: holiday.spans for holiday in calendar.holidays}
    today = datetime.fromtimestamp(moment, zone).date()
    for days in range(-1, int(HORIZON_SECONDS / 86400) + 2):
        day = today + timedelta(days=days)
        yield from sorted(_on(day, zone, _times_of(calendar, own, day)))


def _times_of(calendar: Calendar, own: Week, day: date) -> Sequence[Sequence[str]]:
    for name in (f"{day:%Y-%m-%d}", f"{day:%m-%d}"):
        if name in own:
            return own[name]
    if calendar.region and day in public_holidays(calendar.region, day.year):
        return ()
    return calendar.week.get(DAYS[day.weekday()], ())


def _on(day: date, zone: ZoneInfo, times: Sequence[Sequence[str]]) -> Iterator[Span]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    for first, last in times:
        begin, end = clock_at(midnight, first), clock_at(midnight, last)
        if end <= begin:
            end += timedelta(days=1)
        yield begin.timestamp(), end.timestamp()

"""Sums of working time, over nights, weekends, holidays and clocks that are set."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.calendars.week import Holiday
from recado.calendars.working_time import (
    ALWAYS,
    HORIZON_SECONDS,
    Calendar,
    add_working,
    check_calendar,
    is_working,
    working_between,
)
from recado.errors import BadRequest

HOUR = 3600.0
OFFICE = (("09:00", "18:00"),)
WORKDAYS: dict[str, Any] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OFFICE)
MADRID, SAO_PAULO, NEW_YORK = "Europe/Madrid", "America/Sao_Paulo", "America/New_York"
#: Half an hour and three quarters of one beside the others.
ADELAIDE, KATHMANDU = "Australia/Adelaide", "Asia/Kathmandu"
ALL_DAY: dict[str, Any] = dict.fromkeys(
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), (("00:00", "24:00"),)
)


def at(text: str, zone: str = MADRID) -> float:
    """2026-11-30 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment: float, zone: str = MADRID) -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def office(zone: str = MADRID, **more: Any) -> Calendar:
    return Calendar(WORKDAYS, zone, **more)


@pytest.mark.parametrize(
    ("begin", "hours", "end"),
    [
        ("2026-11-30T10:00", 2, "2026-11-30T12:00"),
        ("2026-11-30T06:00", 2, "2026-11-30T11:00"),
        ("2026-11-30T17:00", 1, "2026-11-30T18:00"),
        ("2026-11-30T17:00", 2, "2026-12-01T10:00"),
        ("2026-11-30T22:00", 0.5, "2026-12-01T09:30"),
        ("2026-12-04T17:30", 1, "2026-12-07T09:30"),  # over a weekend
        ("2026-12-05T12:00", 9, "2026-12-07T18:00"),
        ("2026-11-30T09:00", 45, "2026-12-04T18:00"),
    ],
)
def test_a_target_runs_while_somebody_works(begin: str, hours: float, end: str) -> None:
    assert shown(add_working(office(), at(begin), hours * HOUR)) == end
    assert working_between(office(), at(begin), at(end)) == pytest.approx(hours * HOUR)


def test_who_has_set_no_hours_always_works() -> None:
    moment = at("2026-12-06T03:00")
    assert add_working(ALWAYS, moment, 300) == moment + 300
    assert working_between(ALWAYS, moment, moment + 300) == 300
    assert is_working(ALWAYS, moment)
    # Hours without a zone are no hours yet.
    assert add_working(Calendar(WORKDAYS), moment, 300) == moment + 300


def test_a_night_shift_goes_on_after_midnight() -> None:
    bar = Calendar({"sat": (("20:00", "02:00"),), "sun": (("01:00", "03:00"),)}, MADRID)
    begin = at("2026-12-05T23:00")
    assert shown(add_working(bar, begin, 3.5 * HOUR)) == "2026-12-06T02:30"
    # An hour that stands in two spans passes once.
    assert working_between(bar, at("2026-12-05T20:00"), at("2026-12-06T12:00")) == 7 * HOUR
    assert is_working(bar, at("2026-12-06T01:59"))
    assert not is_working(bar, at("2026-12-06T03:00"))


def test_holidays_of_ones_own_and_public_ones_are_free() -> None:
    own = office(holidays=(Holiday("12-24", "Nochebuena", (("09:00", "12:00"),)), Holiday("12-28")))
    assert shown(add_working(own, at("2026-12-24T11:00"), 2 * HOUR)) == "2026-12-25T10:00"
    assert shown(add_working(own, at("2026-12-25T17:00"), 2 * HOUR)) == "2026-12-29T10:00"
    spain = office(region="ES-MD")
    assert shown(add_working(spain, at("2026-12-24T17:00"), 2 * HOUR)) == "2026-12-28T10:00"
    # Madrid's own day is none in the rest of the country.
    madrid_only = at("2028-05-02T10:00")
    assert not is_working(spain, madrid_only)
    assert is_working(office(region="ES"), madrid_only)
    # Whoever works on a public holiday says so.
    works = office(region="ES", holidays=(Holiday("12-25", spans=(("10:00", "14:00"),)),))
    assert is_working(works, at("2026-12-25T11:00"))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (MADRID, "2026-03-29", 23),
        (MADRID, "2026-10-25", 25),
        (NEW_YORK, "2026-03-08", 23),
        (NEW_YORK, "2026-11-01", 25),
        (SAO_PAULO, "2026-10-18", 24),  # there is none any more
        (SAO_PAULO, "2026-02-22", 24),
        (ADELAIDE, "2026-10-04", 23),
        (KATHMANDU, "2026-10-04", 24),
    ],
)
def test_a_day_has_the_hours_that_it_really_has(zone: str, day: str, hours: float) -> None:
    always = Calendar(ALL_DAY, zone)
    begin, end = at(f"{day}T00:00", zone), at(f"{day}T00:00", zone) + hours * HOUR
    assert shown(end, zone).endswith("T00:00")
    assert working_between(always, begin, end) == hours * HOUR
    assert add_working(always, begin, hours * HOUR) == end


@pytest.mark.parametrize("zone", [MADRID, NEW_YORK, SAO_PAULO, ADELAIDE, KATHMANDU])
@pytest.mark.parametrize("friday", ["2026-03-27", "2026-03-06", "2026-10-23", "2026-10-30"])
def test_office_hours_are_as_the_clock_on_the_wall_says_after_it_was_set(
    zone: str, friday: str
) -> None:
    end = add_working(office(zone), at(f"{friday}T17:00", zone), 2 * HOUR)
    assert shown(end, zone)[11:] == "10:00"
    assert datetime.fromtimestamp(end, ZoneInfo(zone)).weekday() == 0


def test_a_shift_over_the_night_in_which_clocks_are_set_is_as_long_as_it_is() -> None:
    night = Calendar({"sat": (("22:00", "06:00"),)}, MADRID)
    spring = working_between(night, at("2026-03-28T12:00"), at("2026-03-29T12:00"))
    autumn = working_between(night, at("2026-10-24T12:00"), at("2026-10-25T12:00"))
    assert (spring, autumn) == (7 * HOUR, 9 * HOUR)


def test_a_clock_that_was_set_back_makes_no_time() -> None:
    assert working_between(office(), at("2026-11-30T12:00"), at("2026-11-30T11:00")) == 0
    assert working_between(ALWAYS, 100.0, 50.0) == 0


def test_what_never_comes_is_taken_to_come_at_the_horizon() -> None:
    shut = Calendar({"mon": ()}, MADRID)
    moment = at("2026-11-30T12:00")
    assert add_working(shut, moment, 1) == moment + HORIZON_SECONDS
    assert working_between(shut, moment, moment + 30 * 24 * HOUR) == 0
    with pytest.raises(BadRequest, match="no day"):
        check_calendar(shut)


def test_what_is_wrong_with_a_calendar_is_told() -> None:
    with pytest.raises(BadRequest, match="time zone"):
        check_calendar(Calendar(WORKDAYS, "Mars/Olympus"))
    for region in ("XX", "ES-XX", "nowhere", "-", "ES-MD-1", "es/../x"):
        with pytest.raises(BadRequest, match="Public holidays"):
            check_calendar(office(region=region))
    for region in ("", "ES", "ES-MD", "BR-SP", "US-CA", "MX", "AR", "CO"):
        check_calendar(office(region=region))


TIMES = st.integers(0, 48).map(lambda half: f"{half // 2:02}:{30 * (half % 2):02}")
SPANS = st.tuples(TIMES, TIMES).filter(lambda it: it[0] not in (it[1], "24:00"))
WEEKS = st.dictionaries(
    st.sampled_from(tuple(ALL_DAY)), st.lists(SPANS, min_size=1, max_size=3).map(tuple), min_size=1
)
OWN = st.lists(
    st.builds(
        Holiday,
        date=st.dates().map(lambda it: f"{it:%m-%d}"),
        spans=st.lists(SPANS, max_size=2).map(tuple),
    ),
    max_size=3,
    unique_by=lambda it: it.date,
).map(tuple)
ZONES = st.sampled_from([MADRID, NEW_YORK, SAO_PAULO, ADELAIDE, KATHMANDU, "UTC"])
CALENDARS = st.builds(Calendar, week=WEEKS, time_zone=ZONES, holidays=OWN)
MOMENTS = st.integers(1_767_225_600, 1_830_297_600).map(float)  # 2026 and 2027
LENGTHS = st.integers(0, 30 * 3600).map(float)


@given(CALENDARS, MOMENTS, LENGTHS, LENGTHS)
@settings(max_examples=150, deadline=None)
def test_two_lengths_after_another_are_their_sum(
    calendar: Calendar, moment: float, first: float, second: float
) -> None:
    whole = add_working(calendar, moment, first + second)
    if whole < moment + HORIZON_SECONDS:
        assert add_working(calendar, add_working(calendar, moment, first), second) == whole
        assert working_between(calendar, moment, whole) == pytest.approx(first + second)


@given(CALENDARS, st.tuples(MOMENTS, LENGTHS, LENGTHS))
@settings(max_examples=150, deadline=None)
def test_what_lies_between_is_the_sum_of_its_parts(
    calendar: Calendar, times: tuple[float, float, float]
) -> None:
    begin, first, second = times
    middle, end = begin + first, begin + first + second
    parts = working_between(calendar, begin, middle) + working_between(calendar, middle, end)
    assert working_between(calendar, begin, end) == pytest.approx(parts)
    assert 0 <= parts <= end - begin


@given(CALENDARS, MOMENTS, LENGTHS, LENGTHS, LENGTHS)
@settings(max_examples=150, deadline=None)
def test_more_time_and_a_later_start_never_end_sooner(
    calendar: Calendar, moment: float, later: float, seconds: float, more: float
) -> None:
    due = add_working(calendar, moment, seconds)
    assert due >= moment + seconds or due == moment + HORIZON_SECONDS
    assert add_working(calendar, moment, seconds + more) >= due
    assert add_working(calendar, moment + later, seconds) >= due

"""Quiet hours are those of the person's own clock, across midnight and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from recado.errors import Unprocessable
from recado.notifications.quiet import check_hours, quiet_until


def at(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-06-10T23:00", "2026-06-11T07:00"),
        ("2026-06-11T06:59", "2026-06-11T07:00"),
        ("2026-06-11T07:00", None),
        ("2026-06-10T21:59", None),
        ("2026-06-10T22:00", "2026-06-11T07:00"),
    ],
)
def test_they_go_on_after_midnight(moment: str, until: str | None) -> None:
    zone = "America/Bogota"
    expected = None if until is None else at(until, zone)
    assert quiet_until(at(moment, zone), "22:00", "07:00", zone) == expected


def test_two_people_in_two_zones_have_their_own_night() -> None:
    moment = datetime(2026, 6, 10, 3, 0, tzinfo=UTC).timestamp()  # 22:00 in Bogotá, 12:00 in Tokyo
    assert quiet_until(moment, "22:00", "07:00", "America/Bogota") is not None
    assert quiet_until(moment, "22:00", "07:00", "Asia/Tokyo") is None


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 8), ("2026-10-24", 10)])
def test_a_night_in_which_the_clock_is_set_ends_when_the_wall_says_so(day: str, hours: int) -> None:
    zone = "Europe/Madrid"
    begins = at(f"{day}T22:00", zone)
    until = quiet_until(begins, "22:00", "07:00", zone)
    assert until is not None
    assert (until - begins) / 3600 == hours
    assert datetime.fromtimestamp(until, ZoneInfo(zone)).strftime("%H:%M") == "07:00"


def test_a_siesta_ends_the_same_day_and_an_unknown_zone_is_utc() -> None:
    moment = datetime(2026, 6, 10, 14, 0, tzinfo=UTC).timestamp()
    ends = datetime(2026, 6, 10, 16, 0, tzinfo=UTC).timestamp()
    assert quiet_until(moment, "13:00", "16:00", "Nowhere/Land") == ends
    assert quiet_until(moment, "13:00", "13:00", "") is None
    assert quiet_until(moment, "", "", "") is None


@pytest.mark.parametrize(("begins", "ends"), [("25:00", "07:00"), ("9:00", "10:00"), ("22:00", "")])
def test_what_is_no_time_is_refused(begins: str, ends: str) -> None:
    with pytest.raises(Unprocessable):
        check_hours(begins, ends)

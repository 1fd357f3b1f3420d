"""Holidays: a day unlike its weekday, of one year or of every one."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from recado.assistant.hours import describe_closed, describe_holidays
from recado.assistant.models.prompting import instructions_for
from recado.assistant.port import Persona, Question
from recado.calendars.week import Holiday, check_hours, opening_at
from recado.errors import BadRequest

ZONE = "America/Bogota"
ALL = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK: dict[str, tuple[tuple[str, ...], ...]] = dict.fromkeys(ALL, (("09:00", "18:00"),))
CHRISTMAS = (
    Holiday("12-24", "Nochebuena", (("09:00", "13:00"),)),
    Holiday("12-25", "Navidad"),
    Holiday("2026-12-26", "Inventario"),
)


def at(year: int, month: int, day: int, hour: int) -> float:
    return datetime(year, month, day, hour, 30, tzinfo=ZoneInfo(ZONE)).timestamp()


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ((2026, 12, 23, 15), True),
        ((2026, 12, 24, 10), True),
        ((2026, 12, 24, 15), False),
        ((2026, 12, 25, 10), False),
        ((2027, 12, 25, 10), False),
        ((2026, 12, 26, 10), False),
        ((2027, 12, 26, 10), True),
        ((2026, 12, 27, 10), True),
    ],
)
def test_a_holiday_takes_the_place_of_its_weekday(
    moment: tuple[int, int, int, int], is_open: bool
) -> None:
    opening = opening_at(WEEK, ZONE, at(*moment), CHRISTMAS)
    assert opening
    assert opening.open is is_open


def test_the_next_opening_is_after_the_holidays() -> None:
    said = describe_closed(WEEK, ZONE, at(2026, 12, 24, 15), "es", CHRISTMAS)
    assert said == "Ahora estamos cerrados. Abrimos el domingo a las 09:00."


def test_after_long_holidays_the_date_is_said_beside_the_weekday() -> None:
    january = tuple(Holiday(f"2027-01-{day:02}") for day in range(1, 16))
    now = at(2027, 1, 1, 10)
    for language, said in (
        ("es", "el sábado 16/01"),
        ("pt", "sábado, 16/01"),
        ("en", "on Saturday 16 January"),
    ):
        assert said in describe_closed(WEEK, ZONE, now, language, january)


def test_the_whole_date_counts_before_the_yearly_one() -> None:
    both = (Holiday("12-25"), Holiday("2026-12-25", "", (("10:00", "12:00"),)))
    opening = opening_at(WEEK, ZONE, at(2026, 12, 25, 10), both)
    assert opening
    assert opening.open


def test_a_night_goes_on_into_a_holiday() -> None:
    bar = {**WEEK, "thu": (("20:00", "02:00"),)}
    opening = opening_at(bar, ZONE, at(2026, 12, 25, 1), (Holiday("12-25"),))
    assert opening
    assert opening.open  # of Thursday the 24th


def test_the_29th_of_february_is_a_day() -> None:
    check_hours(WEEK, ZONE, (Holiday("02-29"),))
    assert opening_at(WEEK, ZONE, at(2027, 2, 28, 10), (Holiday("02-29"),))


@pytest.mark.parametrize(
    "wrong",
    [
        Holiday("25-12"),
        Holiday("2026-02-29"),
        Holiday("1-1"),
        Holiday("12-25 "),
        Holiday("１２-25"),
        Holiday("12-25", "x" * 81),
        Holiday("12-25", "", (("9", "18"),)),
    ],
)
def test_what_is_no_holiday_is_refused(wrong: Holiday) -> None:
    with pytest.raises(BadRequest):
        check_hours(WEEK, ZONE, (wrong,))


def test_a_model_is_told_the_holidays() -> None:
    assert describe_holidays(CHRISTMAS[:2]) == (
        "12-24 09:00-13:00 (Nochebuena), 12-25 closed (Navidad)"
    )
    persona = Persona("c1", "Luna", "Eres Luna.", hours=WEEK, time_zone=ZONE, holidays=CHRISTMAS)
    told = instructions_for(Question(persona=persona, text="hola", language="es"), [])
    assert "12-25 closed (Navidad)" in told

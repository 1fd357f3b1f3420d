"""Numbers, amounts and times of the day, as people write them."""

from __future__ import annotations

import pytest

from recado.language.clock_times import time_alone, times_in
from recado.language.detection import LanguageCode
from recado.language.numbers import numbers_in


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("1.500,50 euros", "es", [1500.5]),
        ("1,500.50", "en", [1500.5]),
        ("1.500", "pt", [1500]),
        ("somos treinta y cinco", "es", [35]),
        ("vinte e cinco", "pt", [25]),
        ("twenty-five people", "en", [25]),
        ("dos mil pesos", "es", [2000]),
        ("two thousand five hundred", "en", [2500]),
        ("2 mil", "es", [2000]),
        ("50k", "es", [50000]),
        ("son 3 o 4", "es", [3, 4]),
        ("a las 17:30, un 20%", "es", []),
        ("el 12/05", "es", []),
    ],
)
def test_numbers_are_read(text: str, language: LanguageCode, values: list[float]) -> None:
    assert [it.value for it in numbers_in(text, language)] == values


@pytest.mark.parametrize("text", ["R$ 80", "80 €", "80 pesos", "$80"])
def test_an_amount_is_known_by_its_currency(text: str) -> None:
    (found,) = numbers_in(text, "es")
    assert (found.value, found.money, text[found.start : found.end]) == (80, True, text)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("a las 5", "17:00"),
        ("a las 5 y media de la tarde", "17:30"),
        ("mañana a las nueve y cuarto", "09:15"),
        ("a las 6 menos cuarto", "17:45"),
        ("17h30", "17:30"),
        ("às 15h", "15:00"),
        ("às três da tarde", "15:00"),
        ("5 p.m.", "17:00"),
        ("at 10 in the morning", "10:00"),
        ("al mediodía", "12:00"),
        ("midnight", "00:00"),
    ],
)
def test_a_time_of_the_day_is_read(text: str, time: str) -> None:
    assert [it.value for it in times_in(text)] == [time]


@pytest.mark.parametrize("text", ["pedido 1182", "de 9 a 14 personas", "somos 5", "20%"])
def test_other_numbers_are_no_times(text: str) -> None:
    assert times_in(text) == ()


def test_an_hour_alone_is_a_time_where_one_was_asked() -> None:
    assert [getattr(time_alone(it), "value", None) for it in ("11", "las 5 y media", "Ana")] == [
        "11:00",
        "17:30",
        None,
    ]

"""Days as people write them are understood, and what only looks like one is not."""

from __future__ import annotations

from datetime import date

import pytest

from recado.language.dates import mentions

SATURDAY = date(2026, 11, 28)
WEEK = frozenset(range(5))


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("¿abren hoy?", date(2026, 11, 28)),
        ("¿abren mañana por la mañana?", date(2026, 11, 29)),
        ("pasado mañana", date(2026, 11, 30)),
        ("¿abren esta noche?", date(2026, 11, 28)),
        ("abrem amanhã?", date(2026, 11, 29)),
        ("depois de amanhã abre?", date(2026, 11, 30)),
        ("open the day after tomorrow?", date(2026, 11, 30)),
        ("tonight?", date(2026, 11, 28)),
        ("¿abren el 24 de diciembre?", date(2026, 12, 24)),
        ("24/12", date(2026, 12, 24)),
        ("el 24/12/2027", date(2027, 12, 24)),
        ("December 24th", date(2026, 12, 24)),
        ("on the 24th of December", date(2026, 12, 24)),
        ("1º de janeiro", date(2027, 1, 1)),
        ("¿cierran el 25?", date(2026, 12, 25)),
        ("Christmas Eve", date(2026, 12, 24)),
        ("en Nochebuena", date(2026, 12, 24)),
        ("véspera de Natal", date(2026, 12, 24)),
        ("no Natal", date(2026, 12, 25)),
        ("fin de año", date(2026, 12, 31)),
        ("New Year's Day", date(2027, 1, 1)),
        ("Viernes Santo", date(2027, 3, 26)),
        ("Páscoa", date(2027, 3, 28)),
    ],
)
def test_a_date_is_the_next_of_its_kind(text: str, on: date) -> None:
    assert [mention.on(SATURDAY) for mention in mentions(text)] == [on]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Lunes a viernes 7–20", [WEEK]),
        ("Mon–Fri 9-18, Sat 10-14", [WEEK, {5}]),
        ("seg a sex 8h-18h, sáb 9h-13h", [WEEK, {5}]),
        ("Segunda a sexta-feira das 8h às 18h; sábados até as 13h", [WEEK, {5}]),
        ("de martes a domingo", [{1, 2, 3, 4, 5, 6}]),
        ("de viernes a lunes", [{4, 5, 6, 0}]),
        ("Tuesday through Sunday", [{1, 2, 3, 4, 5, 6}]),
        ("lunes, miércoles y viernes", [{0, 2, 4}]),
        ("el finde", [{5, 6}]),
        ("on weekdays", [WEEK]),
        ("abrem terça?", [{1}]),
        ("abrem na segunda?", [{0}]),
        ("todos los días", [set(range(7))]),
        ("domingos y festivos", [{6}]),
    ],
)
def test_weekdays_come_in_ranges_and_lists(text: str, days: list[set[int]]) -> None:
    assert [set(mention.weekdays) for mention in mentions(text)] == [set(d) for d in days]


@pytest.mark.parametrize(
    "text",
    [
        "por la mañana", "de 9 a 18", "reservas para 24 personas", "la segunda vez", "o mar",
        "cuesta 10.000", "2.5 kg", "tel. 555-1234", "talla 38", "12-14 personas", "sat on it",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_day_is_none(text: str) -> None:
    assert mentions(text) == ()


def test_days_that_are_excepted_are_told_apart() -> None:
    all_days, monday = mentions("todos los días excepto los lunes")
    assert (len(all_days.weekdays), all_days.excluded) == (7, False)
    assert (monday.weekdays, monday.excluded) == (frozenset({0}), True)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("On December 25 and 26 we are closed", {(12, 25), (12, 26)}),
        ("24, 25 y 31 de diciembre cerrado", {(12, 24), (12, 25), (12, 31)}),
        ("del 24 de diciembre al 6 de enero", {(12, 24), (12, 31), (1, 6)}),
        ("de 24 a 26 de dezembro", {(12, 24), (12, 25), (12, 26)}),
        ("Dec 24-26", {(12, 24), (12, 25), (12, 26)}),
        ("de 8 a 12 el 24 de diciembre", {(12, 24)}),
        ("December 24 to 2 pm", {(12, 24)}),
        ("el 6 de enero, 2 personas", {(1, 6)}),
        ("de 10 a 20, el 5 de enero", {(1, 5)}),
    ],
)
def test_days_that_share_a_month_and_days_in_a_row_are_each_meant(
    text: str, days: set[tuple[int, int]]
) -> None:
    found = mentions(text)
    asked = [(12, day) for day in range(1, 32)] + [(1, day) for day in range(1, 32)]
    covered = {
        (month, day)
        for month, day in asked
        if any(mention.covers(date(2026 + (month == 1), month, day)) for mention in found)
    }
    assert days <= covered
    assert len(covered) == (14 if "al 6 de enero" in text else len(days))

"""Whether a business is open, in its own time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from recado.assistant.hours import asks_if_open_now, describe_opening
from recado.calendars.week import check_hours, opening_at
from recado.errors import BadRequest

ZONE = "America/Bogota"
WEEK = {
    "mon": [["09:00", "13:00"], ["15:00", "20:00"]],
    "sat": [["20:00", "02:00"]],
}


def at(text: str) -> float:
    """2026-11-30 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


@pytest.mark.parametrize(
    ("moment", "language", "said"),
    [
        ("2026-11-30T10:00", "es", "Sí, ahora estamos abiertos, hasta las 13:00."),
        ("2026-11-30T14:00", "es", "Ahora estamos cerrados. Abrimos hoy a las 15:00."),
        ("2026-11-30T13:00", "pt", "Agora estamos fechados. Abrimos hoje às 15:00."),
        ("2026-11-29T10:00", "en", "We are closed now. We open tomorrow at 09:00."),
        ("2026-12-01T10:00", "es", "Ahora estamos cerrados. Abrimos el sábado a las 20:00."),
        ("2026-12-06T01:30", "en", "Yes, we are open now, until 02:00."),
        ("2026-12-06T02:00", "pt", "Agora estamos fechados. Abrimos amanhã às 09:00."),
    ],
)
def test_it_says_until_when_it_is_open_or_when_it_opens(
    moment: str, language: str, said: str
) -> None:
    opening = opening_at(WEEK, ZONE, at(moment))
    assert opening is not None
    assert describe_opening(opening, language) == said


def test_without_hours_it_says_nothing() -> None:
    assert opening_at({}, "", at("2026-11-30T10:00")) is None


@pytest.mark.parametrize(
    "text",
    [
        *("¿están abiertos ahora?", "estan abiertos", "ya estan atendiendo?", "abierto ahora?"),
        *("vcs estão abertos agora?", "ta aberto?", "are you open now?", "r u open", "open now?"),
    ],
)
def test_who_asks_whether_it_is_open_now_is_understood(text: str) -> None:
    assert asks_if_open_now(text)


@pytest.mark.parametrize(
    "text",
    ["¿están abiertos el domingo?", "are you open tomorrow?", "¿a qué hora abren?", "hola"],
)
def test_another_day_is_another_question(text: str) -> None:
    assert not asks_if_open_now(text)


@pytest.mark.parametrize(
    ("week", "zone"),
    [
        ({"lunes": [["09:00", "18:00"]]}, ZONE),
        ({"mon": [["9", "18:00"]]}, ZONE),
        ({"mon": [["09:00", "09:00"]]}, ZONE),
        ({"mon": [["09:00", "25:00"]]}, ZONE),
        ({"mon": [["09:00"]]}, ZONE),
        ({"mon": [["09:00", "10:00"]] * 5}, ZONE),
        (WEEK, ""),
        (WEEK, "Bogota"),
        (WEEK, "../../etc/passwd"),
        (WEEK, "/etc/localtime"),
    ],
)
def test_hours_that_nobody_could_keep_are_refused(
    week: dict[str, list[list[str]]], zone: str
) -> None:
    with pytest.raises(BadRequest, match="Hours"):
        check_hours(week, zone)

"""Opening hours (calendars/week.py) in words: what contacts and models are told of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from recado.calendars.week import DAYS, Holiday, Opening, Week, opening_at
from recado.language.lexicon import PhraseMatcher
from recado.language.reading import words

_DAY_NAMES = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "pt": ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_ON = {"es": "el {day}", "pt": "{day}", "en": "on {day}"}
#: More than a week ahead, a weekday alone would name the wrong one.
_ON_DATE = {"es": "el {day} {at:%d/%m}", "pt": "{day}, {at:%d/%m}", "en": "on {day} {at:%d %B}"}
_SAID = {
    "es": {
        "open": "Sí, ahora estamos abiertos, hasta las {until}.",
        "closed": "Ahora estamos cerrados. Abrimos {when} a las {at}.",
        "shut": "Ahora estamos cerrados.",
        "today": "hoy",
        "tomorrow": "mañana",
    },
    "pt": {
        "open": "Sim, agora estamos abertos, até as {until}.",
        "closed": "Agora estamos fechados. Abrimos {when} às {at}.",
        "shut": "Agora estamos fechados.",
        "today": "hoje",
        "tomorrow": "amanhã",
    },
    "en": {
        "open": "Yes, we are open now, until {until}.",
        "closed": "We are closed now. We open {when} at {at}.",
        "shut": "We are closed now.",
        "today": "today",
        "tomorrow": "tomorrow",
    },
}
_NOW = (
    "{esta|estan|tan|siguen|sigue} {abierto|abiertos|abierta|abiertas|atendiendo} {ahora|ya|}",
    "{ya|ahora|ahorita} {esta|estan|tan} {abierto|abiertos|abierta|abiertas|atendiendo}",
    "{esta|estan|tan|ya} {cerrado|cerrados|cerraron} {ahora|ya|}",
    "{abierto|abiertos|aberto|abertos} {ahora|ahorita|agora}",
    "{esta|ta|estao|tao} {aberto|abertos|aberta|abertas|atendendo|fechado|fechados} {agora|}",
    "{are you|is it|are u|r u|you guys} {still|} {open|closed} {right|} now",
    "{are you|is it|are u|r u|is the store|is the shop|are you guys} {still|} {open|closed}",
    "{open|closed} {right|} now",
)
#: With one of these it is asked about another time.
_OTHER_TIME = frozenset(
    {
        *("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "sabados", "domingo"),
        *("domingos", "manana", "segunda", "terca", "quarta", "quinta", "sexta", "amanha"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("sundays", "saturdays", "tomorrow", "feriado", "feriados", "festivo", "festivos"),
        *("navidad", "natal", "christmas", "diciembre", "dezembro", "december", "enero"),
        *("janeiro", "january", "noche", "noite", "tonight"),
    }
)


def describe_opening(opening: Opening, language: str) -> str:
    """A sentence for the contact: open until when, or when it opens."""
    said = _SAID.get(language, _SAID["en"])
    at = opening.changes_at
    if at is None:
        return said["shut"]
    if opening.open:
        return said["open"].format(until=at.strftime("%H:%M"))
    days = (at.date() - opening.now.date()).days
    names, forms = _DAY_NAMES.get(language, _DAY_NAMES["en"]), _ON if days < 7 else _ON_DATE
    later = forms.get(language, forms["en"]).format(day=names[at.weekday()], at=at)
    when = {0: said["today"], 1: said["tomorrow"]}.get(days, later)
    return said["closed"].format(when=when, at=at.strftime("%H:%M"))


def describe_closed(
    week: Week, time_zone: str, at: float, language: str, holidays: Sequence[Holiday] = ()
) -> str:
    """When it opens, where it is closed at a time; "" where it is open or has no hours."""
    opening = opening_at(week, time_zone, at, holidays)
    return "" if opening is None or opening.open else describe_opening(opening, language)


def describe_week(week: Week) -> str:
    """The week on one line, for a model: "mon 09:00-18:00, … sun closed"."""
    days = [
        f"{day} {' and '.join('-'.join(span) for span in week.get(day, ())) or 'closed'}"
        for day in DAYS
    ]
    return ", ".join(days)


def describe_holidays(holidays: Sequence[Holiday]) -> str:
    """The holidays on one line, for a model: "12-25 closed (Christmas), 12-24 09:00-14:00"."""
    told = []
    for holiday in holidays:
        spans = " and ".join("-".join(span) for span in holiday.spans) or "closed"
        told.append(f"{holiday.date} {spans}" + (f" ({holiday.name})" if holiday.name else ""))
    return ", ".join(told)


@cache
def _asks_now() -> PhraseMatcher[bool]:
    return PhraseMatcher((pattern, True) for pattern in _NOW)


def asks_if_open_now(text: str) -> bool:
    """ "¿están abiertos ahora?", and not of another day."""
    said = words(text[:500])
    return bool(_asks_now().find(said)) and not _OTHER_TIME & set(said)

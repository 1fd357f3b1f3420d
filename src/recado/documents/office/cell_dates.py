"""Dates and times as a format shows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from recado.documents.office.cell_codes import Conventions, Section, Token, sections_of
from recado.documents.office.cell_numbers import general, tidy
from recado.language.detection import LanguageCode

_SHORT_DATE = {"es": "dd/mm/yyyy", "pt": "dd/mm/yyyy", "en": "d mmm yyyy"}
#: 31 December 9999; what lies beyond is no date.
_LAST_DAY = 2_958_466


def shown_date(value: float, section: Section, conventions: Conventions) -> str:
    """A day counted from 1900 (or 1904), its part the time of day."""
    if not 0 <= value < _LAST_DAY:
        return general(value, conventions)
    moment = _moment(value, conventions)
    if moment.microsecond and not any("s." in token.text for token in section.tokens):
        moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    half_day = "half" in section.sorts
    shown = []
    for token in section.tokens:
        if token.sort == "elapsed":
            shown.append(_elapsed(value, token.text))
        elif token.sort == "short":
            short = sections_of(_SHORT_DATE[conventions.language])[0]
            shown.append("".join(_of_date(moment, it, conventions, False) for it in short.tokens))
        elif token.sort in {"date", "half"}:
            shown.append(_of_date(moment, token, conventions, half_day))
        else:
            shown.append(token.text)
    return tidy("".join(shown))


def _moment(value: float, conventions: Conventions) -> datetime:
    first = datetime(1904, 1, 1) if conventions.since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
    if not conventions.since_1904 and 1 <= value < 60:  # Lotus' 29 February 1900 is counted
        first += timedelta(days=1)
    return first + timedelta(milliseconds=round(value * 86_400_000))


def _elapsed(value: float, unit: str) -> str:
    seconds = round(value * 86400)
    size = {"h": seconds // 3600, "m": seconds // 60, "s": seconds}[unit[0]]
    return f"{size:0{len(unit)}d}"


def _of_date(moment: datetime, token: Token, conventions: Conventions, half_day: bool) -> str:
    text = token.text
    if token.sort == "half":
        return ("AM" if moment.hour < 12 else "PM")[: 1 if text == "a/p" else 2]
    if token.sort != "date":
        return text
    letter, size = text[0], len(text)
    if letter == "y" and size < 3:
        return f"{moment.year % 100:02d}"
    if letter in "md" and size > 2:
        return _name(moment, letter, size, conventions.language)
    if letter == "s":
        whole, _, part = text.partition(".")
        decimals = f"{moment.microsecond:06d}"[: len(part)]
        return f"{moment.second:0{min(len(whole), 2)}d}" + (f".{decimals}" if part else "")
    hour = (moment.hour % 12 or 12) if half_day else moment.hour
    numbers = {"m": moment.month, "d": moment.day, "h": hour, "i": moment.minute}
    return f"{numbers.get(letter, moment.year):0{min(size, 2)}d}"


def _name(moment: datetime, letter: str, size: int, language: LanguageCode) -> str:
    from babel.dates import get_day_names, get_month_names

    width: Literal["abbreviated", "wide"] = "abbreviated" if size == 3 else "wide"
    if letter == "d":
        return str(get_day_names(width, locale=language)[moment.weekday()])
    name = str(get_month_names(width, locale=language)[moment.month])
    return name[:1] if size == 5 else name

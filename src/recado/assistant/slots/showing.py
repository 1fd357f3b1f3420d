"""A value as the contact reads it: "martes 2 de diciembre", "17:30", "1.500 €", "sí"."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from recado.assistant.slots.definition import Slot
from recado.assistant.strangers import as_data

_YES = {"es": ("sí", "no"), "pt": ("sim", "não"), "en": ("yes", "no")}
_DATES = {"es": "EEEE d 'de' MMMM", "pt": "EEEE, d 'de' MMMM", "en": "EEEE, MMMM d"}


def in_words(slot: Slot, value: Any, language: str) -> str:
    """A value of the slot in a language, in one line."""
    if isinstance(value, bool):
        return _YES.get(language, _YES["en"])[0 if value else 1]
    if slot.kind == "date":
        return _date(str(value), language)
    if isinstance(value, int | float):
        number = str(format_decimal(value, locale=language))
        return f"{number} {slot.currency}".strip() if slot.kind == "money" else number
    return as_data(value, 500)


def _date(value: str, language: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return as_data(value, 60)
    return str(format_date(day, _DATES.get(language, _DATES["en"]), locale=language))

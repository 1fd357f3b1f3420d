"""The values of a spreadsheet's cells as they are shown.

A format such as `#,##0.00 "€"` says how, but for the signs and names of the reader's country: those
are a workbook's Conventions.
"""

from __future__ import annotations

from recado.documents.office.cell_codes import Conventions, section_for, sections_of
from recado.documents.office.cell_dates import shown_date
from recado.documents.office.cell_numbers import (
    LARGEST,
    exact,
    general,
    shown_decimal,
    shown_fraction,
    tidy,
)

_TRUTH = {"es": ("VERDADERO", "FALSO"), "pt": ("VERDADEIRO", "FALSO"), "en": ("TRUE", "FALSE")}


def shown_number(value: float, code: str, conventions: Conventions) -> str:
    """A number, a date or a time as its format shows it; "" where the format hides it."""
    sections = sections_of(code)
    section, minus = section_for(sections, value)
    if section is None:
        return "####"
    sorts = section.sorts
    if sorts & {"date", "elapsed", "half", "short"}:
        return shown_date(value, section, conventions)
    size = exact(abs(value))
    if not section.tokens:
        return ""
    if not sorts & {"digits", "general", "power", "text"}:
        return tidy("".join(token.text for token in section.tokens))
    if sorts & {"general", "text"} or size > LARGEST:
        parts = (
            general(float(size), conventions)
            if it.sort in {"general", "text", "digits"}
            else it.text
            for it in section.tokens
        )
        text = tidy("".join(parts))
    elif "slash" in sorts and "digits" in sorts:
        text = shown_fraction(size, section)
    else:
        text = shown_decimal(size, section, conventions)
    shows_zero = not any(it in text for it in "123456789")
    return f"-{text}" if minus and not shows_zero else text


def shown_text(text: str, code: str) -> str:
    """A text as its format shows it: `"kg" @`."""
    if "@" not in code or code == "@":
        return text
    section = sections_of(code)[-1]
    shown = (text if token.sort == "text" else token.text for token in section.tokens)
    return "".join(shown)


def shown_truth(value: bool, conventions: Conventions) -> str:
    return _TRUTH[conventions.language][0 if value else 1]

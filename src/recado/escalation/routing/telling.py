"""What contacts are told about who will answer them, by the hours of the department."""

from __future__ import annotations

from recado.assistant.hours import describe_opening
from recado.escalation.departments.registry import find_department
from recado.escalation.routing.waits import opening_of
from recado.language.notices import notice
from recado.store import Tx, now


def handed_over_words(tx: Tx, department: str, language: str) -> str:
    """That a person will answer; where their department is closed, when it opens."""
    closed = closed_words(tx, department, language)
    if not closed:
        return notice("handed_over", language)
    return notice("handed_over_closed", language, closed=closed)


def closed_words(tx: Tx, department: str, language: str) -> str:
    """When the department opens, where it is closed now; "" where it is open, has no hours, or
    nobody has made it."""
    found = find_department(tx, department)
    opening = opening_of(found, now()) if found is not None else None
    return "" if opening is None or opening.open else describe_opening(opening, language)

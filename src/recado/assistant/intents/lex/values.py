"""What Lex has understood as a slot's value, as a value of ours.

Lex's own kinds come as texts: "2026-12-02", "2026-W49", "17:30", "EV", "3", "Yes". Where one is not
exact, the contact's own words are read by our readers.
https://docs.aws.amazon.com/lexv2/latest/dg/built-in-slots.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from recado.assistant.intents.port import Said
from recado.assistant.slots import Slot
from recado.assistant.slots.reading import found_in
from recado.assistant.strangers import as_data
from recado.assistant.tools.yes_or_no import yes_or_no
from recado.language.reading import words

_LONGEST = 500
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_YES = {"yes": True, "no": False}


def value_of(told: Any, slot: Slot, said: Said) -> Any:
    """None: there is none, or it is none of the slot's kind."""
    texts = list(_texts(told))
    if not texts:
        return None
    interpreted = ", ".join(text for text, _ in texts)[:_LONGEST]
    exact = _exact(interpreted, slot, said)
    if exact is not None:
        return exact
    for _, original in texts:
        found = found_in(original, slot, said.language, said.when)
        if found:
            return found[0].value
    return None


def _texts(told: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """What was understood, and what was said, of one value, several, or a composite one."""
    if not isinstance(told, Mapping) or depth > 3:
        return
    value = told.get("value")
    if isinstance(value, Mapping) and (text := str(value.get("interpretedValue") or "").strip()):
        yield text[:_LONGEST], str(value.get("originalValue") or text)[:_LONGEST]
        return
    several = told.get("values") or list((told.get("subSlots") or {}).values())
    for it in several[:20]:
        yield from _texts(it, depth + 1)


def _exact(text: str, slot: Slot, said: Said) -> Any:
    """A value as Lex writes those of its own kinds; None where this is none."""
    if slot.kind in ("phone", "email", "code"):
        return None  # as our readers write them
    if slot.kind == "yes_no":
        known = _YES.get(text.lower())
        return yes_or_no(text, said.language, "") if known is None else known
    if slot.kind == "choice":
        return _choice(text, slot)
    reader = _READERS.get(slot.kind)
    return reader(text) if reader is not None else as_data(text, _LONGEST) or None


def _number(text: str) -> int | float | None:
    number = float(text) if _NUMBER.fullmatch(text) else None
    return int(number) if number is not None and number.is_integer() else number


def _time(text: str) -> str | None:
    return text if _TIME.fullmatch(text) else None


def _date(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else None
    except ValueError:
        return None


def _choice(text: str, slot: Slot) -> str | None:
    spoken = words(text)
    for choice in slot.choices:
        if any(words(name) == spoken for name in (choice.value, *choice.words)):
            return choice.value
    return None


_READERS: Mapping[str, Callable[[str], Any]] = {
    "date": _date,
    "time": _time,
    "number": _number,
    "money": _number,
}

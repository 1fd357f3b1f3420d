"""One report of a vendor, for those whom it concerns; and how to read a value with care."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recado.channels.port import Line

LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class News:
    """`lines` are those of the address or the account that it came for; into `waiting` go the
    conversations in which something waits for an answer because of it."""

    name: str
    value: dict[str, Any]
    lines: Sequence[Line]
    waiting: list[str] = field(default_factory=list)

    def texts(self, /, **names: str) -> dict[str, str]:
        """The value's texts and numbers, as {our name: its name}; what is missing is left out."""
        return pick(self.value, **names)

    def items(self, name: str) -> list[dict[str, Any]]:
        """The objects of a list in the value."""
        found = self.value.get(name)
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def pick(value: Any, /, **names: str) -> dict[str, str]:
    """The texts and numbers of `value` as {our name: its name}; {} when it is no object."""
    if not isinstance(value, dict):
        return {}
    found = {ours: as_text(value.get(name)) for ours, name in names.items()}
    return {ours: text for ours, text in found.items() if text}


def as_text(value: Any) -> str:
    """A text or a number as text, "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:LONGEST_TEXT]

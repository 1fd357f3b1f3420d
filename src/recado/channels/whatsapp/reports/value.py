"""How to read a report's value with care: it may be anything."""

from __future__ import annotations

from typing import Any

LONGEST_TEXT = 500


class Value(dict[str, Any]):
    """A report's object."""

    def texts(self, /, **names: str) -> dict[str, str]:
        """The value's texts and numbers, as {our name: its name}; what is missing is left out."""
        return pick(self, **names)

    def items_of(self, name: str) -> list[dict[str, Any]]:
        """The objects of a list in the value."""
        found = self.get(name)
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

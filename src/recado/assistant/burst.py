"""A burst: what the contact has said since the last answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from recado.conversations.messages import SILENT_TYPES


class Burst:
    """The unanswered messages, in order. Falsy when nothing in it asks for an answer."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self._rows = rows
        self._said = [row for row in rows if _is_said_to_us(row)]
        lines = (row.text.strip() for row in self._said)
        #: All that was written, line by line; "" when it was only pictures and the like.
        self.text = "\n".join(line for line in lines if line)

    def __bool__(self) -> bool:
        return bool(self._said)

    @property
    def message_ids(self) -> list[str]:
        return [row.id for row in self._said]

    @property
    def first_position(self) -> int:
        return int(self._said[0].position)

    @property
    def last_position(self) -> int:
        return int(self._rows[-1].position)

    @property
    def first_at(self) -> float:
        return float(self._said[0].created_at)

    @property
    def last_at(self) -> float:
        return float(self._said[-1].created_at)

    @property
    def last_type(self) -> str:
        return str(self._said[-1].type)

    @property
    def last_provider_id(self) -> str:
        return self._said[-1].provider_message_id or ""


def _is_said_to_us(row: Row[Any]) -> bool:
    """Reactions and the like ask for nothing, and in a group the assistant is not addressed."""
    return row.type not in SILENT_TYPES and "participant" not in (row.content or {})

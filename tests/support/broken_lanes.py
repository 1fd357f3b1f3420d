"""The SQL queue's invariant, as a query."""

from __future__ import annotations

from sqlalchemy import text

#: Lanes that break the rule: exactly one head, and it is the first.
BROKEN_LANES = text(
    "SELECT queue, lane FROM job GROUP BY queue, lane"
    " HAVING sum(CASE WHEN head THEN 1 ELSE 0 END) <> 1"
    " OR min(seq) <> min(CASE WHEN head THEN seq END)"
)

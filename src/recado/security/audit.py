"""The audit log: who did what to what, written in the transaction that did it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from recado.security.model import AuditEntry
from recado.store import Tx, new_id, now


def record(
    tx: Tx, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None
) -> None:
    """`actor` is "user:<id>", "api" or "system", `action` a `thing.verb`, `subject` an id."""
    entry = {
        "id": new_id(),
        "at": now(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": detail or {},
    }
    tx.execute(insert(AuditEntry), entry)

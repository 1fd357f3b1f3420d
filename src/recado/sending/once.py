"""What is said is said once, however often its request comes: a name that the caller gave it is
claimed in the transaction that says it."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from sqlalchemy import select, update

from recado.errors import Conflict
from recado.security.model import AuditEntry
from recado.store import Tx, new_id, now


class Claim(msgspec.Struct, frozen=True):
    """`before` is what an equal request left behind, None for the first one."""

    entry_id: str
    request: str
    before: dict[str, Any] | None = None


def claim(
    tx: Tx, conversation_id: str, scope: tuple[str, ...] | None, request: bytes, *, actor: str
) -> Claim:
    """Note that `request` is said in the conversation. `scope` names it, None where it has no
    name.

    The audit entry of the saying carries an id that follows from the name, so that of two equal
    requests at once only one writes it. Names are forgotten when the audit log is trimmed.
    Raises Conflict: the name was used for something else.
    """
    entry_id = new_id() if scope is None else digest(msgspec.json.encode(scope))
    asked = digest(request)
    entry = {
        "id": entry_id,
        "at": now(),
        "actor": actor,
        "action": "message.say",
        "subject": conversation_id,
        "detail": {"request": asked},
    }
    claimed = tx.execute(tx.insert(AuditEntry).values(entry).on_conflict_do_nothing())
    if claimed.rowcount:
        return Claim(entry_id, asked)
    before = tx.scalar(select(AuditEntry.detail).where(AuditEntry.id == entry_id))
    if before["request"] != asked:
        raise Conflict(
            "This Idempotency-Key was used for another message in this conversation."
            " Use a new key for each message."
        )
    return Claim(entry_id, asked, before)


def fulfil(tx: Tx, claim: Claim, **detail: Any) -> None:
    """Leave behind what came of it, for those who ask again."""
    known = {"request": claim.request, **detail}
    tx.execute(update(AuditEntry).where(AuditEntry.id == claim.entry_id).values(detail=known))


def digest(data: bytes) -> str:
    """32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16, person=b"recado/say").hexdigest()

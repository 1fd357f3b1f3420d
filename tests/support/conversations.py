"""Lines, contacts and conversations for tests, written as intake would write them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Double, Integer, insert, select
from sqlalchemy.types import JSON

from recado.conversations.model import Contact, ContactIdentity, Conversation, Message
from recado.lines.model import LineRow
from recado.store import Base, Tx, new_id, now


def columns(table: type[Base], **values: Any) -> dict[str, Any]:
    """A row of `table` with `values`, and plain empty ones where a value is required."""
    row = {c.name: _empty(c) for c in table.__table__.columns if not c.nullable}
    return {**row, **values}


def add_line(tx: Tx, *, channel: str = "whatsapp", address: str = "", name: str = "Line") -> str:
    values = {"id": new_id(), "channel": channel, "address": address or new_id(), "name": name}
    tx.execute(insert(LineRow), columns(LineRow, enabled=True, created_at=now(), **values))
    return values["id"]


def add_conversation(
    tx: Tx,
    line_id: str,
    *,
    name: str = "Ana",
    identities: tuple[tuple[str, str], ...] = (),
    **values: Any,
) -> str:
    """A conversation with a contact of its own; a phone is made up where none is given."""
    moment = now()
    contact_id = new_id()
    contact = {"id": contact_id, "name": name, "language": "es", "blocked": False}
    tx.execute(insert(Contact), columns(Contact, created_at=moment, updated_at=moment, **contact))
    for kind, value in identities or (("phone", str(int(contact_id[-14:], 16))),):
        identity = {"id": new_id(), "contact_id": contact_id, "kind": kind, "value": value}
        tx.execute(insert(ContactIdentity), columns(ContactIdentity, created_at=moment, **identity))
    row = {"id": new_id(), "line_id": line_id, "contact_id": contact_id, "state": "bot"}
    times = {"last_activity_at": moment, "created_at": moment}
    tags = {"tags": [], "language": "es"}
    tx.execute(insert(Conversation), columns(Conversation, **row, **times, **tags) | values)
    return row["id"]


def add_message(tx: Tx, conversation_id: str, provider_message_id: str) -> None:
    """A text of the contact's."""
    line_id = tx.scalar(select(Conversation.line_id).where(Conversation.id == conversation_id))
    about = {"conversation_id": conversation_id, "line_id": line_id, "type": "text", "text": "hola"}
    row = {"direction": "inbound", "author": "contact", "status": "received", "position": 0}
    ids = {"id": new_id(), "provider_message_id": provider_message_id, "created_at": now()}
    tx.execute(insert(Message), columns(Message, **about, **row, **ids))


def _empty(column: Any) -> Any:
    if isinstance(column.type, JSON):
        return {}
    if isinstance(column.type, Boolean):
        return False
    return 0 if isinstance(column.type, (Integer, Double)) else ""

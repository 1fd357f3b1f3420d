"""A database that has been in use: contacts with a conversation and its messages, by the million.

Written as rows, past the product: a million messages through it would take an hour.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import asyncpg
import msgspec
from sqlalchemy import Table, select
from sqlalchemy.engine import make_url

from recado.conversations.model import Contact, ContactIdentity, Conversation, Message
from recado.conversations.ownership import new_conversation
from recado.lines.model import LineRow
from recado.store import Store, now, open_store

BATCH = 5_000
TABLES: tuple[Table, ...] = tuple(
    model.__table__  # type: ignore[misc]  # declared classes have real tables
    for model in (Contact, ContactIdentity, Conversation, Message)
)


async def fill(url: str, phones: Iterator[str], count: int) -> None:
    """Add `count` conversations of two messages each to the WhatsApp line in the database."""
    store = open_store(url, sync="off")
    try:
        line_id = await store.read(
            lambda tx: tx.scalar(select(LineRow.id).where(LineRow.channel == "whatsapp"))
        )
        for start in range(0, count, BATCH):
            size = min(BATCH, count - start)
            rows = _rows(str(line_id), list(itertools.islice(phones, size)))
            if store.dialect == "postgresql":
                await _copy(url, rows)
            else:
                await _insert(store, rows)
        await store.write(lambda tx: tx.sql("ANALYZE"))
    finally:
        await store.close()


def _rows(line_id: str, phones: list[str]) -> dict[Table, list[dict[str, Any]]]:
    contacts, identities, conversations, messages = TABLES
    found: dict[Table, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for phone in phones:
        conversation = new_conversation(line_id, "", language="es")
        contact_id = conversation["id"]  # one id serves both
        conversation |= {"contact_id": contact_id, "message_count": 2, "answered_to": 2}
        moment = now()
        found[contacts].append(
            {
                "id": contact_id,
                "name": f"Contact {phone}",
                "language": "es",
                "attributes": {},
                "blocked": False,
                "created_at": moment,
                "updated_at": moment,
            }
        )
        found[identities].append(
            {
                "id": contact_id,
                "contact_id": contact_id,
                "kind": "phone",
                "scope": "",
                "value": phone,
                "created_at": moment,
            }
        )
        found[conversations].append(conversation)
        for position in (1, 2):
            found[messages].append(_message(conversation, position, moment))
    return found


def _message(conversation: dict[str, Any], position: int, moment: float) -> dict[str, Any]:
    inbound = position == 1
    empty: dict[str, Any] = {column.name: None for column in Message.__table__.columns}
    return {
        **empty,
        "id": f"{conversation['id'][:31]}{position}",
        "conversation_id": conversation["id"],
        "contact_id": conversation["contact_id"],
        "line_id": conversation["line_id"],
        "position": position,
        "direction": "inbound" if inbound else "outbound",
        "author": "contact" if inbound else "assistant",
        "type": "text",
        "text": "hola, ¿a qué hora abren?" if inbound else "Abrimos a las 8.",
        "content": {},
        "in_reply_to": [],
        "provider_message_id": f"wamid.{conversation['id']}.{position}",
        "status": "received" if inbound else "read",
        "created_at": moment,
    }


async def _insert(store: Store, rows: dict[Table, list[dict[str, Any]]]) -> None:
    def work(tx: Any) -> None:
        for table, values in rows.items():
            tx.execute(table.insert(), values)

    await store.write(work)


async def _copy(url: str, rows: dict[Table, list[dict[str, Any]]]) -> None:
    """PostgreSQL's own way for many rows at once."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        for table, values in rows.items():
            columns = [column.name for column in table.columns if column.name in values[0]]
            json = {column.name for column in table.columns if "JSON" in type(column.type).__name__}
            records = [
                tuple(
                    msgspec.json.encode(row[name]).decode()
                    if name in json and row[name] is not None
                    else row[name]
                    for name in columns
                )
                for row in values
            ]
            await connection.copy_records_to_table(table.name, records=records, columns=columns)
    finally:
        await connection.close()

"""A desk with a year behind it: conversations by the hundred thousand, of which some wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Double, Float, Integer, LargeBinary
from sqlalchemy.types import JSON

from recado.conversations.model import Contact, ContactIdentity, Conversation, Message
from recado.escalation.model import Escalation
from recado.store import Base, Store, Tx, now

YEAR_SECONDS = 365 * 86_400
LONG = 5_000
#: What people write about, so that a search finds few and many.
_WORDS = (
    "hola gracias quiero saber precio envío mañana pedido número factura café reservación tarde"
    " domicilio horario sucursal tarjeta transferencia cambio talla azul camión ayuda persona ayer"
)
WORDS = tuple(_WORDS.split())


def _id(n: str) -> str:
    """An id that grows with `n`."""
    return f"'0190' || substr('0000000000000000000000000000' || ({n}), -28)"


def _text(n: str) -> str:
    """A sentence of six words; some are about Zacatecas, fewer about a violin."""
    words = " || ' ' || ".join(
        f"(SELECT w FROM bench_word WHERE i = {n} * {k} % 24)"  # noqa: S608 - made here
        for k in PRIMES
    )
    return (
        f"{words} || CASE WHEN {n} % 50000 = 7 THEN ' violín'"
        f" WHEN {n} % 1000 = 3 THEN ' Zacatecas' ELSE '' END"
    )


PRIMES = (7, 11, 13, 17, 19, 23)


async def fill_desk(
    store: Store, line_id: str, user_id: str, *, conversations: int, waiting: int, each: int
) -> str:
    """Add conversations of `each` messages, the first of all with LONG; `waiting` of them wait.
    Returns the id of the long one."""
    parts = _parts(line_id, user_id, conversations, waiting, each)
    await store.write(_words)
    for model, count, values in parts:
        for start in range(0, count, 50_000):
            size = min(50_000, count - start)
            await store.write(
                lambda tx, m=model, s=start, z=size, v=values: _fill(tx, m, s + 1, s + z, v)  # type: ignore[misc]
            )
    await store.write(lambda tx: tx.sql("DROP TABLE bench_word"))
    await store.write(lambda tx: tx.sql("ANALYZE"))
    return "0190" + "1".rjust(28, "0")


def _words(tx: Tx) -> None:
    tx.sql("CREATE TABLE bench_word (i INTEGER PRIMARY KEY, w TEXT)")
    rows = ", ".join(f"({i}, '{word}')" for i, word in enumerate(WORDS))
    tx.sql(f"INSERT INTO bench_word VALUES {rows}")  # noqa: S608 - our own words


def _parts(
    line_id: str, user_id: str, count: int, waiting: int, each: int
) -> list[tuple[type[Base], int, Mapping[str, str]]]:
    state = (
        f"CASE WHEN n % {max(1, count // waiting)} = 0 THEN 'waiting' WHEN n % 100 = 1 THEN 'human'"
        " WHEN n % 100 < 30 THEN 'resolved' ELSE 'bot' END"
    )
    owner = f"CASE WHEN n % 300 = 1 THEN '{user_id}' ELSE 'another' END"
    at = f"{now() - YEAR_SECONDS} + {YEAR_SECONDS / count} * n"
    said = f"{now() - YEAR_SECONDS} + {YEAR_SECONDS / count / each} * n"
    inbound = "n % 2 = 1"
    of = _id(f"(n - 1) / {each} + 1")
    message = {
        "id": _id("n"),
        "conversation_id": of,
        "contact_id": of,
        "line_id": f"'{line_id}'",
        "position": f"(n - 1) % {each} + 1",
        "direction": f"CASE WHEN {inbound} THEN 'inbound' ELSE 'outbound' END",
        "author": f"CASE WHEN {inbound} THEN 'contact' ELSE 'assistant' END",
        "type": "'text'",
        "text": _text("n"),
        "status": f"CASE WHEN {inbound} THEN 'received' ELSE 'read' END",
        "provider_message_id": "'wamid.bench' || n",
        "created_at": said,
    }
    long = message | {
        "id": "'0191' || substr('0000000000000000000000000000' || n, -28)",
        "conversation_id": _id("1"),
        "contact_id": _id("1"),
        "position": f"n + {each}",
        "provider_message_id": "'wamid.long' || n",
    }
    return [
        (
            Contact,
            count,
            {"id": _id("n"), "name": "'Contacto ' || n", "language": "'es'", "created_at": at},
        ),
        (
            ContactIdentity,
            count,
            {
                "id": _id("n"),
                "contact_id": _id("n"),
                "kind": "'phone'",
                "value": "'52' || (5500000000 + n * 7)",
                "created_at": at,
            },
        ),
        (
            Conversation,
            count,
            {
                "id": _id("n"),
                "line_id": f"'{line_id}'",
                "contact_id": _id("n"),
                "state": state,
                "assignee_id": f"CASE WHEN n % 100 = 1 THEN {owner} END",
                "message_count": f"CASE WHEN n = 1 THEN {each + LONG} ELSE {each} END",
                "unread_count": "n % 3",
                "language": "'es'",
                "last_preview": _text("n"),
                "last_inbound_at": at,
                "last_activity_at": at,
                "created_at": at,
            },
        ),
        (
            Escalation,
            waiting,
            {
                "id": _id("n"),
                "conversation_id": _id(f"n * {max(1, count // waiting)}"),
                "state": "'open'",
                "priority": "'normal'",
                "due_at": f"{now()} - n * 7919 % 86400",
                "created_at": f"{now()} - n * 7919 % 86400",
            },
        ),
        (Message, count * each, message),
        (Message, LONG, long),
    ]


def _fill(tx: Tx, model: type[Base], first: int, last: int, values: Mapping[str, str]) -> None:
    found = dict(values)
    for column in model.__table__.columns:
        if column.name not in found and not column.nullable:
            found[column.name] = _empty(column, tx.dialect)
    names, given = ", ".join(found), ", ".join(found.values())
    if tx.dialect == "postgresql":
        given = given.replace(
            "substr('0000000000000000000000000000' || ", "right('0000000000000000000000000000' || "
        ).replace(", -28)", ", 28)")
    tx.sql(
        f"INSERT INTO {model.__tablename__} ({names})"  # noqa: S608 - made here
        f" WITH RECURSIVE series(n) AS (SELECT CAST({first} AS BIGINT) UNION ALL"
        f" SELECT n + 1 FROM series WHERE n < {last}) SELECT {given} FROM series"
    )


def _empty(column: Any, dialect: str) -> str:
    if isinstance(column.type, Boolean):
        return "false"
    if isinstance(column.type, LargeBinary):
        return "''"
    if isinstance(column.type, JSON):
        return "'{}'"
    return "0" if isinstance(column.type, Integer | Double | Float) else "''"

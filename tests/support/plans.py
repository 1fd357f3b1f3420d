"""What PostgreSQL does to answer the product's statements, on tables as large as a year leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, Double, Engine, Float, Integer, LargeBinary, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import Pool
from sqlalchemy.types import JSON

from recado.assistant.model import ToolCall, Turn
from recado.conversations.model import (
    Contact,
    ContactIdentity,
    Conversation,
    ConversationEvent,
    Message,
    Note,
)
from recado.escalation.model import Escalation
from recado.lines.model import LineEvent, LineRow
from recado.media.model import Media
from recado.queue.model import DeadLetterRow, JobRow, OutboxRow
from recado.security.model import AuditEntry
from recado.sending.model import EarlyStatus
from recado.store import Base, Store, Tx, now

#: Rows of each table, and what their columns hold: SQL over the row's number `n`.
CONVERSATIONS = 20_000
#: The rows are of the last year.
YEAR_SECONDS = 365 * 86_400


def _id(n: str, per: int = 1) -> str:
    """The id of row `n` of a table with `per` rows a conversation: a UUIDv7 as of its time."""
    ms = f"((START + STEP * ({n}) / {per}) * 1000)::bigint"
    return f"lpad(to_hex({ms}), 12, '0') || lpad(to_hex({n}), 20, '0')"


_AT = "START + STEP * n"
_OF = {"conversation_id": _id("n"), "contact_id": _id("n")}
_MESSAGE_OF = _id("(n - 1) / 3 + 1")
_STATE = (
    "CASE WHEN n % 100 = 0 THEN 'waiting' WHEN n % 100 = 1 THEN 'human'"
    " WHEN n % 100 < 4 THEN 'resolved' ELSE 'bot' END"
)
FILL: dict[type[Base], tuple[int, Mapping[str, str]]] = {
    LineRow: (3, {"id": "'line' || n % 3", "channel": "'whatsapp'", "address": "'line' || n"}),
    Contact: (CONVERSATIONS, {"name": "'Contact ' || n"}),
    ContactIdentity: (
        CONVERSATIONS,
        {"contact_id": _OF["contact_id"], "kind": "'phone'", "value": "(520000000000 + n)::text"},
    ),
    Conversation: (
        CONVERSATIONS,
        {
            "contact_id": _OF["contact_id"],
            "line_id": "'line' || n % 3",
            "state": _STATE,
            "last_activity_at": _AT,
            "owner_user": "'user ' || n % 5000",
        },
    ),
    Message: (
        3 * CONVERSATIONS,
        {
            "conversation_id": _MESSAGE_OF,
            "contact_id": _MESSAGE_OF,
            "line_id": "'line' || ((n - 1) / 3 + 1) % 3",
            "position": "(n - 1) % 3 + 1",
            "direction": "CASE WHEN n % 3 = 1 THEN 'inbound' ELSE 'outbound' END",
            "author": "CASE WHEN n % 3 = 1 THEN 'contact' ELSE 'assistant' END",
            "type": "CASE WHEN n % 50 = 0 THEN 'reaction' ELSE 'text' END",
            "text": "repeat('word ', 20)",
            "status": "CASE WHEN n % 3 = 1 THEN 'received' WHEN n % 300 = 2 THEN 'failed'"
            " ELSE 'read' END",
            "provider_message_id": "'wamid.' || md5(n::text)",
            "reply_to": "'wamid.' || md5((n - 1)::text)",
            "id": _id("n", 3),
            "media_id": "CASE WHEN n % 10 = 0 THEN " + _id("n / 10") + " END",
            "confirmed_at": "START + STEP * n / 3",
            "attempted_at": "START + STEP * n / 3",
            "created_at": "START + STEP * n / 3",
        },
    ),
    Note: (CONVERSATIONS, _OF),
    ConversationEvent: (CONVERSATIONS, _OF),
    Turn: (CONVERSATIONS, {**_OF, "started_at": _AT}),
    ToolCall: (CONVERSATIONS, {**_OF, "key": "md5(n::text)"}),
    Escalation: (
        CONVERSATIONS,
        {**_OF, "state": "CASE WHEN n % 100 = 0 THEN 'open' ELSE 'closed' END"},
    ),
    Media: (
        CONVERSATIONS,
        {
            "message_id": "CASE WHEN n % 20 <> 0 THEN " + _id("n", 3) + " END",
            "state": "CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'stored' END",
            "size_bytes": "n * 100",
        },
    ),
    JobRow: (
        CONVERSATIONS,
        {
            "queue": "(ARRAY['inbound', 'turn', 'send', 'statuses'])[n % 4 + 1]",
            "lane": _OF["conversation_id"],
            "head": "n % 2 = 0",
            "ready_at": _AT,
            "body": "'{}'::bytea",
        },
    ),
    OutboxRow: (CONVERSATIONS, {"queue": "'send'", "lane": "(n % 500)::text"}),
    DeadLetterRow: (
        CONVERSATIONS,
        {
            "state": "CASE WHEN n % 100 = 0 THEN 'open' ELSE 'replayed' END",
            "queue": "'send'",
            "closed_at": f"CASE WHEN n % 100 <> 0 THEN {_AT} END",
        },
    ),
    EarlyStatus: (
        CONVERSATIONS,
        {"line_id": "'line' || n % 3", "provider_message_id": "'wamid.x' || n"},
    ),
    LineEvent: (
        CONVERSATIONS,
        {"channel": "'whatsapp'", "line_address": "'account' || n % 20", "name": "'k' || n % 7"},
    ),
    AuditEntry: (CONVERSATIONS, {"subject": _OF["contact_id"]}),
}
BIG = frozenset(model.__tablename__ for model, (count, _) in FILL.items() if count > 1000)


async def fill(store: Store) -> None:
    """Add the rows, beside those that are there, and let PostgreSQL look at them."""

    def work(tx: Tx) -> None:
        for model, (count, values) in FILL.items():
            _fill(tx, model, count, values)

    await store.write(work)
    await store.write(lambda tx: tx.sql("ANALYZE"))


def _fill(tx: Tx, model: type[Base], count: int, values: Mapping[str, str]) -> None:
    given = {"id": _id("n"), "created_at": _AT, **values}
    found: dict[str, str] = {}
    for column in model.__table__.columns:
        if column.name in given:
            found[column.name] = given[column.name]
        elif not column.nullable and column.name != "seq":
            found[column.name] = _empty(column)
    names = ", ".join(f'"{name}"' for name in found)
    values_of = ", ".join(found.values())
    values_of = values_of.replace("START", f"{now() - YEAR_SECONDS:.0f}")
    values_of = values_of.replace("STEP", str(YEAR_SECONDS / CONVERSATIONS))
    rows = f"SELECT {values_of} FROM generate_series(1, {count}) AS n"  # noqa: S608 - made here
    tx.sql(f'INSERT INTO "{model.__tablename__}" ({names}) {rows}')


def _empty(column: Any) -> str:
    kinds = {JSON: "'{}'", Boolean: "false", LargeBinary: "''::bytea"}
    numbers = (Integer, Double, Float)
    known = next((text for kind, text in kinds.items() if isinstance(column.type, kind)), None)
    return known or ("0" if isinstance(column.type, numbers) else "''")


@dataclass
class Recorder:
    """The statements that ran while it listened, each with the parameters of its first time."""

    statements: dict[str, Any] = field(default_factory=dict)
    _listens: bool = False

    def note(
        self, _c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, many: bool
    ) -> None:
        if self._listens and re.match(
            r"\s*(WITH|SELECT|UPDATE|DELETE|INSERT)\b", statement, re.IGNORECASE
        ):
            self.statements.setdefault(statement, parameters[0] if many else parameters)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep every statement that runs meanwhile."""
        self._listens = True
        try:
            yield
        finally:
            self._listens = False

    @contextmanager
    def attached(self) -> Iterator[None]:
        """To every connection of this process's engines that is opened meanwhile."""
        event.listen(Engine, "before_cursor_execute", self.note)
        event.listen(Pool, "connect", self._connected)
        try:
            yield
        finally:
            event.remove(Pool, "connect", self._connected)
            event.remove(Engine, "before_cursor_execute", self.note)

    def _connected(self, connection: Any, _record: Any) -> None:
        connection.driver_connection.add_query_logger(self._prepared)

    def _prepared(self, query: Any) -> None:
        first = query.args[0] if isinstance(query.args, list) else query.args
        self.note(None, None, query.query, tuple(first), None, False)


@dataclass(frozen=True)
class Reading:
    """A statement that reads all of a big table."""

    table: str
    how: str
    statement: str

    def __str__(self) -> str:
        return f"{self.table} ({self.how}): {' '.join(self.statement.split())}"


def readings(tx: Tx, statement: str, parameters: Any) -> list[Reading]:
    """The big tables that PostgreSQL would read from end to end for this statement."""
    try:
        (plan,) = tx.sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    except DBAPIError as error:
        raise AssertionError(f"cannot be explained: {statement}") from error
    return [
        Reading(node["Relation Name"], node["Node Type"], statement)
        for node, limited in _nodes(plan["Plan"])
        if node.get("Relation Name") in BIG and _reads_all(node, limited=limited)
    ]


def _nodes(node: dict[str, Any], limited: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every step of the plan, and whether a LIMIT ends it early."""
    limited = (limited or node["Node Type"] == "Limit") and node["Node Type"] not in {
        "Sort",
        "Aggregate",
        "Hash",
    }
    yield node, limited
    for child in node.get("Plans", ()):
        yield from _nodes(child, limited)


def _reads_all(node: dict[str, Any], *, limited: bool) -> bool:
    if node["Node Type"] == "Seq Scan":
        return True
    # From the first entry of an index to the last; what is partial holds few.
    whole = "Index" in node["Node Type"] and "Index Cond" not in node
    return whole and not limited and node.get("Index Name") not in PARTIAL


PARTIAL = frozenset(
    str(index.name)
    for model in FILL
    for index in model.__table__.indexes  # type: ignore[attr-defined]  # declared classes have one
    if index.dialect_options["postgresql"]["where"] is not None
)

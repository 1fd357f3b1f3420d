"""Prepared statements: the same rows and errors as SQLAlchemy's own way, on both engines."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from recado.conversations.model import Contact
from recado.store import Store, Tx, new_id, now
from recado.store.migrate import migrate
from recado.store.prepared import prepare

_COLUMNS = [column.name for column in Contact.__table__.columns]
_ADD = prepare(insert(Contact), _COLUMNS)
_GET = prepare(select(Contact.__table__).where(Contact.id == bindparam("contact")))
_NONE_BLOCKED = prepare(select(Contact.id).where(Contact.blocked.is_(False), Contact.name == ""))
_BLOCK = prepare(
    update(Contact).where(Contact.id == bindparam("contact")).values(blocked=True, name="gone")
)
_TEXT = prepare(
    text("SELECT name AS called, attributes FROM contact WHERE id = :contact").columns(
        attributes=Contact.__table__.c.attributes.type
    )
)


def a_contact(**values: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "name": "Lucía",
        "language": "es",
        "attributes": {"tags": ["vip", "ñ"], "nothing": None},
        "blocked": False,
        "created_at": now(),
        "updated_at": 1,
        **values,
    }


@pytest.fixture
async def migrated(store: Store) -> Store:
    await migrate(store)
    return store


async def test_rows_are_what_the_statement_gives_unprepared(migrated: Store) -> None:
    contact = a_contact()

    def work(tx: Tx) -> tuple[Any, Any]:
        tx.execute(_ADD, contact)
        found = {"contact": contact["id"]}
        return tx.first(_GET, found), tx.first(_GET.statement, found)

    prepared, plain = await migrated.write(work)
    assert prepared._mapping == plain._mapping == contact
    assert type(prepared.blocked) is type(plain.blocked)


async def test_the_values_that_stand_in_a_statement_count(migrated: Store) -> None:
    contact = a_contact()

    def work(tx: Tx) -> tuple[int, Any, Any]:
        tx.execute(_ADD, [contact, a_contact(name="")])
        blocked = tx.execute(_BLOCK, {"contact": contact["id"]}).rowcount
        return blocked, tx.all(_NONE_BLOCKED), tx.first(_GET, {"contact": contact["id"]})

    blocked, others, changed = await migrated.write(work)
    assert blocked == 1
    assert len(others) == 1
    assert (changed.blocked, changed.name) == (True, "gone")


async def test_sql_text_converts_the_columns_it_declares(migrated: Store) -> None:
    contact = a_contact()

    def work(tx: Tx) -> Any:
        tx.execute(_ADD, contact)
        assert tx.first(_TEXT, {"contact": "nobody"}) is None
        return tx.first(_TEXT, {"contact": contact["id"]})

    row = await migrated.write(work)
    assert (row.called, row.attributes) == ("Lucía", contact["attributes"])


async def test_a_violated_rule_is_the_same_error(migrated: Store) -> None:
    contact = a_contact()
    await migrated.write(lambda tx: tx.execute(_ADD, contact))
    with pytest.raises(IntegrityError):
        await migrated.write(lambda tx: tx.execute(_ADD, contact))
    with pytest.raises(IntegrityError):
        await migrated.write(lambda tx: tx.execute(_ADD, [a_contact(), contact]))


def test_a_statement_whose_sql_depends_on_its_values_is_refused() -> None:
    some = prepare(select(Contact.id).where(Contact.id.in_(["a", "b"])))
    with pytest.raises(TypeError, match="cannot be prepared"):
        some.plan.run(sqlite3.connect(":memory:"), None)

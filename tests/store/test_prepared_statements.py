"""Prepared statements: the same rows and errors as SQLAlchemy's own way, on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Double,
    Float,
    LargeBinary,
    Text,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from recado.conversations.model import Contact
from recado.errors import Conflict
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


_ECHO = prepare(
    select(
        bindparam("big", type_=BigInteger).label("big"),
        bindparam("real", type_=Double).label("real"),
        bindparam("flag", type_=Boolean).label("flag"),
        bindparam("words", type_=Text).label("words"),
        bindparam("octets", type_=LargeBinary).label("octets"),
        bindparam("value", type_=Contact.__table__.c.attributes.type).label("value"),
        (bindparam("big", type_=BigInteger) / literal(2.5, Float)).label("ratio"),
    )
)
_SUM = prepare(select(func.sum(bindparam("x", type_=Float)).label("total")))


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


VALUES = {
    "big": 2**62,
    "real": 0.1,
    "flag": True,
    "words": "¿Qué tal? 🌞 'quoted' \\ $1 :big",
    "octets": b"\x00\xff",
    "value": {"list": [1, 2.5, None, True], "ñ": {}},
}


@pytest.mark.parametrize(
    "values",
    [
        VALUES,
        {**VALUES, "flag": False, "words": "", "octets": b"", "value": []},
        {**VALUES, "real": -1.0, "value": "a string", "big": -1},
        dict.fromkeys(VALUES),
    ],
)
async def test_values_come_back_as_they_do_unprepared(store: Store, values: dict[str, Any]) -> None:
    def work(tx: Tx) -> tuple[Any, Any]:
        return tx.first(_ECHO, values), tx.first(_ECHO.statement, values)

    prepared, plain = await store.read(work)
    assert prepared._mapping == plain._mapping
    assert [type(it) for it in prepared] == [type(it) for it in plain]
    assert {name: prepared._mapping[name] for name in values} == values


async def test_whole_sums_of_floats_are_floats(store: Store) -> None:
    total = await store.read(lambda tx: tx.scalar(_SUM, {"x": 2.0}))
    assert (type(total), total) == (float, 2.0)


async def test_a_statement_is_run_for_each_of_its_parameters(migrated: Store) -> None:
    contacts = [a_contact(name=name) for name in ("a", "b", "c")]
    found = [{"contact": contact["id"]} for contact in contacts]

    def work(tx: Tx) -> list[str]:
        tx.execute(_ADD, contacts)
        return [row.name for row in tx.all(_GET, [found[2], {"contact": "nobody"}, found[0]])]

    assert await migrated.write(work) == ["c", "a"]
    assert [row.name for row in await migrated.run(_GET, found)] == ["a", "b", "c"]


async def test_a_statement_alone_is_a_transaction(migrated: Store) -> None:
    contact = a_contact()
    blocked = {"contact": contact["id"]}
    await migrated.run(_ADD, contact)
    with pytest.raises(IntegrityError):
        await migrated.run(_ADD, [a_contact(name=""), contact])
    assert await migrated.run(_BLOCK, blocked) == []
    assert [row.blocked for row in await migrated.run(_GET, blocked)] == [True]
    assert await migrated.run(_NONE_BLOCKED) == []


async def test_prepared_and_other_statements_share_a_transaction(migrated: Store) -> None:
    contact = a_contact()

    def work(tx: Tx) -> None:
        tx.execute(insert(Contact), contact)
        assert tx.first(_GET, {"contact": contact["id"]})
        tx.execute(_BLOCK, {"contact": contact["id"]})
        assert tx.scalar(select(Contact.blocked)) is True
        raise Conflict("as planned")

    with pytest.raises(Conflict):
        await migrated.write(work)
    assert await migrated.run(_GET, {"contact": contact["id"]}) == []


async def test_a_violated_rule_is_the_same_error(migrated: Store) -> None:
    contact = a_contact()
    await migrated.write(lambda tx: tx.execute(_ADD, contact))
    with pytest.raises(IntegrityError):
        await migrated.write(lambda tx: tx.execute(_ADD, contact))
    with pytest.raises(IntegrityError):
        await migrated.write(lambda tx: tx.execute(_ADD, [a_contact(), contact]))


@pytest.mark.parametrize("plan", ["for_sqlite", "for_postgresql"])
def test_a_statement_whose_sql_depends_on_its_values_is_refused(plan: str) -> None:
    some = prepare(select(Contact.id).where(Contact.id.in_(["a", "b"])))
    with pytest.raises(TypeError, match="cannot be prepared"):
        getattr(some, plan)

"""What Recado takes from inside SQLAlchemy and Alembic is still there and still does the same: an
upgrade that changes it fails here first, and not in the first statement of a shop."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Column, Double, MetaData, Table, Text, bindparam, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator

from recado.store.internals import (
    bind_processors,
    raise_translated,
    result_processor,
    result_types,
    upgrade_steps,
)
from recado.store.migrate import SCRIPTS
from recado.store.schema import HEAD


class Shouted(TypeDecorator[str]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return value.upper() if value else value

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return f"{value}!" if value else value


TABLE = Table(
    "it",
    MetaData(),
    Column("word", Text),
    Column("loud", Shouted),
    Column("data", JSON),
    Column("number", Double),
)
SQLITE: Any = sqlite.dialect()
POSTGRESQL: Any = postgresql.dialect()  # type: ignore[no-untyped-call]


def compiled(statement: Any, dialect: Any) -> SQLCompiler:
    made = statement.compile(dialect=dialect)
    assert isinstance(made, SQLCompiler)
    return made


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL])
def test_values_that_need_it_are_converted_and_no_others(dialect: Any) -> None:
    values: dict[str, Any] = {"word": bindparam("word"), "loud": bindparam("loud")}
    found = bind_processors(compiled(insert(TABLE).values(values), dialect))
    assert "word" not in found
    assert found["loud"]("hola") == "HOLA"


def test_json_is_written_as_text() -> None:
    found = bind_processors(compiled(insert(TABLE).values(data=bindparam("data")), SQLITE))
    assert found["data"]({"a": 1}) == '{"a": 1}'


def test_the_types_of_what_a_statement_returns_are_known_by_name() -> None:
    named = select(TABLE.c.word, TABLE.c.loud.label("said"), TABLE.c.data)
    assert list(result_types(compiled(named, SQLITE))) == ["word", "said", "data"]
    assert result_types(compiled(text("SELECT 1 AS one"), SQLITE)) == {}


def test_the_drivers_values_become_ours() -> None:
    types = result_types(compiled(select(TABLE), SQLITE))
    shout = result_processor(types["loud"], SQLITE, None)
    read = result_processor(types["data"], SQLITE, None)
    assert shout is not None
    assert shout("HOLA") == "HOLA!"
    assert read is not None
    assert read('{"a": 1}') == {"a": 1}
    assert result_processor(types["word"], SQLITE, None) is None


def test_the_drivers_errors_are_told_apart_as_sqlalchemy_does() -> None:
    asyncpg = pytest.importorskip("asyncpg")
    from recado.store.postgresql.dialect import _DRIVER, as_sqlalchemy

    taken = asyncpg.UniqueViolationError("taken")
    with pytest.raises(_DRIVER.IntegrityError):
        raise_translated(_DRIVER, taken)
    wrapped = as_sqlalchemy(taken, "INSERT …", lost=False)
    assert isinstance(wrapped, DBAPIError)
    assert type(wrapped).__name__ == "IntegrityError"
    with pytest.raises(sqlite3.OperationalError):  # none of the driver's: it comes as it is
        raise_translated(_DRIVER, sqlite3.OperationalError("other"))


def test_the_migrations_of_an_empty_database_are_all_of_them_in_their_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    steps = upgrade_steps(scripts, ())
    assert [it.revision.revision for it in steps][-1] == HEAD
    assert len(list(steps)) == len(list(scripts.walk_revisions()))
    assert list(upgrade_steps(scripts, (HEAD,))) == []

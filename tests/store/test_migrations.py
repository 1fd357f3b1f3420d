"""Migrations: what they build is what the code expects, however often and by whomever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from recado.errors import SettingsError
from recado.store import Store, open_store
from recado.store.metadata import metadata
from recado.store.migrate import HEAD, SCRIPTS, migrate
from tests.support.things import start_process

FULL_TEXT = re.compile("(message|contact|media)_search")


@pytest.fixture
async def empty(store_url: str) -> AsyncIterator[Store]:
    store = open_store(store_url)
    yield store
    await store.close()


def is_ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
    """Full-text search is each engine's own: no part of the metadata."""
    return not (kind in {"table", "index"} and FULL_TEXT.search(name or ""))


async def test_a_fresh_database_is_what_the_code_expects(empty: Store) -> None:
    def differences(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "include_object": is_ours}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    assert await migrate(empty)
    assert await empty.run_ddl(differences) == []


def test_the_newest_revision_is_the_one_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_migrating_twice_changes_nothing(empty: Store) -> None:
    assert await migrate(empty)
    assert not await migrate(empty)


async def test_a_database_of_a_newer_version_is_refused(empty: Store) -> None:
    await migrate(empty)
    await empty.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = 'zz'")))
    with pytest.raises(SettingsError, match="newer"):
        await migrate(empty)


async def test_a_migration_that_fails_leaves_nothing(empty: Store) -> None:
    def breaks(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        connection.execute(text("CREATE TABLE half (id INTEGER)"))

    with pytest.raises(Exception, match="already exists"):
        await empty.run_ddl(breaks)
    await empty.run_ddl(lambda connection: connection.execute(text("CREATE TABLE half (id INT)")))


@pytest.mark.acceptance
async def test_processes_that_start_at_once_migrate_once(empty: Store, store_url: str) -> None:
    processes = [start_process("migrate", store_url) for _ in range(4)]
    said = await asyncio.gather(*(asyncio.to_thread(it.communicate) for it in processes))
    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(out for out, _ in said) == ["False\n"] * 3 + ["True\n"]
    assert not await migrate(empty)

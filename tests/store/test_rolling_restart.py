"""Two versions side by side: what a migration must leave to the version before it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, select, text
from sqlalchemy.engine import Connection

from recado.assistant.characters import Characters
from recado.assistant.versions import get_version, save_draft
from recado.errors import SettingsError
from recado.store import Store, open_store
from recado.store.migrate import HEAD, SCRIPTS, migrate
from recado.store.schema import SchemaRule, is_usable

FULL_TEXT = re.compile("(passage|message|contact)_search")  # that of passages until 0015


@pytest.fixture
async def empty(store_url: str) -> AsyncIterator[Store]:
    store = open_store(store_url)
    yield store
    await store.close()


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return ScriptDirectory.from_config(config)


def revisions() -> list[str]:
    return sorted(script.revision for script in scripts().walk_revisions())


def bring_to(connection: Connection, revision: str) -> None:
    directory = scripts()
    with EnvironmentContext(
        Config(),
        directory,
        fn=lambda current, _: directory._upgrade_revs(revision, current),
        destination_rev=revision,
    ) as environment:
        environment.configure(connection=connection, transactional_ddl=False)
        environment.run_migrations()


def tables(connection: Connection) -> dict[str, Table]:
    found = MetaData()
    found.reflect(connection)
    return {name: it for name, it in found.tables.items() if not FULL_TEXT.search(name)}


async def test_no_migration_lets_a_version_run_that_an_earlier_one_shuts_out(empty: Store) -> None:
    """Only the newest row counts: one that says less than those before it would let versions start
    that cannot work any more."""
    await migrate(empty)
    query = select(SchemaRule.revision, SchemaRule.usable_since).order_by(SchemaRule.revision)
    rules = await empty.read(lambda tx: tx.all(query))
    newest = "0001"
    for rule in rules:
        assert rule.usable_since >= newest, f"{rule.revision} has to repeat {newest}"
        newest = rule.usable_since
    said = {rule.revision for rule in rules}
    assert [it for it in revisions() if it > "0001" and it not in said] == []


def broken_for_former(former: dict[str, Table], latter: dict[str, Table]) -> list[str]:
    """What the version that knows `former` could not do with `latter` any more."""
    broken = [f"{name} is gone" for name in former.keys() - latter.keys()]
    for name in former.keys() & latter.keys():
        before, after = former[name].columns, latter[name].columns
        for column in before:
            if column.name not in after:
                broken.append(f"{name}.{column.name} is gone")
            elif str(after[column.name].type) != str(column.type):
                broken.append(f"{name}.{column.name} is of another type")
            elif column.nullable and not after[column.name].nullable:
                broken.append(f"{name}.{column.name} must be given now")
        broken += [
            f"{name}.{column.name} must be given, and the former version does not know it"
            for column in after
            if column.name not in before and not column.nullable and column.server_default is None
        ]
    return broken


async def test_what_the_former_version_reads_and_writes_is_still_there_after_each_migration(
    empty: Store,
) -> None:
    """The expanding half of "expand, then contract". A migration that contracts says so with its
    row in `schema_rule`, and is compared to the first version that it still lets work."""
    known: dict[str, dict[str, Table]] = {}

    def upgrade(connection: Connection, revision: str) -> str:
        bring_to(connection, revision)
        known[revision] = tables(connection)
        rule = text("SELECT usable_since FROM schema_rule WHERE revision = :revision")
        if "schema_rule" not in known[revision]:
            return revision
        return str(connection.execute(rule, {"revision": revision}).scalar_one())

    for revision in revisions():
        usable_since = await empty.run_ddl(lambda c, r=revision: upgrade(c, r))  # type: ignore[misc]
        assert broken_for_former(known[usable_since], known[revision]) == []


async def a_newer_version_was_here(store: Store, *, usable_since: str) -> None:
    await migrate(store)

    def work(tx: Any) -> None:
        rule = "INSERT INTO schema_rule (revision, usable_since) VALUES ('9999', :since)"
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        tx.execute(text(rule), {"since": usable_since})

    await store.write(work)


async def test_a_process_of_the_former_version_starts_on_a_schema_that_was_only_added_to(
    empty: Store,
) -> None:
    await a_newer_version_was_here(empty, usable_since=HEAD)
    assert not await migrate(empty)


async def test_a_process_that_is_too_old_for_the_schema_says_so(empty: Store) -> None:
    await a_newer_version_was_here(empty, usable_since="9998")
    with pytest.raises(SettingsError, match=f"schema {HEAD}.* newer"):
        await migrate(empty)


async def test_a_schema_that_is_older_than_the_code_is_not_usable_as_it_is(empty: Store) -> None:
    await empty.run_ddl(lambda connection: bring_to(connection, "0001"))
    assert not await empty.run_ddl(lambda connection: is_usable(connection, "0001"))
    assert await empty.run_ddl(lambda connection: is_usable(connection, "0001", code="0001"))


async def test_a_character_of_before_is_version_one_and_published(empty: Store) -> None:
    await empty.run_ddl(lambda connection: bring_to(connection, "0010"))

    def make(connection: Connection) -> None:
        values = (
            "'c1', 'Luna', '', 'Eres Luna.', '[\"es\"]', '', '{}', '[]', '[\"s1\"]', '[]', '{}',"
        )
        connection.execute(
            text(
                "INSERT INTO character (id, name, description, prompt, languages, model,"  # noqa: S608
                " model_settings, model_rules, sources, tools, escalation, is_default, created_at,"
                f" updated_at) VALUES ({values} true, 1, 2)"
            )
        )

    await empty.run_ddl(make)
    await migrate(empty)
    kept = await empty.read(lambda tx: get_version(tx, "c1", 1))
    assert (kept.state, kept.content.prompt, kept.content.sources) == (
        "published",
        "Eres Luna.",
        ("s1",),
    )
    assert (await Characters(empty).default()).version == 1
    view = await empty.write(lambda tx: save_draft(tx, "c1", {"tone": "x"}, author="api"))
    assert view.draft
    assert view.draft.number == 2

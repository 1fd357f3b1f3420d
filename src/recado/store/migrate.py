"""Bring a database to this version's schema: `recado migrate`, and at every start.

Expand first, contract later: a migration leaves the schema usable by the version before it, and
says so (schema.py), so that in a rolling restart both work side by side.
"""

from __future__ import annotations

from pathlib import Path

import structlog
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from recado.errors import SettingsError
from recado.store.internals import upgrade_steps
from recado.store.schema import HEAD, is_usable
from recado.store.store import Store, Tx

__all__ = ["HEAD", "SCRIPTS", "find_schema", "migrate"]

log = structlog.get_logger(__name__)

SCRIPTS = Path(__file__).parent / "migrations"


async def migrate(store: Store) -> bool:
    """Apply what is missing. True: something was. Safe to run by many processes at once.

    Raises SettingsError: the database was brought to a schema that this version cannot work on.
    """
    current = await store.read(lambda tx: _current(tx.connection))
    if current == HEAD:
        return False
    return await store.run_ddl(_upgrade)


async def find_schema(store: Store) -> tuple[str | None, bool]:
    """At which schema the database is, None for an empty one; and whether this version can work on
    it as it is. Changes nothing."""

    def look(tx: Tx) -> tuple[str | None, bool]:
        current = _current(tx.connection)
        return current, is_usable(tx.connection, current)

    return await store.read(look)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision


def _upgrade(connection: Connection) -> bool:
    # Imported here: a start with nothing to migrate need not wait for it.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    current = _current(connection)
    if current == HEAD:
        return False
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
        if is_usable(connection, current):
            log.warning("the database is a newer version's, and usable", schema=current, ours=HEAD)
            return False
        raise SettingsError(
            f"The database is at schema {current}, which this version (schema {HEAD}) cannot work"
            " on: it was used by a newer Recado. Upgrade this one, or restore a backup."
        )
    with EnvironmentContext(
        config,
        scripts,
        fn=lambda rev, _: upgrade_steps(scripts, rev),
        destination_rev="head",
    ) as environment:
        environment.configure(connection=connection, transactional_ddl=False)
        environment.run_migrations()
    return True

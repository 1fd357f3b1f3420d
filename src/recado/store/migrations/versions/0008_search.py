"""Words of messages and names of contacts, where searches find them fast.

Only makes the room: what is there already is written down little by little by the scheduled work
(conversations/search), newest processes beside older ones.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Each with the column whose words are found.
SOURCES = {"message": "text", "contact": "name"}


def upgrade() -> None:
    op.create_table(
        "search_progress",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("indexed_to", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_search_progress")),
    )
    op.create_table(
        "search_again",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("row_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("source", "row_id", name=op.f("pk_search_again")),
    )
    op.create_index(
        "ix_conversation_title",
        "conversation",
        ["id"],
        postgresql_where=sa.text("title <> ''"),
        sqlite_where=sa.text("title <> ''"),
    )
    make = _on_sqlite if op.get_bind().dialect.name == "sqlite" else _on_postgresql
    for source, column in SOURCES.items():
        make(source, column)
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])


def _on_sqlite(source: str, column: str) -> None:
    op.execute(
        f"CREATE VIRTUAL TABLE {source}_search USING fts5"
        "(words, detail='none', columnsize=0, tokenize='unicode61 remove_diacritics 2')"
    )
    # A row id that becomes free at the end is given again: what has it then is new.
    op.execute(
        f"CREATE TRIGGER {source}_search_removed AFTER DELETE ON {source} BEGIN"  # noqa: S608
        f" DELETE FROM {source}_search WHERE rowid = old.rowid;"
        f" DELETE FROM search_again WHERE source = '{source}' AND row_id = old.id;"
        " UPDATE search_progress SET indexed_to ="
        f" CAST(coalesce((SELECT max(rowid) FROM {source}), 0) AS TEXT)"
        f" WHERE source = '{source}' AND CAST(indexed_to AS INTEGER) >"
        f" coalesce((SELECT max(rowid) FROM {source}), 0); END"
    )
    op.execute(
        f"CREATE TRIGGER {source}_search_changed AFTER UPDATE OF {column} ON {source}"  # noqa: S608
        f" WHEN old.{column} IS NOT new.{column} BEGIN"
        f" DELETE FROM {source}_search WHERE rowid = old.rowid;"
        f" INSERT OR IGNORE INTO search_again (source, row_id) VALUES ('{source}', new.id); END"
    )


def _on_postgresql(source: str, column: str) -> None:
    op.execute(
        f"CREATE TABLE {source}_search"
        " (id VARCHAR(32) NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL)"
    )
    op.execute(f"CREATE INDEX ix_{source}_search ON {source}_search USING gin (words)")
    op.execute(
        f"CREATE FUNCTION {source}_search_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608
        f" DELETE FROM {source}_search WHERE id = OLD.id;"
        f" DELETE FROM search_again WHERE source = '{source}' AND row_id = OLD.id;"
        " RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE FUNCTION {source}_search_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608
        f" DELETE FROM {source}_search WHERE id = OLD.id;"
        f" INSERT INTO search_again (source, row_id) VALUES ('{source}', NEW.id)"
        " ON CONFLICT DO NOTHING; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {source}_search_removed AFTER DELETE ON {source}"
        f" FOR EACH ROW EXECUTE FUNCTION {source}_search_removed()"
    )
    op.execute(
        f"CREATE TRIGGER {source}_search_changed AFTER UPDATE OF {column} ON {source}"
        f" FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column})"
        f" EXECUTE FUNCTION {source}_search_changed()"
    )

"""What stands in files, step by step, and where searches find its words.

Revision ID: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "media_reading",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("media_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("passed", _JSON, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("pieces", _JSON, nullable=True),
        sa.Column("unread", _JSON, nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_reading")),
        sa.UniqueConstraint("media_id", "step", name=op.f("uq_media_reading_media_id_step")),
    )
    op.add_column("media", sa.Column("reading", sa.String(), nullable=False, server_default=""))
    (_on_sqlite if op.get_bind().dialect.name == "sqlite" else _on_postgresql)()
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])


# As 0008 does it for messages; with a file goes what was read in it, whoever removes the file.


def _on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE media_search USING fts5"
        "(words, detail='none', columnsize=0, tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute(
        "CREATE TRIGGER media_search_removed AFTER DELETE ON media BEGIN"
        " DELETE FROM media_search WHERE rowid = old.rowid;"
        " DELETE FROM media_reading WHERE media_id = old.id;"
        " DELETE FROM search_again WHERE source = 'media' AND row_id = old.id;"
        " UPDATE search_progress SET indexed_to ="
        " CAST(coalesce((SELECT max(rowid) FROM media), 0) AS TEXT)"
        " WHERE source = 'media' AND CAST(indexed_to AS INTEGER) >"
        " coalesce((SELECT max(rowid) FROM media), 0); END"
    )
    op.execute(
        "CREATE TRIGGER media_search_changed AFTER UPDATE OF text, description ON media"
        " WHEN old.text IS NOT new.text OR old.description IS NOT new.description BEGIN"
        " DELETE FROM media_search WHERE rowid = old.rowid;"
        " INSERT OR IGNORE INTO search_again (source, row_id) VALUES ('media', new.id); END"
    )


def _on_postgresql() -> None:
    op.execute(
        "CREATE TABLE media_search (id VARCHAR(32) NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_media_search ON media_search USING gin (words)")
    op.execute(
        "CREATE FUNCTION media_search_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " DELETE FROM media_search WHERE id = OLD.id;"
        " DELETE FROM media_reading WHERE media_id = OLD.id;"
        " DELETE FROM search_again WHERE source = 'media' AND row_id = OLD.id;"
        " RETURN NULL; END $$"
    )
    op.execute(
        "CREATE FUNCTION media_search_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " DELETE FROM media_search WHERE id = OLD.id;"
        " INSERT INTO search_again (source, row_id) VALUES ('media', NEW.id)"
        " ON CONFLICT DO NOTHING; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER media_search_removed AFTER DELETE ON media"
        " FOR EACH ROW EXECUTE FUNCTION media_search_removed()"
    )
    op.execute(
        "CREATE TRIGGER media_search_changed AFTER UPDATE OF text, description ON media"
        " FOR EACH ROW WHEN (OLD.text IS DISTINCT FROM NEW.text"
        " OR OLD.description IS DISTINCT FROM NEW.description)"
        " EXECUTE FUNCTION media_search_changed()"
    )

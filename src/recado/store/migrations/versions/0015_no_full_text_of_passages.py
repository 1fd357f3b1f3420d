"""Nothing reads passages in full text any more: their words are searched in memory.

What fills it goes with it. On PostgreSQL a version that still asks does without the index.

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        for trigger in ("passage_added", "passage_removed"):
            op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        op.execute("DROP TABLE IF EXISTS passage_search")
    else:
        op.execute("DROP INDEX IF EXISTS ix_passage_search")
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    usable_since = "0013" if on_sqlite else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

"""A character's tone, greeting and hours, which the business writes.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    for name in ("tone", "greeting", "time_zone"):
        kind = sa.String() if name == "time_zone" else sa.Text()
        op.add_column("character", sa.Column(name, kind, nullable=False, server_default=""))
    hours = sa.Column("hours", JSON, nullable=True)
    op.add_column("character", hours)
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])

"""What a file of knowledge held, and what of it was left out.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("knowledge_source", sa.Column("counts", JSON, nullable=True))
    op.add_column("knowledge_source", sa.Column("left_out", JSON, nullable=True))
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])

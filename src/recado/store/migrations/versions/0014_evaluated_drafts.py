"""A character may be published only after its draft was evaluated.

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("character", sa.Column("publish_needs", JSON, nullable=True))
    op.add_column("character_version", sa.Column("evaluation", JSON, nullable=True))
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])

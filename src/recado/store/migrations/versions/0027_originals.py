"""Knowledge keeps the files that it was learnt from, and says which of them customers may get.

Revision ID: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("knowledge_source", sa.Column("file_id", sa.String(length=32), nullable=True))
    op.add_column(
        "knowledge_source",
        sa.Column("sendable", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "knowledge_source", sa.Column("title", sa.String(), server_default="", nullable=False)
    )
    op.create_index(op.f("ix_knowledge_source_file_id"), "knowledge_source", ["file_id"])
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

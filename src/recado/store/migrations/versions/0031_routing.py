"""Conversations that rest until a time, and hand-overs that wait for a department.

Revision ID: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("snoozed_until", sa.Double(), nullable=True))
    op.add_column("escalation", sa.Column("waiting_since", sa.Double(), nullable=True))
    op.add_column("escalation", sa.Column("timed_out_at", sa.Double(), nullable=True))
    column = sa.Column("asked_role", sa.String(), nullable=False, server_default="")
    op.add_column("escalation", column)
    offered = sa.text("state = 'waiting' AND assignee_id IS NOT NULL")
    op.create_index(
        "ix_conversation_offered",
        "conversation",
        ["assignee_id"],
        postgresql_where=offered,
        sqlite_where=offered,
    )
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

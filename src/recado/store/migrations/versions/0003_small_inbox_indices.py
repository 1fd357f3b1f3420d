"""Counts who waits, finds what a person owns or was archived, without a walk past all others.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LISTED = "archived_at IS NULL AND deleted_at IS NULL"
WAITING = sa.text(f"state = 'waiting' AND {LISTED}")
OWNED = sa.text(f"state = 'human' AND {LISTED}")
ARCHIVED = sa.text("archived_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_conversation_waiting",
        "conversation",
        ["last_activity_at", "id"],
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    op.create_index(
        "ix_conversation_assignee",
        "conversation",
        ["assignee_id", "last_activity_at", "id"],
        postgresql_where=OWNED,
        sqlite_where=OWNED,
    )
    op.create_index(
        "ix_conversation_archived",
        "conversation",
        ["last_activity_at", "id"],
        postgresql_where=ARCHIVED,
        sqlite_where=ARCHIVED,
    )
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])

"""Conversations' summaries as rows.

Revision ID: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation_summary",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("covers_to", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_summary")),
        sa.UniqueConstraint(
            "conversation_id", name=op.f("uq_conversation_summary_conversation_id")
        ),
    )
    # What was written so far. Which model wrote it is not known any more.
    op.execute(
        "INSERT INTO conversation_summary (id, conversation_id, text, covers_to, language, model,"
        " extended, created_at, updated_at)"
        " SELECT id, id, summary, summarised_to, language, '', 0, last_activity_at,"
        " last_activity_at FROM conversation WHERE summary <> ''"
    )
    op.execute("UPDATE conversation SET summary = '', summarised_to = 0 WHERE summarised_to > 0")
    op.add_column("escalation", sa.Column("told", sa.Text(), nullable=False, server_default=""))
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

"""How far a replay of many dead letters is.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_letter_replay",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("queue", sa.String(), nullable=True),
        sa.Column("until_time", sa.Double(), nullable=False),
        sa.Column("until_id", sa.String(), nullable=False),
        sa.Column("at_time", sa.Double(), nullable=False),
        sa.Column("at_id", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("replayed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter_replay")),
    )
    op.create_index(
        op.f("ix_dead_letter_replay_finished_at_id"),
        "dead_letter_replay",
        ["finished_at", "id"],
        unique=False,
    )
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])

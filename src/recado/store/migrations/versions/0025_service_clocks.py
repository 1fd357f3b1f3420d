"""Service levels, and the clocks that run for them.

Revision ID: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "service_level",
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("first_reply_seconds", sa.Double(), nullable=False),
        sa.Column("resolution_seconds", sa.Double(), nullable=True),
        sa.Column("warn_percent", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("department", "priority", name=op.f("pk_service_level")),
    )
    op.create_table(
        "service_calendar",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hours", JSON, nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("holidays", JSON, nullable=True),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_calendar")),
    )
    op.create_table(
        "service_clock",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("escalation_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("target_seconds", sa.Double(), nullable=False),
        sa.Column("warn_percent", sa.Integer(), nullable=False),
        sa.Column("used_seconds", sa.Double(), nullable=False),
        sa.Column("running_since", sa.Double(), nullable=True),
        sa.Column("paused_since", sa.Double(), nullable=True),
        sa.Column("paused_by", sa.String(), nullable=False),
        sa.Column("paused_seconds", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("look_at", sa.Double(), nullable=True),
        sa.Column("seen_to", sa.Integer(), nullable=False),
        sa.Column("warned_at", sa.Double(), nullable=True),
        sa.Column("breached_at", sa.Double(), nullable=True),
        sa.Column("met_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_clock")),
    )
    for column in ("conversation_id", "escalation_id"):
        op.create_index(op.f(f"ix_service_clock_{column}"), "service_clock", [column])
    there = sa.text("look_at IS NOT NULL")
    op.create_index(
        "ix_service_clock_look",
        "service_clock",
        ["look_at"],
        postgresql_where=there,
        sqlite_where=there,
    )
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

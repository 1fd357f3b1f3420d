"""Departments of the team, who belongs to them, and who is online.

Revision ID: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("sticky", sa.Boolean(), nullable=False),
        sa.Column("take_seconds", sa.Double(), nullable=False),
        sa.Column("if_nobody", sa.String(), nullable=False),
        sa.Column("hours", JSON, nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("holidays", JSON, nullable=True),
        sa.Column("settings", JSON, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_department")),
    )
    op.create_table(
        "department_member",
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("skills", JSON, nullable=True),
        sa.Column("languages", JSON, nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("department", "user_id", name=op.f("pk_department_member")),
    )
    op.create_index(op.f("ix_department_member_user_id"), "department_member", ["user_id"])
    for name, default in (("availability", "away"), ("phone", ""), ("language", "")):
        column = sa.Column(name, sa.String(), nullable=False, server_default=default)
        op.add_column("app_user", column)
    op.add_column(
        "app_user", sa.Column("time_zone", sa.String(), nullable=False, server_default="")
    )
    op.add_column("app_user", sa.Column("availability_at", sa.Double(), nullable=True))
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

"""Subscriptions to events, and what each was told.

Revision ID: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("events", JSON, nullable=True),
        sa.Column("lines", JSON, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("paused_because", sa.String(), nullable=False),
        sa.Column("failing_since", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_table(
        "event_delivery",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subscription_id", sa.String(length=32), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("attempts", JSON, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("settled_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_delivery")),
    )
    for columns in (
        ["subscription_id", "id"],
        ["conversation_id", "subscription_id", "state", "id"],
        ["subscription_id", "state", "id"],
    ):
        name = f"ix_event_delivery_{'_'.join(columns)}"
        op.create_index(op.f(name), "event_delivery", columns)
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

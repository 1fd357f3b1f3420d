"""Reactions, edits, held messages, prices, templates, and what a line's vendor tells.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CHANGES = sa.text("type IN ('reaction', 'edit', 'revoke')")
WITH_FILE = sa.text("media_id IS NOT NULL")


def upgrade() -> None:
    for column in (
        sa.Column("reactions", JSON, nullable=True),
        sa.Column("edited_at", sa.Double(), nullable=True),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.Column("held", sa.String(), nullable=True),
        sa.Column("route", JSON, nullable=True),
        sa.Column("pricing", JSON, nullable=True),
    ):
        op.add_column("message", column)
    op.create_index(
        "ix_message_change",
        "message",
        ["line_id", "reply_to"],
        unique=False,
        postgresql_where=CHANGES,
        sqlite_where=CHANGES,
    )
    op.create_index("ix_message_line", "message", ["line_id", "id"], unique=False)
    op.create_index(
        "ix_message_media",
        "message",
        ["media_id"],
        unique=False,
        postgresql_where=WITH_FILE,
        sqlite_where=WITH_FILE,
    )
    op.create_index(
        op.f("ix_line_event_channel_line_address_name"),
        "line_event",
        ["channel", "line_address", "name"],
        unique=False,
    )
    op.create_index(
        op.f("ix_dead_letter_created_at_id"), "dead_letter", ["created_at", "id"], unique=False
    )
    op.add_column(
        "conversation", sa.Column("held_count", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("line", sa.Column("state", JSON, nullable=True))
    op.add_column("line", sa.Column("last_webhook_at", sa.Double(), nullable=True))
    op.add_column("line", sa.Column("last_refusal", JSON, nullable=True))
    op.add_column(
        "media", sa.Column("direction", sa.String(), nullable=False, server_default="inbound")
    )
    op.add_column("media", sa.Column("uploads", JSON, nullable=True))
    op.create_table(
        "template",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("components", JSON, nullable=True),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("synced_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
        sa.UniqueConstraint(
            "line_id", "name", "language", name=op.f("uq_template_line_id_name_language")
        ),
    )
    op.create_index(
        op.f("ix_outbox_queue_lane_seq"), "outbox", ["queue", "lane", "seq"], unique=False
    )
    op.create_table(
        "queue_partition",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("owned_until", sa.Double(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("leased", sa.Integer(), nullable=False),
        sa.Column("oldest_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("queue", "number", name=op.f("pk_queue_partition")),
    )
    op.create_table(
        "queue_consumer",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("alive_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "owner", name=op.f("pk_queue_consumer")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("held_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "scheduled_task",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ran_at", sa.Double(), nullable=False),
        sa.Column("outcome", JSON, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_task")),
    )
    rule = op.create_table(
        "schema_rule",
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("usable_since", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_schema_rule")),
    )
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])

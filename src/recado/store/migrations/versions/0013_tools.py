"""Tools of the assistant, and what the ledger of their calls needs.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "tool",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("confirms", sa.Boolean(), nullable=False),
        sa.Column("honours_keys", sa.Boolean(), nullable=False),
        sa.Column("timeout_seconds", sa.Double(), nullable=False),
        sa.Column("parameters", JSON, nullable=True),
        sa.Column("config", JSON, nullable=True),
        sa.Column("examples", JSON, nullable=True),
        sa.Column("confirmations", JSON, nullable=True),
        sa.Column("answers", JSON, nullable=True),
        sa.Column("characters", JSON, nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool")),
        sa.UniqueConstraint("name", name=op.f("uq_tool_name")),
    )
    for name, kind in (
        ("tool_id", sa.String()),
        ("turn_id", sa.String()),
        ("effect", sa.String()),
        ("summary", sa.Text()),
        ("missing", sa.String()),
        ("error", sa.Text()),
    ):
        op.add_column("tool_call", sa.Column(name, kind, server_default="", nullable=False))
    for name in ("position", "confirmed_position", "attempts"):
        op.add_column(
            "tool_call", sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        )
    for name in ("expires_at", "updated_at"):
        op.add_column("tool_call", sa.Column(name, sa.Double(), nullable=True))
    op.create_index(
        op.f("ix_tool_call_conversation_id_created_at"),
        "tool_call",
        ["conversation_id", "created_at"],
        unique=False,
    )
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])

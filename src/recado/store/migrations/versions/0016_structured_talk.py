"""The intents of characters, and the talks that they lead.

Revision ID: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("character", sa.Column("intents", JSON, nullable=True))
    op.add_column(
        "character", sa.Column("intent_engine", sa.String(), server_default="", nullable=False)
    )
    texts = ("character_id", "intent", "title", "language", "state", "asking", "engine")
    op.create_table(
        "talk",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("turn_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        sa.Column("character_version", sa.Integer(), nullable=False),
        *(
            sa.Column(name, JSON, nullable=True)
            for name in ("values", "told", "skipped", "engine_state")
        ),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("tries", "position", "last_position", "ownership")
        ),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in ("created_at", "updated_at", "expires_at")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk")),
    )
    op.create_index(
        op.f("ix_talk_conversation_id_created_at"),
        "talk",
        ["conversation_id", "created_at"],
        unique=False,
    )
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

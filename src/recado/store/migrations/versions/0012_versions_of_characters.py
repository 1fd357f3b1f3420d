"""Characters have versions: what they were, what answers, and a draft.

Revision ID: 0012
"""

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TEXTS = ("name", "prompt", "description", "tone", "greeting", "time_zone", "model")
VALUES = ("hours", "languages", "model_settings", "model_rules", "sources", "tools")
NEW = ("holidays", "model_policy", "limits", "handover")


def upgrade() -> None:
    for name in NEW:
        op.add_column("character", sa.Column(name, JSON, nullable=True))
    op.add_column(
        "character", sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column(
        "character", sa.Column("revision", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("turn", sa.Column("character_version", sa.Integer(), nullable=True))
    versions = op.create_table(
        "character_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("character_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content", JSON, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_character_version")),
        sa.UniqueConstraint(
            "character_id", "number", name=op.f("uq_character_version_character_id_number")
        ),
    )
    _keep_what_answers(versions)
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])


def _keep_what_answers(versions: sa.Table) -> None:
    """Each character as it is becomes its version 1, published."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in ("id", "updated_at", *TEXTS)]
    columns += [sa.column(name, JSON) for name in VALUES]
    for row in op.get_bind().execute(sa.select(*columns).select_from(sa.table("character"))).all():
        told = {name: getattr(row, name) for name in (*TEXTS, *VALUES)}
        version = {
            "id": uuid.uuid4().hex,
            "character_id": row.id,
            "number": 1,
            "state": "published",
            "content": {name: value for name, value in told.items() if value is not None},
            "note": "",
            "author": "system",
            "restored_from": None,
            "created_at": row.updated_at,
            "updated_at": row.updated_at,
        }
        op.bulk_insert(versions, [version])

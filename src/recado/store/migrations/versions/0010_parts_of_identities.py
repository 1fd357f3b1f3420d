"""A part of a number or of a user name is found in the index alone.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_contact_identity_value"), "contact_identity")
    op.create_index(
        op.f("ix_contact_identity_value_kind_contact_id"),
        "contact_identity",
        ["value", "kind", "contact_id"],
        unique=False,
    )
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    op.bulk_insert(rule, [{"revision": revision, "usable_since": "0001"}])

"""Facts about contacts.

Revision ID: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_fact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("source_message_id", sa.String(length=32), nullable=True),
        sa.Column("replaced_by", sa.String(length=32), nullable=True),
        sa.Column("said_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_fact")),
        sa.UniqueConstraint(
            "source_message_id",
            "kind",
            "mark",
            name=op.f("uq_contact_fact_source_message_id_kind_mark"),
        ),
    )
    op.create_index(
        op.f("ix_contact_fact_contact_id_state"), "contact_fact", ["contact_id", "state"]
    )
    op.create_table(
        "contact_facts_read",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("read_to", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_contact_facts_read")),
    )
    rule = sa.table("schema_rule", sa.column("revision"), sa.column("usable_since"))
    # As 0015 says: older versions look for passages in an index that is gone on SQLite.
    usable_since = "0013" if op.get_bind().dialect.name == "sqlite" else "0001"
    op.bulk_insert(rule, [{"revision": revision, "usable_since": usable_since}])

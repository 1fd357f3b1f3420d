"""The whole data model of the first version.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("last_used_at", sa.Double(), nullable=True),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
    )
    op.create_table(
        "app_user",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("disabled_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("email", name=op.f("uq_app_user_email")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"], unique=False)
    op.create_table(
        "character",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("languages", JSON, nullable=True),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("model_settings", JSON, nullable=True),
        sa.Column("model_rules", JSON, nullable=True),
        sa.Column("sources", JSON, nullable=True),
        sa.Column("tools", JSON, nullable=True),
        sa.Column("escalation", JSON, nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("archived_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_character")),
        sa.UniqueConstraint("name", name=op.f("uq_character_name")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("attributes", JSON, nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_table(
        "contact_identity",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_identity")),
        sa.UniqueConstraint(
            "kind", "scope", "value", name=op.f("uq_contact_identity_kind_scope_value")
        ),
    )
    op.create_index(
        op.f("ix_contact_identity_contact_id"), "contact_identity", ["contact_id"], unique=False
    )
    op.create_index(op.f("ix_contact_identity_value"), "contact_identity", ["value"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("owner_user", sa.String(), nullable=True),
        sa.Column("character_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ownership", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.String(length=32), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("tags", JSON, nullable=True),
        sa.Column("settings", JSON, nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=True),
        sa.Column("flow_state", JSON, nullable=True),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("unread_count", sa.Integer(), nullable=False),
        sa.Column("answered_to", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("summarised_to", sa.Integer(), nullable=False),
        sa.Column("last_preview", sa.String(), nullable=False),
        sa.Column("last_inbound_at", sa.Double(), nullable=True),
        sa.Column("last_activity_at", sa.Double(), nullable=False),
        sa.Column("archived_at", sa.Double(), nullable=True),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint(
            "line_id",
            "contact_id",
            "thread",
            name=op.f("uq_conversation_line_id_contact_id_thread"),
        ),
    )
    op.create_index(
        "ix_conversation_activity", "conversation", ["last_activity_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_conversation_contact_id"), "conversation", ["contact_id"], unique=False
    )
    op.create_index(
        "ix_conversation_owner", "conversation", ["owner_user", "last_activity_at"], unique=False
    )
    op.create_index(
        "ix_conversation_state", "conversation", ["state", "last_activity_at"], unique=False
    )
    op.create_table(
        "conversation_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("detail", JSON, nullable=True),
        sa.Column("after_position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_event")),
    )
    op.create_index(
        op.f("ix_conversation_event_conversation_id_created_at"),
        "conversation_event",
        ["conversation_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("receives", sa.Integer(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
    )
    op.create_index(
        op.f("ix_dead_letter_state_created_at"),
        "dead_letter",
        ["state", "created_at"],
        unique=False,
    )
    op.create_table(
        "early_status",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("provider_message_id", sa.String(), nullable=False),
        sa.Column("status", JSON, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_early_status")),
    )
    op.create_index(
        op.f("ix_early_status_line_id_provider_message_id"),
        "early_status",
        ["line_id", "provider_message_id"],
        unique=False,
    )
    op.create_table(
        "escalation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", JSON, nullable=True),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("taken_by", sa.String(length=32), nullable=True),
        sa.Column("taken_at", sa.Double(), nullable=True),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
    )
    op.create_index(
        op.f("ix_escalation_conversation_id"), "escalation", ["conversation_id"], unique=False
    )
    op.create_index(
        op.f("ix_escalation_state_due_at"), "escalation", ["state", "due_at"], unique=False
    )
    op.create_table(
        "job",
        sa.Column("seq", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("head", sa.Boolean(), nullable=False),
        sa.Column("ready_at", sa.Double(), nullable=False),
        sa.Column("receives", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("dedup", sa.String(), nullable=True),
        sa.Column("pending_key", sa.String(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_job")),
    )
    op.create_index("ix_job_lane", "job", ["queue", "lane", "seq"], unique=False)
    op.create_index(
        "ix_job_ready",
        "job",
        ["queue", "ready_at"],
        unique=False,
        postgresql_where=sa.text("head"),
        sqlite_where=sa.text("head"),
    )
    op.create_index(
        "uq_job_pending",
        "job",
        ["queue", "pending_key"],
        unique=True,
        postgresql_where=sa.text("pending_key IS NOT NULL"),
        sqlite_where=sa.text("pending_key IS NOT NULL"),
    )
    op.create_table(
        "knowledge_source",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("passage_count", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_source")),
        sa.UniqueConstraint("name", name=op.f("uq_knowledge_source_name")),
    )
    op.create_table(
        "line",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display", sa.String(), nullable=False),
        sa.Column("credentials", sa.Text(), nullable=False),
        sa.Column("settings", JSON, nullable=True),
        sa.Column("character_id", sa.String(length=32), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sa.UniqueConstraint("channel", "address", name=op.f("uq_line_channel_address")),
    )
    op.create_table(
        "line_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("line_address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("raw", JSON, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_event")),
    )
    op.create_table(
        "media",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("provider_media_id", sa.String(), nullable=True),
        sa.Column("mime_type", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("blob_key", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("analysis", JSON, nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("processed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_message_id"), "media", ["message_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_user_id", sa.String(length=32), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", JSON, nullable=True),
        sa.Column("provider_message_id", sa.String(), nullable=True),
        sa.Column("reply_to", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error", JSON, nullable=True),
        sa.Column("in_reply_to", JSON, nullable=True),
        sa.Column("turn_id", sa.String(length=32), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("media_id", sa.String(length=32), nullable=True),
        sa.Column("cost", sa.Double(), nullable=True),
        sa.Column("sent_at", sa.Double(), nullable=True),
        sa.Column("attempted_at", sa.Double(), nullable=True),
        sa.Column("accepted_at", sa.Double(), nullable=True),
        sa.Column("unknown_since", sa.Double(), nullable=True),
        sa.Column("confirmed_at", sa.Double(), nullable=True),
        sa.Column("delivered_at", sa.Double(), nullable=True),
        sa.Column("read_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("raw", JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "conversation_id", "position", name=op.f("uq_message_conversation_id_position")
        ),
    )
    op.create_index(
        "ix_message_confirmed",
        "message",
        ["line_id", "confirmed_at"],
        unique=False,
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
        sqlite_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_message_unknown",
        "message",
        ["status", "created_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('unknown', 'failed', 'queued')"),
        sqlite_where=sa.text("status IN ('unknown', 'failed', 'queued')"),
    )
    op.create_index(
        "uq_message_provider",
        "message",
        ["line_id", "provider_message_id"],
        unique=True,
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
        sqlite_where=sa.text("provider_message_id IS NOT NULL"),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(
        op.f("ix_note_conversation_id_created_at"),
        "note",
        ["conversation_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "outbox",
        sa.Column("seq", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("ready_at", sa.Double(), nullable=False),
        sa.Column("dedup", sa.String(), nullable=True),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
    )
    op.create_table(
        "passage",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
    )
    op.create_index(
        op.f("ix_passage_source_id_position"), "passage", ["source_id", "position"], unique=False
    )
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_table(
        "stored_setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", JSON, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stored_setting")),
    )
    op.create_table(
        "tool_call",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("arguments", JSON, nullable=True),
        sa.Column("result", JSON, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_call")),
        sa.UniqueConstraint("key", name=op.f("uq_tool_call_key")),
    )
    op.create_table(
        "turn",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("character_id", sa.String(length=32), nullable=True),
        sa.Column("from_position", sa.Integer(), nullable=False),
        sa.Column("to_position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("sources", JSON, nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", JSON, nullable=True),
        sa.Column("sentiment", sa.String(), nullable=False),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("model_ms", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
    )
    op.create_index(
        op.f("ix_turn_conversation_id_started_at"),
        "turn",
        ["conversation_id", "started_at"],
        unique=False,
    )
    op.create_index(op.f("ix_turn_started_at"), "turn", ["started_at"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("csrf_token", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )

    add_full_text_search()


def add_full_text_search() -> None:
    """`passage.search_text` in full text, by each engine's own means (assistant/knowledge)."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE passage_search USING fts5"
            "(search_text, content='passage', content_rowid='id', tokenize='unicode61')"
        )
        op.execute(
            "CREATE TRIGGER passage_added AFTER INSERT ON passage BEGIN"
            " INSERT INTO passage_search(rowid, search_text) VALUES (new.id, new.search_text); END"
        )
        op.execute(
            "CREATE TRIGGER passage_removed AFTER DELETE ON passage BEGIN"
            " INSERT INTO passage_search(passage_search, rowid, search_text)"
            " VALUES ('delete', old.id, old.search_text); END"
        )
    else:
        op.execute(
            "CREATE INDEX ix_passage_search ON passage"
            " USING gin (to_tsvector('simple', search_text))"
        )


def downgrade() -> None:
    raise NotImplementedError("Restore a backup to go back before the first version.")

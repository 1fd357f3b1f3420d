"""Contacts with their identities, conversations with their owner, messages in their order."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds

#: Who owns a conversation. Only in `bot` may the assistant speak; `waiting` is handed over and
#: not yet taken; `snoozed` is a person's again at a time; `resolved` goes back to `bot` with the
#: next inbound message. What leads from one to another: handover_states.py.
STATES = ("bot", "waiting", "human", "snoozed", "resolved")

#: Neither put away nor removed.
_LISTED = "archived_at IS NULL AND deleted_at IS NULL"


class Contact(Base):
    __tablename__ = "contact"

    id: Mapped[PrimaryId]
    name: Mapped[str]
    language: Mapped[str]
    attributes: Mapped[Json]
    blocked: Mapped[bool]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]


class ContactIdentity(Base):
    """A name that a channel has for the contact. `scope` is "" for names that are global
    (phones, BSUIDs), and the line's id for names that mean something on one line only."""

    __tablename__ = "contact_identity"
    __table_args__ = (
        UniqueConstraint("kind", "scope", "value"),
        Index(None, "contact_id"),
        Index(None, "value", "kind", "contact_id"),  # a search for a part of it reads this alone
    )

    id: Mapped[PrimaryId]
    contact_id: Mapped[Id]
    kind: Mapped[str]
    scope: Mapped[str]
    value: Mapped[str]
    created_at: Mapped[Seconds]


class IdentityChange(Base):
    """A person who was known by `old` goes on under `new` since `changed_at`. Told by the vendor,
    perhaps before we know of anybody: what was said under `old` may come later."""

    __tablename__ = "identity_change"
    __table_args__ = (UniqueConstraint("kind", "scope", "old"), Index(None, "changed_at"))

    id: Mapped[PrimaryId]
    kind: Mapped[str]
    scope: Mapped[str]
    old: Mapped[str]
    new: Mapped[str]
    changed_at: Mapped[Seconds]


class Conversation(Base):
    """`thread` is "" for the one conversation a contact has on a messaging line; conversations
    opened through the API (an app's user may have many) carry their own id there.

    `ownership` counts every change of owner: a turn that began under another count is dropped.
    `held_count` is how many messages wait for the contact to write again. `summary` and
    `summarised_to` stay empty: versions before 0020, which may run beside this one, write there
    what is in conversations/summaries now.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("line_id", "contact_id", "thread"),
        Index(None, "contact_id"),
        Index("ix_conversation_activity", "last_activity_at", "id"),
        Index("ix_conversation_state", "state", "last_activity_at"),
        Index("ix_conversation_owner", "owner_user", "last_activity_at"),
        Index(
            "ix_conversation_title",
            "id",
            postgresql_where=text("title <> ''"),
            sqlite_where=text("title <> ''"),
        ),
        # These hold few, and change with nothing that the assistant does. They are counted, and
        # answer without a look into the table.
        Index(
            "ix_conversation_waiting",
            "last_activity_at",
            "id",
            postgresql_where=text(f"state = 'waiting' AND {_LISTED}"),
            sqlite_where=text(f"state = 'waiting' AND {_LISTED}"),
        ),
        Index(
            "ix_conversation_assignee",
            "assignee_id",
            "last_activity_at",
            "id",
            postgresql_where=text(f"state = 'human' AND {_LISTED}"),
            sqlite_where=text(f"state = 'human' AND {_LISTED}"),
        ),
        Index(
            "ix_conversation_offered",
            "assignee_id",
            postgresql_where=text("state = 'waiting' AND assignee_id IS NOT NULL"),
            sqlite_where=text("state = 'waiting' AND assignee_id IS NOT NULL"),
        ),
        Index(
            "ix_conversation_archived",
            "last_activity_at",
            "id",
            postgresql_where=text("archived_at IS NOT NULL"),
            sqlite_where=text("archived_at IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryId]
    line_id: Mapped[Id]
    contact_id: Mapped[Id]
    thread: Mapped[str]
    owner_user: Mapped[str | None]
    character_id: Mapped[Id | None]
    state: Mapped[str]
    ownership: Mapped[int]
    assignee_id: Mapped[Id | None]
    snoozed_until: Mapped[Seconds | None]
    title: Mapped[str]
    tags: Mapped[Json]
    settings: Mapped[Json]
    language: Mapped[str]
    flow: Mapped[str | None]
    flow_state: Mapped[Json]
    message_count: Mapped[int]
    unread_count: Mapped[int]
    held_count: Mapped[int] = mapped_column(server_default="0")
    answered_to: Mapped[int]
    summary: Mapped[LongText]
    summarised_to: Mapped[int]
    last_preview: Mapped[str]
    last_inbound_at: Mapped[Seconds | None]
    last_activity_at: Mapped[Seconds]
    archived_at: Mapped[Seconds | None]
    deleted_at: Mapped[Seconds | None]
    created_at: Mapped[Seconds]


class Message(Base):
    """`position` counts from 1 within the conversation and is the order of effect.

    `status`: received (inbound), queued, sent, delivered, read, failed, unknown (outbound).
    `attempted_at` is set durably right before the provider is called: a message that has it and
    no outcome may have gone out, and is settled by evidence (sending/settle.py);
    `unknown_since` is when we noticed. `confirmed_at` is when a status named it by our id.

    `reactions` holds who reacted with what: {"contact": "👍", "business": "🙏"}. `held` says why
    a queued message has no job for now ("window": it waits until the contact writes again);
    `route` how it went and why; `pricing` what the provider says it costs; `setbacks` when and why
    it failed, or nobody could tell (setbacks.py), also when it arrived in the end.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        Index(
            "uq_message_provider",
            "line_id",
            "provider_message_id",
            unique=True,
            postgresql_where=text("provider_message_id IS NOT NULL"),
            sqlite_where=text("provider_message_id IS NOT NULL"),
        ),
        Index(
            "ix_message_unknown",
            "status",
            "created_at",
            postgresql_where=text("status IN ('unknown', 'failed', 'queued')"),
            sqlite_where=text("status IN ('unknown', 'failed', 'queued')"),
        ),
        Index(
            "ix_message_confirmed",
            "line_id",
            "confirmed_at",
            postgresql_where=text("confirmed_at IS NOT NULL"),
            sqlite_where=text("confirmed_at IS NOT NULL"),
        ),
        Index(
            "ix_message_change",
            "line_id",
            "reply_to",
            postgresql_where=text("type IN ('reaction', 'edit', 'revoke')"),
            sqlite_where=text("type IN ('reaction', 'edit', 'revoke')"),
        ),
        Index("ix_message_line", "line_id", "id"),
        Index(
            "ix_message_media",
            "media_id",
            postgresql_where=text("media_id IS NOT NULL"),
            sqlite_where=text("media_id IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    contact_id: Mapped[Id]
    line_id: Mapped[Id]
    position: Mapped[int]
    direction: Mapped[str]
    author: Mapped[str]
    author_user_id: Mapped[Id | None]
    type: Mapped[str]
    text: Mapped[LongText]
    content: Mapped[Json]
    provider_message_id: Mapped[str | None]
    reply_to: Mapped[str | None]
    status: Mapped[str]
    error: Mapped[Json]
    in_reply_to: Mapped[Json]
    turn_id: Mapped[Id | None]
    confidence: Mapped[float | None]
    media_id: Mapped[Id | None]
    cost: Mapped[float | None]
    sent_at: Mapped[Seconds | None]
    attempted_at: Mapped[Seconds | None]
    accepted_at: Mapped[Seconds | None]
    unknown_since: Mapped[Seconds | None]
    confirmed_at: Mapped[Seconds | None]
    delivered_at: Mapped[Seconds | None]
    read_at: Mapped[Seconds | None]
    created_at: Mapped[Seconds]
    raw: Mapped[Json]
    reactions: Mapped[Json]
    edited_at: Mapped[Seconds | None]
    revoked_at: Mapped[Seconds | None]
    held: Mapped[str | None]
    route: Mapped[Json]
    pricing: Mapped[Json]
    setbacks: Mapped[Json]


class Note(Base):
    """What the team writes to itself beside a conversation; never sent."""

    __tablename__ = "note"
    __table_args__ = (Index(None, "conversation_id", "created_at"),)

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    user_id: Mapped[Id | None]
    text: Mapped[LongText]
    created_at: Mapped[Seconds]


class ConversationEvent(Base):
    """The conversation's own log: hand-overs, take-overs, hand-backs, dropped replies."""

    __tablename__ = "conversation_event"
    __table_args__ = (Index(None, "conversation_id", "created_at"),)

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    name: Mapped[str]
    actor: Mapped[str]
    detail: Mapped[Json]
    after_position: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Seconds]

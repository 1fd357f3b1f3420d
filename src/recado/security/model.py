"""The team's users, their sessions and links, API tokens, and the audit log."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds


class User(Base):
    """`role`: admin · supervisor · agent. `password_hash` "" means sign-in by link only.
    `availability`: online (is given conversations) · away, since `availability_at`. `phone` is
    where SMS go (E.164); `language` and `time_zone` "" are not said."""

    __tablename__ = "app_user"

    id: Mapped[PrimaryId]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[Seconds]
    disabled_at: Mapped[Seconds | None]
    availability: Mapped[str] = mapped_column(server_default="away")
    availability_at: Mapped[Seconds | None]
    phone: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="")
    time_zone: Mapped[str] = mapped_column(server_default="")


class UserSession(Base):
    """A signed-in browser. Only hashes of its tokens are stored."""

    __tablename__ = "user_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[Id]
    csrf_token: Mapped[str]
    created_at: Mapped[Seconds]
    expires_at: Mapped[Seconds]


class SignInLink(Base):
    __tablename__ = "sign_in_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[Id]
    expires_at: Mapped[Seconds]
    used_at: Mapped[Seconds | None]


class ApiToken(Base):
    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    user_id: Mapped[Id | None]
    created_at: Mapped[Seconds]
    last_used_at: Mapped[Seconds | None]
    revoked_at: Mapped[Seconds | None]


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "at"), Index(None, "subject"))

    id: Mapped[PrimaryId]
    at: Mapped[Seconds]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[Json]


class StoredSetting(Base):
    """Settings that can change without a release (thresholds, models), over the defaults."""

    __tablename__ = "stored_setting"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Json]
    note: Mapped[LongText]
    updated_at: Mapped[Seconds]

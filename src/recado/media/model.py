"""A file that came with, or goes out with, a message."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds


class Media(Base):
    """`state`: pending · stored · failed. `blob_key` names the original in the blob store;
    `text` is what was read or heard in it, `description` what a person would say it shows.
    `reading` tells how far that is: "" (nobody reads it) · pending · done · failed; what each step
    found is in media_reading, and `analysis` is the sum of it (reading/findings.py).
    `direction` is inbound or outbound; `uploads` the provider's ids of an outbound file, by line:
    {"<line id>": {"id": …, "at": …}}. `error` is why it failed, in words for a person."""

    __tablename__ = "media"
    __table_args__ = (Index(None, "message_id"),)

    id: Mapped[PrimaryId]
    message_id: Mapped[Id | None]
    line_id: Mapped[Id]
    provider_media_id: Mapped[str | None]
    mime_type: Mapped[str]
    filename: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    blob_key: Mapped[str]
    text: Mapped[LongText]
    description: Mapped[LongText]
    analysis: Mapped[Json]
    error: Mapped[str | None]
    created_at: Mapped[Seconds]
    processed_at: Mapped[Seconds | None]
    direction: Mapped[str] = mapped_column(server_default="inbound")
    uploads: Mapped[Json]
    reading: Mapped[str] = mapped_column(server_default="")

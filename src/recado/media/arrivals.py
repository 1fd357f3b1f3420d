"""A message that comes with a file: its row, and the job that gets it.

The message does not wait for its file; the turn that answers it waits a while (turns/files.py).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from recado.conversations.model import Message
from recado.jobs import MEDIA, MediaJob, reading_job
from recado.media.checks import safe_filename
from recado.media.model import Media
from recado.media.rows import media_row
from recado.store import Tx

MEDIA_TYPES = frozenset({"image", "video", "audio", "document", "sticker"})


def expect_file(tx: Tx, message: dict[str, Any], *, trace_id: str) -> None:
    """Give a message of the MEDIA_TYPES that was just appended its file, when it tells of one.

    A file that was stored before its message (the web channel's `media_id`) is linked; any other is
    fetched by a job in a lane of its own, so that nobody waits for somebody else's video.
    """
    given = message["content"].get("media")
    if not isinstance(given, dict):
        return
    stored_id = given.get("media_id")
    media_id = _link(tx, message, stored_id) if isinstance(stored_id, str) else None
    if media_id is not None:
        mime_type = tx.scalar(select(Media.mime_type).where(Media.id == media_id)) or ""
        tx.publish(reading_job(media_id, message["type"], mime_type, trace_id=trace_id))
    else:
        row = {
            **media_row(
                message["line_id"], direction=message["direction"], message_id=message["id"]
            ),
            "provider_media_id": _text(given.get("id"), 255) or None,
            "mime_type": _text(given.get("mime_type"), 255),
            "filename": safe_filename(_text(given.get("filename"), 1000)),
        }
        tx.execute(insert(Media), row)
        media_id = str(row["id"])
        tx.publish(MEDIA.job(media_id, MediaJob(media_id), trace_id=trace_id))
    message["media_id"] = media_id
    tx.execute(update(Message).where(Message.id == message["id"]).values(media_id=media_id))


def _link(tx: Tx, message: dict[str, Any], media_id: str) -> str | None:
    """A file goes with one message, of the line that it was handed over on."""
    mine = update(Media).where(
        Media.id == media_id,
        Media.line_id == message["line_id"],
        Media.direction == "inbound",
        Media.message_id.is_(None),
    )
    linked = tx.execute(mine.values(message_id=message["id"], reading="pending")).rowcount
    return media_id if linked else None


def _text(value: Any, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""

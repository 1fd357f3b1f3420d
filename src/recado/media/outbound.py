"""The file of a message that goes out, found by the `media_id` that its content names.

A channel gets one file with a message, wherever the content names it.
"""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, select, update

from recado.channels.messages import OutboundFile, OutboundMessage
from recado.channels.port import Line
from recado.conversations.model import Message
from recado.errors import NotFound, SendFailed, SendRejected, ServiceUnavailable, StorageFailed
from recado.media.links import link_path
from recado.media.model import Media
from recado.media.named import named_files
from recado.runtime import Runtime
from recado.store import Tx, now

log = structlog.get_logger(__name__)

#: An upload is used again for this long; Meta keeps it for 30 days:
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media/
UPLOAD_LIFE_SECONDS = 25 * 86_400.0


async def attach_file(runtime: Runtime, line: Line, message: OutboundMessage) -> OutboundMessage:
    """The message with the stored file that its content names, if it names one.

    Raises SendRejected (it is not stored here, or there are several), SendFailed.
    """
    named = named_files(message.content)
    if not named:
        return message
    if len(named) > 1:
        raise SendRejected(
            "A message takes one stored file. Give the others by the provider's id or by a link."
        )
    media_id = named.pop()
    try:
        row = await runtime.store.write(lambda tx: _claim(tx, media_id, message.id))
    except ServiceUnavailable as error:
        raise SendFailed(error.detail) from error
    if row is None:
        raise SendRejected(f"The file {media_id[:64]} is not stored here. Upload it again.")
    return msgspec.structs.replace(message, file=_outbound(runtime, row, line.id))


def _claim(tx: Tx, media_id: str, message_id: str) -> Row[Any] | None:
    """The file, which its message's row now names too: who looks for the one finds the other."""
    row = tx.first(select(Media.__table__).where(Media.id == media_id, Media.state == "stored"))
    if row is not None:
        tx.execute(update(Message).where(Message.id == message_id).values(media_id=media_id))
    return row


def _outbound(runtime: Runtime, row: Row[Any], line_id: str) -> OutboundFile:
    async def read() -> bytes:
        try:
            return await runtime.blobs.get(row.blob_key)
        except NotFound as error:
            raise SendRejected("The file is gone from the store. Upload it again.") from error
        except StorageFailed as error:
            raise SendFailed(f"The file cannot be read now: {error.detail}") from error

    async def keep_provider_id(provider_id: str) -> None:
        entry = {"id": provider_id, "at": now()}
        try:
            await runtime.store.write(lambda tx: _note_upload(tx, row.id, line_id, entry))
        except ServiceUnavailable as error:  # it is uploaded again next time
            log.warning("media.upload_not_noted", media=row.id, error=str(error))

    public = runtime.settings.public_url
    path = link_path(runtime.cipher, row.id, at=now()) if public else ""
    return OutboundFile(
        media_id=row.id,
        mime_type=row.mime_type,
        filename=row.filename,
        size_bytes=row.size_bytes,
        url=public + path,
        read=read,
        provider_id=_uploaded(row.uploads, line_id),
        keep_provider_id=keep_provider_id,
    )


def _uploaded(uploads: Any, line_id: str) -> str:
    upload = (uploads or {}).get(line_id) or {}
    fresh = now() - upload.get("at", 0.0) < UPLOAD_LIFE_SECONDS
    return str(upload["id"]) if upload and fresh else ""


def _note_upload(tx: Tx, media_id: str, line_id: str, entry: dict[str, Any]) -> None:
    found = tx.first(select(Media.uploads).where(Media.id == media_id).with_for_update())
    if found is not None:
        uploads = {**(found.uploads or {}), line_id: entry}
        tx.execute(update(Media).where(Media.id == media_id).values(uploads=uploads))

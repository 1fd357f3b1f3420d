"""What a person or a program wants to say, looked at before it is queued: a mistake is told to
whoever made it, and not found in a failed message a moment later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from recado.channels.messages import ANYBODY, OutboundFile, OutboundMessage
from recado.channels.port import Channel
from recado.channels.shape import misfits, unknown_keys
from recado.conversations.model import Message
from recado.errors import SendRejected, Unprocessable
from recado.lines.model import LineRow
from recado.media.model import Media
from recado.media.named import named_files
from recado.runtime import Runtime
from recado.store import Tx

_FILES = frozenset({"media", "image", "video", "document"})
#: Where a file may come from.
_SOURCES = ("media_id", "id", "link", "url")


def check_shape(type: str, content: dict[str, Any]) -> None:
    """Raises Unprocessable: keys that nobody reads, or values of another kind than is wanted."""
    unknown = unknown_keys(type, content)
    if unknown:
        names = ", ".join(f"`{it[:100]}`" for it in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise Unprocessable(
            f"`content` has what Recado does not know: {names}{more}."
            " The guide to messages lists what each type has."
        )
    if wrong := misfits(type, content):
        raise Unprocessable(f"{'; '.join(it[:200] for it in wrong[:5])}.")
    for path, file in _files(content):
        given = [key for key in _SOURCES if file.get(key)]
        if len(given) > 1:
            names = " and ".join(f"`{path}.{key}`" for key in given)
            raise Unprocessable(f"A file comes from one place: {names} are given.")


def check_words(text: str, content: dict[str, Any]) -> None:
    """Raises Unprocessable: a caption in two places, of which one would be lost."""
    media = content.get("media")
    if text.strip() and isinstance(media, dict) and media.get("caption"):
        raise Unprocessable("The caption is given twice: leave out `text` or `media.caption`.")


def check_answered(tx: Tx, conversation_id: str, reply_to: str | None, field: str) -> None:
    """Raises Unprocessable: what a message answers is none of its conversation."""
    if not reply_to:
        return
    known = select(Message.id).where(
        Message.conversation_id == conversation_id, Message.provider_message_id == reply_to
    )
    if tx.first(known) is None:
        raise Unprocessable(f"`{field}` names no message of this conversation.")


def check_outgoing(
    tx: Tx,
    runtime: Runtime,
    line_id: str,
    *,
    type: str,
    text: str,
    content: dict[str, Any],
    reply_to: str | None,
) -> None:
    """Raises Unprocessable: the line's channel would never take this, and why."""
    message = OutboundMessage(
        id="0" * 32,
        to=ANYBODY,
        type=type,
        text=text,
        content=content,
        reply_to=reply_to,
        file=_file(tx, runtime, content),
    )
    try:
        _channel(tx, runtime, line_id).check_message(message)
    except SendRejected as error:
        raise Unprocessable(f"{error.detail.rstrip('.')}.") from error


def _files(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The files that a content names, each with where it stands."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _files(one, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, inner in value.items():
            named = f"{path}.{key}" if path else key
            if key in _FILES and isinstance(inner, dict):
                yield named, inner
            else:
                yield from _files(inner, named)


def _channel(tx: Tx, runtime: Runtime, line_id: str) -> Channel:
    line = runtime.lines.known(line_id)
    kind = line.channel if line else tx.scalar(select(LineRow.channel).where(LineRow.id == line_id))
    return runtime.channels[str(kind)]


def _file(tx: Tx, runtime: Runtime, content: dict[str, Any]) -> OutboundFile | None:
    """The stored file that the content names, by its facts. Raises Unprocessable."""
    named = named_files(content)
    if not named:
        return None
    if len(named) > 1:
        raise Unprocessable(
            "A message takes one stored file. Give the others by the provider's id or by a link."
        )
    media_id = next(iter(named))
    row = tx.first(select(Media.__table__).where(Media.id == media_id, Media.state == "stored"))
    if row is None:
        raise Unprocessable(f"The file {media_id[:64]} is not stored here. Upload it again.")

    async def read() -> bytes:
        raise SendRejected("The file is only looked at.")

    url = f"{runtime.settings.public_url}/" if runtime.settings.public_url else ""
    return OutboundFile(media_id, row.mime_type, row.filename, row.size_bytes, url, read)

"""The files of knowledge that an answer carries: which may go on a line, and as which messages.

Only what the business has marked goes (assistant/knowledge/sending.py), only of the sources that
the character answers from, and only where the line's channel takes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from recado.assistant.knowledge.sending import SendableFiles
from recado.assistant.port import Answer, Persona, SendableFile
from recado.channels.messages import ANYBODY, OutboundFile, OutboundMessage
from recado.channels.port import Channel
from recado.conversations.messages import Part
from recado.errors import SendRejected
from recado.media.convert.fitted import StoredFile, fitted
from recado.runtime import Runtime

#: Types that take words beside the file.
_CAPTIONED = frozenset({"image", "video", "document"})


async def offered_files(runtime: Runtime, line_id: str, persona: Persona) -> SendableFiles:
    """Those that an answer on the line may carry."""
    files = await runtime.knowledge.sendable(persona.sources)
    channel = _channel_of(runtime, line_id) if files else None
    if channel is None:
        return ()
    return tuple(it for it in files if _takes(runtime, channel, it))


async def with_files(
    runtime: Runtime, line_id: str, answer: Answer, parts: Sequence[Part]
) -> tuple[Part, ...]:
    """The answer's messages with its files after them; an answer in one short text is the caption
    of the first. What has changed since the files were offered is the sender's to find out.

    Raises StorageFailed, ServiceUnavailable: a file cannot be converted now."""
    channel = _channel_of(runtime, line_id)
    if channel is None:
        return tuple(parts)
    carried = [await _part(runtime, channel, it) for it in answer.files]
    first = carried[0]
    if len(parts) == 1 and _may_caption(parts[0], first, channel):
        return (first._replace(text=parts[0].text), *carried[1:])
    return (*parts, *carried)


async def _part(runtime: Runtime, channel: Channel, file: SendableFile) -> Part:
    form = await fitted(runtime, channel, _stored(file))
    kind = channel.type_of_file(form.mime_type, form.size_bytes)
    return Part(file.title if kind in _CAPTIONED else "", kind, form.content())


def _may_caption(said: Part, first: Part, channel: Channel) -> bool:
    units = len(said.text.encode("utf-16-le")) // 2
    return said.type == "text" and first.type in _CAPTIONED and units <= channel.caption_limit


def _takes(runtime: Runtime, channel: Channel, file: SendableFile) -> bool:
    """Whether the channel would take it at all; a converted form is one that it shows."""
    form = _stored(file)
    message = OutboundMessage(
        id="0" * 32,
        to=ANYBODY,
        type=channel.type_of_file(file.mime_type, file.size_bytes),
        content=form.content(),
        file=_unread(runtime, form),
    )
    try:
        channel.check_message(message)
    except SendRejected:
        return False
    return True


def _unread(runtime: Runtime, form: StoredFile) -> OutboundFile:
    async def read() -> bytes:
        raise SendRejected("The file is only looked at.")

    url = f"{runtime.settings.public_url}/" if runtime.settings.public_url else ""
    return OutboundFile(form.media_id, form.mime_type, form.filename, form.size_bytes, url, read)


def _stored(file: SendableFile) -> StoredFile:
    return StoredFile(file.media_id, file.mime_type, file.filename, file.size_bytes, file.sha256)


def _channel_of(runtime: Runtime, line_id: str) -> Channel | None:
    line = runtime.lines.known(line_id)
    return runtime.channels[line.channel] if line else None

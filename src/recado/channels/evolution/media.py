"""A received file: WhatsApp keeps it encrypted, and Evolution decrypts it on demand.

Source: doc.evolution-api.com/v2/api-reference/chat-controller/get-base64
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from recado.channels.evolution.answers import failure_of
from recado.channels.evolution.client import EvolutionApi
from recado.channels.evolution.lenient import Json, first_text, number, obj, text
from recado.channels.port import Line, MediaSource
from recado.channels.sizes import MAX_BYTES, too_big
from recado.channels.verdicts import only_asked
from recado.errors import SendError, SendRejected, SendUnknown

#: As much as Recado keeps of a file (channels/sizes.py): more is not worth asking for.
LARGEST_BYTES = MAX_BYTES
#: Base64 is a third longer; some room for what stands around it.
_LONGEST_ANSWER = LARGEST_BYTES // 3 * 4 + 64 * 1024


async def fetch(api: EvolutionApi, line: Line, media: Mapping[str, Any], raw: Any) -> MediaSource:
    """The file of a message: from the webhook where it came along, else from Evolution.

    Raises SendRejected (gone, or too large), SendFailed, SendThrottled.
    """
    item, mime_type, filename = obj(raw), text(media.get("mime_type")), text(media.get("filename"))
    message = obj(item.get("message"))
    inline = message.get("base64")
    if isinstance(inline, str) and inline:
        return MediaSource(data=_decoded(inline), mime_type=mime_type, filename=filename)
    if (number(media.get("size_bytes")) or 0) > LARGEST_BYTES:
        raise too_big(LARGEST_BYTES)
    found = await _ask(api, line, item)
    return MediaSource(
        data=_decoded(text(found.get("base64"), _LONGEST_ANSWER)),
        mime_type=first_text(mime_type, found.get("mimetype")),
        filename=first_text(filename, found.get("fileName")),
    )


async def _ask(api: EvolutionApi, line: Line, item: Json) -> Json:
    key = obj(item.get("key"))
    if not key.get("id"):
        raise SendRejected("The stored message has no key, so its file cannot be asked for")
    # The whole message: Evolution may run without a database of messages.
    wanted = {name: item[name] for name in ("key", "message", "messageType") if item.get(name)}
    answer = await api.ask_file(
        line,
        "/chat/getBase64FromMediaMessage/{instance}",
        {"message": wanted, "convertToMp4": False},
        most_bytes=_LONGEST_ANSWER,
    )
    if not answer.ok:
        failure: SendError = failure_of(answer)
        if isinstance(failure, SendUnknown) and answer.status == 400:
            # WhatsApp keeps files for some weeks; Evolution's exception is all that says so.
            failure = SendRejected(failure.detail, code=failure.code)
        raise only_asked(failure)
    return obj(answer.json())


def _decoded(written: str) -> bytes:
    payload = written.partition(",")[2] if written.startswith("data:") else written
    try:
        data = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SendRejected(f"The file that Evolution gave is not base64: {error}") from error
    if not data:
        raise SendRejected("Evolution gave an empty file")
    if len(data) > LARGEST_BYTES:
        raise too_big(LARGEST_BYTES)
    return data

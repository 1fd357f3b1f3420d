"""Files at Meta: where a received one is, and uploading one that goes out.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/
business-phone-numbers/media
A media id of a webhook lives for 7 days, the link that it gives for 5 minutes, an uploaded file
for 30 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import msgspec

from recado.channels.messages import OutboundFile, OutboundMessage
from recado.channels.mime import bare
from recado.channels.port import Line, MediaSource
from recado.channels.whatsapp.client import GraphApi, authorization
from recado.errors import FileRefused, SendFailed, SendRejected

#: Where Meta's links lead.
HOSTS = ("lookaside.fbsbx.com",)
UPLOAD_SECONDS = 300.0
#: Where a file's name belongs to what is sent.
_FILENAMED = {"media", "document"}


class _File(msgspec.Struct):
    url: str
    mime_type: str = ""
    sha256: str = ""
    file_size: int | str = 0


class _Uploaded(msgspec.Struct):
    id: str


async def find_source(
    api: GraphApi, line: Line, media: Mapping[str, Any], api_url: str
) -> MediaSource:
    """Ask for the link of a received file. Raises as the port's `media_source` does."""
    media_id = str(media.get("id") or "")
    if not media_id.isascii() or not media_id.replace("-", "").replace("_", "").isalnum():
        raise FileRefused("The message names no file that Meta would have.")
    path = f"/{quote(media_id, safe='')}?phone_number_id={quote(line.address, safe='')}"
    body = await api.get(line, path)
    try:
        found = msgspec.json.decode(body, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SendRejected("Meta's answer has no link to the file.") from error
    return MediaSource(
        url=found.url,
        headers=authorization(line),
        # Where the settings have moved the API, its files may have moved with it.
        hosts=(*HOSTS, urlsplit(api_url).hostname or ""),
        mime_type=found.mime_type,
        sha256=str(media.get("sha256") or "") or found.sha256,
    )


async def with_upload(
    api: GraphApi, line: Line, message: OutboundMessage, file: OutboundFile
) -> OutboundMessage:
    """The message with Meta's id wherever its content names its stored `file`.

    Nothing was sent to anyone when this fails. Raises SendRejected, SendThrottled, SendFailed.
    """
    media_id = file.provider_id or await _upload(api, line, file)
    content = _named(message.content, file, media_id)
    return msgspec.structs.replace(message, content=content, file=None)


def _named(value: Any, file: OutboundFile, provider_id: str, under: str = "") -> Any:
    if isinstance(value, list):
        return [_named(item, file, provider_id) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("media_id") != file.media_id:
        return {key: _named(item, file, provider_id, key) for key, item in value.items()}
    rest = {key: item for key, item in value.items() if key not in {"media_id", "link", "url"}}
    # A template's components go as they are, and Meta refuses keys that it does not expect there.
    named = {"filename": file.filename} if file.filename and under in _FILENAMED else {}
    return {**named, **rest, "id": provider_id}


async def _upload(api: GraphApi, line: Line, file: OutboundFile) -> str:
    form = aiohttp.FormData()
    form.add_field("messaging_product", "whatsapp")
    mime_type = bare(file.mime_type)
    form.add_field("type", mime_type)
    form.add_field(
        "file",
        await file.read(),
        filename=file.filename or file.media_id,
        content_type=mime_type,
    )
    body = await api.upload(line, form, seconds=UPLOAD_SECONDS)
    try:
        provider_id = msgspec.json.decode(body, type=_Uploaded).id
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SendFailed("Meta took the file and gave no id for it.") from error
    if file.keep_provider_id is not None:
        await file.keep_provider_id(provider_id)
    return provider_id

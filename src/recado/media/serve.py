"""A stored file as an HTTP response, to somebody who may have it.

It is served as what its content was found to be, and never sniffed again. Only what a browser draws
or plays without running anything is shown in place; HTML, SVG and the rest are downloads. Whatever
it is, it runs nothing and loads nothing, even when it is opened by itself.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row, select
from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse

from recado.channels.mime import bare
from recado.errors import Conflict, NotFound
from recado.http.edge import read_natural
from recado.media.checks import download_name
from recado.media.model import Media
from recado.media.storage.port import Blobs
from recado.runtime import Runtime
from recado.store import Tx

CHUNK_BYTES = 256 * 1024
#: Shown in place; every other type is a download.
INLINE = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heif", "image/bmp",
     "audio/mpeg", "audio/ogg", "audio/mp4", "audio/aac", "audio/amr", "audio/wav", "audio/webm",
     "video/mp4", "video/3gpp", "video/webm", "video/ogg", "application/pdf", "text/plain"}
)  # fmt: skip
#: https://www.w3.org/TR/CSP3/#directive-sandbox: an own origin, no script, no form.
POLICY = "default-src 'none'; sandbox"
#: Browsers show no PDF in a sandbox; their viewers run nothing of it.
PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
#: Browsers play what cameras of phones make under this name only.
_PLAYED_AS = {"video/quicktime": "video/mp4"}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def find_file(tx: Tx, media_id: str) -> Row[Any]:
    """A stored file's row. Raises NotFound; Conflict when the file is not here (yet)."""
    row = tx.first(select(Media.__table__).where(Media.id == media_id))
    if row is None:
        raise NotFound("There is no such file.")
    if row.state == "pending":
        raise Conflict("The file is still being fetched. Try again in a moment.")
    if row.state != "stored":
        raise NotFound(f"The file could not be kept: {row.error or 'no reason is known'}")
    return row


async def serve_file(
    runtime: Runtime, media_id: str, headers: Headers, *, download: bool = False
) -> Response:
    """The file, or the part that the header Range asks for (RFC 9110, 14): players ask for parts,
    and Safari plays nothing without. Raises NotFound, Conflict, ServiceUnavailable."""
    row = await runtime.store.read(lambda tx: find_file(tx, media_id))
    etag = f'"{row.sha256}"'
    fixed = _headers(row, download=download) | {"etag": etag}
    if etag in headers.get("if-none-match", ""):
        return Response(status_code=304, headers=fixed)
    size = row.size_bytes
    wanted = headers.get("range", "")
    if wanted and headers.get("if-range", etag) == etag and (asked := _RANGE.fullmatch(wanted)):
        part = _part(asked[1], asked[2], size)
        if part is None:
            return Response(status_code=416, headers=fixed | {"content-range": f"bytes */{size}"})
        start, end = part
        fixed |= {
            "content-range": f"bytes {start}-{end}/{size}",
            "content-length": str(end - start + 1),
        }
        body = _read(runtime.blobs, row.blob_key, start, end + 1)
        return StreamingResponse(body, 206, headers=fixed)
    fixed |= {"content-length": str(size)}
    first = await runtime.blobs.get_part(row.blob_key, 0, CHUNK_BYTES)  # a 404 before the 200
    body = _read(runtime.blobs, row.blob_key, len(first), size, first)
    return StreamingResponse(body, headers=fixed)


def _part(first: str, last: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that are asked for; None when the file has none of them."""
    begins, ends = read_natural(first), read_natural(last)
    if begins is not None:
        start, end = begins, size - 1 if ends is None else min(ends, size - 1)
    elif ends is not None:
        start, end = max(0, size - ends), size - 1
    else:
        return None
    return (start, end) if start <= end and start < size else None


def _headers(row: Row[Any], *, download: bool) -> dict[str, str]:
    mime_type = bare(row.mime_type)
    mime_type = _PLAYED_AS.get(mime_type, mime_type)
    inline = mime_type in INLINE and not download
    how = "inline" if inline else "attachment"
    name = download_name(row.filename, row.id, row.mime_type)
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    charset = "; charset=utf-8" if mime_type.startswith("text/") else ""
    is_pdf = inline and mime_type == "application/pdf"
    return {
        "content-type": mime_type + charset,
        # RFC 6266: the plain name for those who do not read the other.
        "content-disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "content-security-policy": PDF_POLICY if is_pdf else POLICY,
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        # Nobody between us and this browser may keep it, and it never changes.
        "cache-control": "private, max-age=3600, immutable",
        "last-modified": formatdate(row.created_at, usegmt=True),
    }


async def _read(
    blobs: Blobs, key: str, start: int, end: int, first: bytes = b""
) -> AsyncIterator[bytes]:
    if first:
        yield first
    while start < end:
        chunk = await blobs.get_part(key, start, min(CHUNK_BYTES, end - start))
        if not chunk:
            return
        start += len(chunk)
        yield chunk

"""Thumbnails for the desk: made when they are first asked for, and kept beside their file."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import structlog
from sqlalchemy import Row, exists, select
from starlette.datastructures import Headers
from starlette.responses import Response

from recado.channels.mime import bare
from recado.errors import FileRefused, NotFound
from recado.media.convert.apart import What
from recado.media.model import Media
from recado.media.serve import POLICY, find_file, serve_file
from recado.media.storage.port import derived_key
from recado.runtime import Runtime
from recado.store import Tx

log = structlog.get_logger(__name__)

THUMB = "thumb"
#: Larger ones are not read into the memory for a thumbnail.
MOST_BYTES = 32 * 1024 * 1024
#: A file of which none can be made has this in its place, so that it is tried once.
_NONE = b""


def maker_of(mime_type: str) -> What | None:
    """What makes a thumbnail of such a file here; None: nothing does."""
    kind = bare(mime_type)
    if kind == "application/pdf":
        return "page" if find_spec("pypdfium2") else None
    if kind == "image/heif":
        return "thumb" if find_spec("pi_heif") else None
    if kind.startswith("image/") and kind != "image/svg+xml":
        return "thumb"
    return "frame" if kind.startswith("video/") and find_spec("av") else None


async def serve_thumbnail(runtime: Runtime, media_id: str, headers: Headers) -> Response:
    """A small WebP. Where none can be made, a picture is given itself, for the browser may know
    more of it, and of anything else nothing. Raises NotFound, Conflict, StorageFailed."""
    row = await runtime.store.read(lambda tx: find_file(tx, media_id))
    fixed = {
        "etag": f'"{row.sha256}-{THUMB}"',
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "cache-control": "private, max-age=3600, immutable",
    }
    if fixed["etag"] in headers.get("if-none-match", ""):
        return Response(status_code=304, headers=fixed)
    data = await _thumbnail(runtime, row)
    if not data:
        if row.mime_type.startswith("image/"):
            return await serve_file(runtime, media_id, headers)
        return Response(status_code=204, headers=fixed)
    return Response(data, media_type="image/webp", headers=fixed)


async def _thumbnail(runtime: Runtime, row: Row[Any]) -> bytes:
    key = derived_key(row.id, THUMB)
    try:
        return await runtime.blobs.get(key)
    except NotFound:
        what = maker_of(row.mime_type)
        if what is None or row.size_bytes > MOST_BYTES:
            return _NONE
    try:
        data = await runtime.converter.make(what, await runtime.blobs.get(row.blob_key))
    except FileRefused as error:
        log.info("media.no_thumbnail", media=row.id, type=row.mime_type, reason=error.detail)
        data = _NONE
    await runtime.blobs.put(key, data)
    if not await runtime.store.read(lambda tx: _is_there(tx, row.id)):
        await runtime.blobs.delete(key)  # erased while it was drawn
        return _NONE
    return data


def _is_there(tx: Tx, media_id: str) -> bool:
    return bool(tx.scalar(select(exists().where(Media.id == media_id))))

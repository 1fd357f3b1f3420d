"""The admin API of files: upload one to send it, and read those that came."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, File, Form, Request, UploadFile
from sqlalchemy import select
from starlette.responses import Response

from recado.conversations.views import view_of
from recado.errors import NotFound
from recado.http.answers import PROBLEMS, answers, json_response
from recado.http.fields import IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.media.model import Media
from recado.media.serve import serve_file
from recado.media.uploads import keep_upload
from recado.security.audit import record
from recado.store import Tx

router = APIRouter(prefix="/media", tags=["media"])


class FileView(msgspec.Struct, frozen=True):
    """A file. `state` is pending (it is being fetched), stored, or failed: `error` then says why.

    `mime_type` is what its content was found to be. `sha256` is hexadecimal.
    """

    id: str
    message_id: str | None
    direction: str
    mime_type: str
    filename: str
    size_bytes: int
    sha256: str
    state: str
    error: str | None
    created_at: float
    processed_at: float | None


_FIELDS = FileView.__struct_fields__
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {
        "description": "The part of it that the header Range asks for",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "It is the one that If-None-Match names"},
    404: PROBLEMS[404],
    409: PROBLEMS[409],
}


@router.post(
    "",
    status_code=201,
    summary="Upload a file",
    responses=answers(FileView, 413, 422, status=201),
)
async def upload_media(
    runtime: RuntimeDep,
    caller: CallerDep,
    file: Annotated[UploadFile, File(description="Up to 100 MB; checked by its content")],
    line_id: Annotated[
        Text, Form(max_length=64, description="The line that it is for; empty: any")
    ] = "",
) -> Response:
    """To send it, name its `id` in a message: `{"media": {"media_id": "…"}}`."""
    if line_id:
        await runtime.lines.get(line_id)
    kept = await keep_upload(
        runtime,
        await file.read(),
        filename=(file.filename or "").replace("\x00", ""),
        line_id=line_id,
        direction="outbound",
        declared=file.content_type or "",
    )
    detail = {"filename": kept.filename, "mime_type": kept.mime_type}
    await runtime.store.write(lambda tx: record(tx, caller.actor, "media.add", kept.id, detail))
    return json_response(await runtime.store.read(lambda tx: _view(tx, kept.id)), 201)


@router.get("/{media_id}", summary="Get a file's details", responses=answers(FileView, 404))
async def get_media(media_id: IdPath, runtime: RuntimeDep) -> Response:
    """What it is, and whether it is here."""
    return json_response(await runtime.store.read(lambda tx: _view(tx, media_id)))


@router.get("/{media_id}/content", summary="Download a file", responses=_CONTENT)
async def get_media_content(media_id: IdPath, runtime: RuntimeDep, request: Request) -> Response:
    """The bytes, also in parts (Range)."""
    return await serve_file(runtime, media_id, request.headers)


def _view(tx: Tx, media_id: str) -> FileView:
    columns = [Media.__table__.c[name] for name in _FIELDS]
    row = tx.first(select(*columns).where(Media.id == media_id))
    if row is None:
        raise NotFound("There is no such file.")
    return view_of(FileView, row)

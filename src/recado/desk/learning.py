"""A file of a conversation becomes knowledge."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from sqlalchemy import Row, select
from starlette.responses import Response

from recado.assistant.knowledge.base import FileToKeep
from recado.assistant.knowledge.folders import Learnt
from recado.conversations.model import Message
from recado.desk.knowledge import held_in
from recado.desk.sources import users_of
from recado.desk.visit import Visit
from recado.documents.extract import KINDS
from recado.errors import Forbidden, NotFound
from recado.media.checks import download_name
from recado.media.serve import find_file
from recado.security.audit import record
from recado.store import Tx


async def learn(visit: Visit) -> Response:
    """`POST /messages/{id}/file/learn`: a row that tells what became of it, as for a file that is
    dropped on the page of knowledge."""
    message_id = visit.request.path_params["id"]
    row = await visit.runtime.store.read(lambda tx: _file_of(tx, message_id))
    if not may_learn(visit):
        raise Forbidden("Your role does not include this. Ask an admin of your team.")
    learnt = await _learn(visit, row)
    if learnt.source:
        actor, detail = visit.user.actor, {"message": message_id}
        await visit.runtime.store.write(
            lambda tx: record(tx, actor, "knowledge.added", learnt.name[:200], detail)
        )
    users = await users_of(visit, learnt.source) if learnt.source else {}
    return visit.render("parts/learnt_here.html", learnt=learnt, held=held_in(visit), **users)


def may_learn(visit: Visit) -> bool:
    """Who changes knowledge, and agents where the business lets them (RECADO_AGENTS_TEACH)."""
    if visit.may("knowledge.change"):
        return True
    return visit.runtime.settings.agents_teach and visit.may("knowledge.learn")


async def _learn(visit: Visit, row: Row[Any]) -> Learnt:
    """The document itself, or the words that were read in a photo or heard in a recording."""
    runtime, name = visit.runtime, download_name(row.filename, row.id, row.mime_type)
    path = PurePath(name)
    # What a customer calls it must not take the place of the business's file of that name; the
    # same file learnt again is the same source.
    marked = f"{path.stem} ({row.sha256[:6]})"
    data = await runtime.blobs.get(row.blob_key)
    kept = FileToKeep(data, name)
    if path.suffix.lower() in KINDS:
        return await runtime.knowledge.try_adding(f"{marked}{path.suffix}", data, file=kept)
    if not row.text.strip():
        return Learnt(
            name, problem=visit.say("Nothing was read in this file that could be learnt.")
        )
    return await runtime.knowledge.try_adding(f"{marked}.md", row.text.encode(), file=kept)


def _file_of(tx: Tx, message_id: str) -> Row[Any]:
    media_id = tx.scalar(select(Message.media_id).where(Message.id == message_id))
    if media_id is None:
        raise NotFound("This message has no file.")
    return find_file(tx, media_id)

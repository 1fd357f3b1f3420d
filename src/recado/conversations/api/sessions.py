"""The admin API's sessions of a conversation."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from recado.conversations import queries, sessions
from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Cursor, IdPath, Limit
from recado.http.keys import RuntimeDep
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(tags=["conversations"])


@router.get(
    "/conversations/{conversation_id}/sessions",
    summary="List a conversation's sessions",
    responses=answers(sessions.SessionView, 400, 404, paged=True),
)
async def list_sessions(
    conversation_id: IdPath, runtime: RuntimeDep, limit: Limit = LIMIT, cursor: Cursor = None
) -> Response:
    """What was said without a pause of half an hour, the newest first: when, how much, by whom it
    was answered and how soon, about what, and in which mood."""

    def work(tx: Tx) -> Page[sessions.SessionView]:
        queries.get_conversation(tx, conversation_id)  # 404 where there is none
        return sessions.list_sessions(tx, conversation_id, limit=limit, cursor=cursor)

    return json_response(await runtime.store.read(work))

"""The admin API's summary of a conversation: as it is, and extended."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from recado.assistant.writing.summaries import extend_summary
from recado.conversations import queries
from recado.conversations.summaries.keeping import SummaryView, read_summary
from recado.errors import BadRequest, NotFound
from recado.http.answers import answers, json_response
from recado.http.fields import IdPath
from recado.http.keys import RuntimeDep
from recado.store import Tx

router = APIRouter(tags=["conversations"])


@router.get(
    "/conversations/{conversation_id}/summary",
    summary="Get a conversation's summary",
    responses=answers(SummaryView, 404),
)
async def get_summary(conversation_id: IdPath, runtime: RuntimeDep) -> Response:
    """What it is about, up to the message at `covers_to`; 404 where it is too short to have one."""

    def work(tx: Tx) -> SummaryView:
        queries.get_conversation(tx, conversation_id)  # 404 where there is none
        summary = read_summary(tx, conversation_id)
        if summary is None:
            raise NotFound(f"Conversation {conversation_id!r} has no summary yet. POST makes one.")
        return summary

    return json_response(await runtime.store.read(work))


@router.post(
    "/conversations/{conversation_id}/summary",
    summary="Extend a conversation's summary",
    responses=answers(SummaryView, 400, 404),
)
async def extend_conversation_summary(conversation_id: IdPath, runtime: RuntimeDep) -> Response:
    """To the last message: by a model where one can write, else from the words themselves."""
    await runtime.store.read(lambda tx: queries.get_conversation(tx, conversation_id))
    summary = await extend_summary(runtime, conversation_id)
    if summary is None:
        raise BadRequest("Nothing was said yet that could be summarised.")
    return json_response(summary)

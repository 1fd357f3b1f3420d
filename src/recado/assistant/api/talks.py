"""The admin API of structured talks: what was filled, and how far each is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from recado.assistant.intents.talks import TalkView
from recado.assistant.intents.talks import list_talks as read_talks
from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Cursor, Limit, Text
from recado.http.keys import RuntimeDep

router = APIRouter(prefix="/talks", tags=["assistant"])


@router.get("", summary="List structured talks", responses=answers(TalkView, 400, paged=True))
async def list_talks(
    runtime: RuntimeDep,
    conversation: Annotated[Text, Query(description="Of this conversation")] = "",
    intent: Annotated[Text, Query(description="Of the intent of this name")] = "",
    state: Annotated[Text, Query(description="completed, left, handed_over, …")] = "",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The newest first. One that waited for a silent contact is `expired`, one that a person has
    taken `ended`; by these two it cannot be looked for."""
    page = await runtime.store.read(
        lambda tx: read_talks(
            tx, conversation_id=conversation, intent=intent, state=state, limit=limit, cursor=cursor
        )
    )
    return json_response(page)

"""The admin API of hand-overs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from recado.conversations.queries import list_escalations
from recado.conversations.views import EscalationView
from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Cursor, Limit, Text
from recado.http.keys import RuntimeDep

router = APIRouter(prefix="/escalations", tags=["escalations"])


@router.get(
    "",
    summary="List the hand-overs to the team",
    responses=answers(EscalationView, 400, 422, paged=True),
)
async def list_handovers(
    runtime: RuntimeDep,
    state: Annotated[
        Literal["open", "taken", "closed"] | None,
        Query(description="open: nobody has it yet"),
    ] = None,
    conversation: Annotated[Text | None, Query(description="Those of one conversation")] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Newest first. `due_at` is when a person was promised."""
    page = await runtime.store.read(
        lambda tx: list_escalations(
            tx, state=state, conversation_id=conversation, limit=limit, cursor=cursor
        )
    )
    return json_response(page)

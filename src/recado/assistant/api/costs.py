"""The admin API of what models were asked, and of what it cost."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from recado.assistant.models.costs import (
    MOST_DAYS,
    CostView,
    ModelCallView,
    list_model_calls,
    read_costs,
)
from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Cursor, Limit, Text
from recado.http.keys import RuntimeDep
from recado.store.paging import Page

router = APIRouter(tags=["assistant"])


@router.get(
    "/model-calls",
    summary="List the calls of models",
    responses=answers(ModelCallView, 400, paged=True),
)
async def list_calls_of_models(
    runtime: RuntimeDep,
    conversation: Annotated[Text, Query(description="Of this conversation")] = "",
    turn: Annotated[Text, Query(description="Of this turn")] = "",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Requests to providers' models, answered or not, the newest first: tokens, cost, time, and why
    that model. The embedded model makes none."""
    page = await runtime.store.read(
        lambda tx: list_model_calls(
            tx, conversation_id=conversation, turn_id=turn, limit=limit, cursor=cursor
        )
    )
    return json_response(page)


@router.get("/costs", summary="What models have cost", responses=answers(CostView, 422, paged=True))
async def list_costs(
    runtime: RuntimeDep, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30
) -> Response:
    """By day, line, character and model, today first."""
    found = await runtime.store.read(lambda tx: read_costs(tx, days))
    return json_response(Page(found, None))

"""The admin API of ratings: what people gave, and what they gave on average."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Cursor, Limit, Text
from recado.http.keys import RuntimeDep
from recado.http.times import from_iso
from recado.satisfaction import views
from recado.satisfaction.model import Rating
from recado.satisfaction.views import RatingAverage, RatingView
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(prefix="/ratings", tags=["ratings"])

Moment = Annotated[
    Text | None, Query(description="Of the question, ISO 8601", examples=["2026-11-01T00:00:00Z"])
]
Id = Annotated[Text, Query(description="Of this one only")]


@router.get("", summary="List the ratings", responses=answers(RatingView, 400, 422, paged=True))
async def list_ratings(
    runtime: RuntimeDep,
    conversation: Id = "",
    line: Id = "",
    department: Id = "",
    person: Annotated[Text, Query(description="Of matters that this user held")] = "",
    score: Annotated[int | None, Query(ge=1, le=5)] = None,
    answered: Annotated[bool | None, Query(description="false: asked, without an answer")] = None,
    since: Moment = None,
    until: Moment = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The newest first."""
    equal = (
        (Rating.conversation_id, conversation),
        (Rating.line_id, line),
        (Rating.department, department),
        (Rating.user_id, person),
    )
    start, end = _moment(since), _moment(until)

    def work(tx: Tx) -> Page[RatingView]:
        return views.list_ratings(
            tx,
            equal=equal,
            score=score,
            answered=answered,
            since=start,
            until=end,
            limit=limit,
            cursor=cursor,
        )

    return json_response(await runtime.store.read(work))


@router.get(
    "/averages",
    summary="Average the ratings",
    responses=answers(RatingAverage, 400, 422, paged=True),
)
async def average_ratings(
    runtime: RuntimeDep,
    by: Annotated[views.By, Query(description="What is counted together")] = "department",
    since: Moment = None,
    until: Moment = None,
) -> Response:
    """How many were asked, how many answered, and with what; weeks begin on Mondays
    (UTC). On one page."""
    start, end = _moment(since), _moment(until)
    found = await runtime.store.read(lambda tx: views.averages(tx, by, since=start, until=end))
    return json_response(Page(found, None))


def _moment(given: str | None) -> float | None:
    return None if given is None else from_iso(given)

"""Ratings as they are shown and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, func, literal_column, select

from recado.satisfaction.model import Rating
from recado.store import Tx
from recado.store.paging import Page, newest_page

#: What is counted together.
By = Literal["department", "person", "week", "line", "character"]
_WEEK = 604_800
#: The first of January 1970 was a Thursday: weeks begin on Mondays.
_TO_MONDAY = 259_200
_SHOWN_BESIDE = 10
#: No parameter: PostgreSQL would take two of them for two keys.
_NONE: Any = literal_column("''")
_ASKED = Rating.state != "planned"


class RatingView(msgspec.Struct, frozen=True, kw_only=True):
    """`score` is 1 to 5, null: not answered yet. `user_id` is the person who held the matter, null:
    the assistant. `state`: asked, commenting (the score is there, a comment is awaited), done,
    lapsed (the contact went on to something else)."""

    id: str
    conversation_id: str
    escalation_id: str | None
    message_id: str | None
    line_id: str
    channel: str
    department: str
    user_id: str | None
    character_id: str | None
    state: str
    score: int | None
    comment: str
    asked_at: float | None
    answered_at: float | None


class RatingAverage(msgspec.Struct, frozen=True):
    """`key` is what is counted together ("": none); of a week, its Monday (UTC). `asked` were
    asked, `answered` gave a score; `average` of those, null: none did. `scores` are how many gave
    1, 2, 3, 4 and 5."""

    key: str
    asked: int
    answered: int
    average: float | None
    scores: tuple[int, int, int, int, int]


def list_ratings(
    tx: Tx,
    *,
    equal: Sequence[tuple[Any, str]] = (),
    score: int | None = None,
    answered: bool | None = None,
    since: float | None = None,
    until: float | None = None,
    limit: int,
    cursor: str | None,
) -> Page[RatingView]:
    """The newest first. `since` and `until` are of the question, in Unix seconds."""
    found = select(*(Rating.__table__.c[name] for name in RatingView.__struct_fields__))
    found = found.where(_ASKED, *_asked_between(since, until))
    if score is not None:
        found = found.where(Rating.score == score)
    if answered is not None:
        is_answered = Rating.score.is_not(None) if answered else Rating.score.is_(None)
        found = found.where(is_answered)
    named = tuple(value for _, value in equal)
    return newest_page(
        tx,
        found,
        Rating.id,
        ("ratings", *named, str(score), str(answered), str(since), str(until)),
        equal=equal,
        limit=limit,
        cursor=cursor,
        view=_view,
    )


def ratings_of(tx: Tx, conversation_id: str) -> list[RatingView]:
    """The last ones of a conversation that have a score, the newest first."""
    mine = [(Rating.conversation_id, conversation_id)]
    page = list_ratings(tx, equal=mine, answered=True, limit=_SHOWN_BESIDE, cursor=None)
    return list(page.items)


def averages(
    tx: Tx, by: By, *, since: float | None = None, until: float | None = None
) -> list[RatingAverage]:
    """By the key; of weeks, the newest first."""
    key = _keys()[by]
    counts = [func.count().filter(Rating.score == score) for score in range(1, 6)]
    rows = tx.all(
        select(key.label("key"), func.count(), *counts)
        .where(_ASKED, *_asked_between(since, until))
        .group_by(key)
        .order_by(key.desc() if by == "week" else key)
    )
    return [_average(by, row) for row in rows]


def _keys() -> dict[By, Any]:
    return {
        "department": Rating.department,
        "person": func.coalesce(Rating.user_id, _NONE),
        "line": Rating.line_id,
        "character": func.coalesce(Rating.character_id, _NONE),
        "week": literal_column(f"(CAST(rating.asked_at AS BIGINT) + {_TO_MONDAY}) / {_WEEK}"),
    }


def _average(by: By, row: Row[Any]) -> RatingAverage:
    key, asked, *scores = tuple(row)
    answered = sum(scores)
    total = sum(score * count for score, count in enumerate(scores, 1))
    return RatingAverage(
        key=_monday(int(key)) if by == "week" else str(key),
        asked=asked,
        answered=answered,
        average=round(total / answered, 3) if answered else None,
        scores=(scores[0], scores[1], scores[2], scores[3], scores[4]),
    )


def _monday(week: int) -> str:
    return datetime.fromtimestamp(week * _WEEK - _TO_MONDAY, UTC).date().isoformat()


def _asked_between(since: float | None, until: float | None) -> list[Any]:
    found = []
    if since is not None:
        found.append(Rating.asked_at >= since)
    if until is not None:
        found.append(Rating.asked_at < until)
    return found


def _view(row: Row[Any]) -> RatingView:
    return RatingView(**row._mapping)

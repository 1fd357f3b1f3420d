"""Ratings over the API: listed with filters, averaged."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from recado.runtime import Runtime
from recado.satisfaction.model import Rating
from recado.store import new_id

MONDAY = 1_795_996_800.0  # 2026-11-30 00:00 UTC


async def rated(runtime: Runtime, **values: Any) -> None:
    row: dict[str, Any] = dict.fromkeys(Rating.__table__.c.keys())
    row |= {"id": new_id(), "conversation_id": "c", "line_id": "l", "channel": "web"}
    row |= {"department": "", "state": "done", "ownership": 1, "covers_to": 1, "comment": ""}
    row |= {"due_at": 0.0, "created_at": 0.0, "asked_at": MONDAY, **values}
    await runtime.store.write(lambda tx: tx.execute(insert(Rating), row))


async def test_ratings_are_listed_by_what_is_asked_for(
    api: httpx.AsyncClient, runtime: Runtime
) -> None:
    await rated(runtime, score=5, department="sales", user_id="ana")
    await rated(runtime, score=2, department="support", comment="tarde")
    await rated(runtime, state="asked")
    await rated(runtime, state="planned", asked_at=None)

    async def scores(**asked: Any) -> list[int | None]:
        response = await api.get("/api/v1/ratings", params=asked)
        assert response.status_code == 200, response.text
        return [it["score"] for it in response.json()["items"]]

    assert await scores() == [None, 2, 5]
    assert await scores(department="sales") == [5]
    assert await scores(person="ana") == [5]
    assert await scores(score=2) == [2]
    assert await scores(answered="false") == [None]
    assert await scores(since="2026-12-01T00:00:00Z") == []
    assert (await api.get("/api/v1/ratings", params={"score": 6})).status_code == 422


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("department", ["", "sales"]),
        ("person", ["", "ana"]),
        ("week", ["2026-11-30", "2026-11-23"]),
    ],
)
async def test_averages(api: httpx.AsyncClient, runtime: Runtime, by: str, keys: list[str]) -> None:
    of_sales = {"department": "sales", "user_id": "ana"}
    await rated(runtime, score=5, **of_sales)
    await rated(runtime, score=2, **of_sales)
    await rated(runtime, asked_at=MONDAY - 1)
    response = await api.get("/api/v1/ratings/averages", params={"by": by})
    found = {it["key"]: it for it in response.json()["items"]}
    assert list(found) == keys
    both = found["2026-11-30" if by == "week" else keys[1]]
    assert (both["asked"], both["answered"], both["average"]) == (2, 2, 3.5)
    assert both["scores"] == [0, 1, 0, 0, 1]
    none = found["2026-11-23" if by == "week" else ""]
    assert (none["asked"], none["average"]) == (1, None)

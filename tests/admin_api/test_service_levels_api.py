"""Service levels over the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from recado.escalation.clocks.model import ServiceClock
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from tests.support.conversations import columns

LEVELS = "/api/v1/service-levels"
CALENDAR = {
    "hours": {"mon": [["09:00", "14:00"], ["16:00", "20:00"]]},
    "time_zone": "Europe/Madrid",
    "holidays": [{"date": "12-24", "name": "Nochebuena", "spans": [["09:00", "13:00"]]}],
    "region": "ES-MD",
}


async def test_what_was_put_is_got_and_put_again_replaces_it(api: httpx.AsyncClient) -> None:
    none = (await api.get(LEVELS)).json()
    assert none == {
        "levels": [],
        "calendar": {"hours": {}, "time_zone": "", "holidays": [], "region": ""},
    }
    level = {"department": "sales", "priority": "urgent", "first_reply_seconds": 60}
    put = await api.put(LEVELS, json={"levels": [level], "calendar": CALENDAR})
    assert put.status_code == 200, put.text
    got = (await api.get(LEVELS)).json()
    assert got == put.json()
    assert got["levels"] == [{**level, "resolution_seconds": None, "warn_percent": 80}]
    assert got["calendar"] == CALENDAR
    assert (await api.put(LEVELS, json={})).json() == none


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"levels": [{"first_reply_seconds": 1}]}, "30"),
        ({"levels": [{"priority": "soon"}]}, "urgent"),
        ({"levels": [{}, {}]}, "twice"),
        ({"calendar": {**CALENDAR, "region": "ES-XX"}}, "Public holidays"),
        ({"calendar": {**CALENDAR, "time_zone": "Mars/Olympus"}}, "time zone"),
        ({"calendar": {**CALENDAR, "hours": {"mon": [["25:00", "26:00"]]}}}, "09:00-18:00"),
        ({"levels": [{"reply": 5}]}, "reply"),
    ],
)
async def test_what_is_wrong_is_told_and_nothing_is_changed(
    api: httpx.AsyncClient, body: dict[str, Any], words: str
) -> None:
    for response in (
        await api.put(LEVELS, json=body),
        await api.post(f"{LEVELS}/preview", json=body),
    ):
        assert response.status_code in {400, 422}
        assert words in response.text
    assert (await api.get(LEVELS)).json()["levels"] == []


async def test_a_preview_says_how_many_would_have_been_late(
    api: httpx.AsyncClient, runtime: Runtime
) -> None:
    def work(tx: Tx) -> None:
        for used in (30.0, 100.0, 250.0, 400.0):
            row = columns(
                ServiceClock,
                id=new_id(),
                kind="first_reply",
                department="sales",
                priority="normal",
                target_seconds=300.0,
                used_seconds=used,
                ended_at=now(),
                breached_at=now() if used > 300 else None,
            )
            tx.execute(insert(ServiceClock), row)

    await runtime.store.write(work)
    body = {"levels": [{"department": "sales", "first_reply_seconds": 90}]}
    page = (await api.post(f"{LEVELS}/preview", json=body)).json()
    assert page["items"] == [
        {
            "department": "sales",
            "priority": "normal",
            "target": "first_reply",
            "handovers": 4,
            "late": 1,
            "would_be_late": 3,
        }
    ]
    assert (await api.get(LEVELS)).json()["levels"] == []

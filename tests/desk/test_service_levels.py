"""The page on which a supervisor says what is promised, and the clocks in the inbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from recado.escalation.clocks.levels import Level, read_levels
from recado.escalation.clocks.model import ServiceClock
from recado.store import Tx, new_id, now
from tests.desk.conftest import DeskUser
from tests.support.conversations import columns

LEVEL = {
    "department": "",
    "priority": "urgent",
    "first_reply": "2,5",
    "resolution": "8",
    "warn": "",
}
HOURS = {"mon": "9-13, 15:00-20:00", "time_zone": "Europe/Madrid", "region": "es-md"}


async def clock(admin: DeskUser, conversation_id: str, **values: Any) -> None:
    row = {"id": new_id(), "conversation_id": conversation_id, "target_seconds": 3600.0}

    def work(tx: Tx) -> None:
        tx.execute(insert(ServiceClock), columns(ServiceClock, **row, **values))

    await admin.runtime.store.write(work)


async def test_targets_and_hours_are_saved_as_they_were_typed(admin: DeskUser) -> None:
    assert (await admin.post("/service-levels", htmx=False, **LEVEL, **HOURS)).status_code == 303
    found = await admin.runtime.store.read(read_levels)
    assert found.levels == (Level("", "urgent", 150.0, 8 * 3600.0, 80),)
    assert found.calendar.week == {"mon": (("09:00", "13:00"), ("15:00", "20:00"))}
    assert found.calendar.region == "ES-MD"
    page = await admin.page("/service-levels")
    assert 'value="2.5"' in page
    assert "09:00-13:00, 15:00-20:00" in page


async def test_what_is_wrong_is_said_and_what_was_typed_stays(admin: DeskUser) -> None:
    for wrong in ({"first_reply": "soon"}, {"region": "ES-XX"}, {"resolution": "9999"}):
        response = await admin.post("/service-levels", htmx=False, **{**LEVEL, **HOURS, **wrong})
        assert response.status_code == 422
        assert 'role="alert"' in response.text
        assert next(iter(wrong.values())) in response.text
    assert (await admin.runtime.store.read(read_levels)).levels == ()


async def test_what_a_change_would_mean_is_shown_and_changes_nothing(admin: DeskUser) -> None:
    id = await admin.add_conversation()
    about = {"kind": "first_reply", "department": "sales", "priority": "urgent"}
    await clock(admin, id, used_seconds=200.0, ended_at=now(), **about)
    given = {**LEVEL, **HOURS, "try": "1"}
    response = await admin.post("/service-levels", htmx=False, **given)
    assert "<td>1</td><td>0</td><td>1</td>" in response.text
    assert (await admin.runtime.store.read(read_levels)).levels == ()


async def test_clocks_run_and_stand_still_in_the_inbox_and_the_head(admin: DeskUser) -> None:
    runs = await admin.add_conversation(state="waiting")
    await clock(admin, runs, kind="first_reply", due_at=now() + 100)
    paused = await admin.add_conversation(state="human")
    await clock(admin, paused, kind="resolution", paused_by="customer", paused_since=now())
    page = await admin.page("/")
    assert page.count("data-due") == 1
    assert page.count("sla paused") == 1
    assert "1:00 h" in await admin.page(f"/conversations/{paused}", htmx=True)
    assert "data-due" in await admin.page(f"/conversations/{runs}", htmx=True)

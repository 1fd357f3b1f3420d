"""The pages of departments, who is online, and the further actions on a conversation."""

from __future__ import annotations

from recado.conversations.ownership import require_conversation, take_over
from recado.escalation.departments.availability import set_availability
from recado.escalation.departments.registry import (
    DepartmentView,
    add_department,
    get_department,
    set_member,
)
from recado.escalation.routing.jobs import run
from recado.jobs import RoutingJob
from recado.security.users import add_user, get_user
from recado.store import Tx
from tests.desk.conftest import DeskUser


async def department(user: DeskUser, key: str = "sales") -> DepartmentView:
    return await user.runtime.store.read(lambda tx: get_department(tx, key))


async def test_a_department_is_made_filled_and_changed(admin: DeskUser) -> None:
    wrong = await admin.post("/departments", htmx=False, key="Ventas!", name="Ventas")
    assert wrong.status_code == 422
    assert 'value="Ventas!"' in wrong.text
    made = await admin.post("/departments", htmx=False, key="sales", name="Ventas")
    assert made.headers["location"] == "/departments/sales"
    me = await my_id(admin)
    given: dict[str, str | list[str]] = {
        "user": me,
        "skills": "vinos, quesos",
        "language": ["es", "pt"],
        "capacity": "3",
    }
    await admin.post("/departments/sales/members", htmx=False, **given)
    typed = {
        "name": "Ventas",
        "strategy": "round_robin",
        "take_minutes": "10",
        "if_nobody": "ticket",
        "mon": "9-13, 15-20",
        "time_zone": "America/Bogota",
        "holidays": "12-25 Navidad",
        "ticket_email": "ventas@cafe.mx",
    }
    assert (await admin.post("/departments/sales", htmx=False, **typed)).status_code == 303
    view = await department(admin)
    assert (view.strategy, view.take_seconds, view.sticky) == ("round_robin", 600.0, False)
    assert view.hours["mon"] == (("09:00", "13:00"), ("15:00", "20:00"))
    assert view.members[0].skills == ["vinos", "quesos"]
    short = typed | {"take_minutes": "0,5"}
    await admin.post("/departments/sales", htmx=False, **short)
    assert (await department(admin)).take_seconds == 30.0
    assert 'value="0.5"' in await admin.page("/departments/sales")
    page = await admin.page("/departments/sales")
    assert "09:00-13:00, 15:00-20:00" in page
    refused = await admin.post("/departments/sales", htmx=False, **(typed | {"mon": "late"}))
    assert refused.status_code in (400, 422)
    await admin.post("/departments/sales/members", htmx=False, user=me, remove="1")
    assert (await department(admin)).members == []
    assert "Ventas" in await admin.page("/departments")
    await admin.post("/departments/sales/remove", htmx=False)
    assert "Ventas" not in await admin.page("/departments")


async def test_a_member_goes_online_and_is_offered_what_waits(admin: DeskUser) -> None:
    me = await my_id(admin)
    assert "/availability" not in await admin.page("/")
    await admin.post("/departments", htmx=False, key="sales", name="Ventas")
    await admin.post("/departments/sales/members", htmx=False, user=me, capacity="3")
    assert "/availability" in await admin.page("/")
    await admin.post("/availability", htmx=False, state="online")
    user = await admin.runtime.store.read(lambda tx: get_user(tx, me))
    assert user.availability == "online"
    id = await admin.add_conversation()
    await admin.post(f"/conversations/{id}/assign", to="department:sales")
    page = await admin.page(f"/conversations/{id}")
    assert "Waits for you" in page
    assert "It is the turn of" in page
    assert "Waits for you" in await admin.page("/?filter=mine")


async def test_what_was_offered_to_somebody_who_is_disabled_is_offered_to_others(
    admin: DeskUser,
) -> None:
    def opened(tx: Tx) -> str:
        add_department(tx, {"key": "sales", "name": "Ventas", "take_seconds": 0}, actor="api")
        ana = add_user(tx, email="ana@cafe.mx", name="Ana", role="agent")
        set_member(tx, "sales", ana, actor="api")
        set_availability(tx, ana, "online")
        return ana

    ana = await admin.runtime.store.write(opened)
    id = await admin.add_conversation()
    await admin.post(f"/conversations/{id}/assign", to="department:sales")

    async def whose() -> str | None:
        row = await admin.runtime.store.read(lambda tx: require_conversation(tx, id))
        return str(row.assignee_id) if row.assignee_id else None

    assert await whose() == ana
    await admin.post(f"/team/{ana}", action="disable")
    await run(admin.runtime, RoutingJob("away", ana))
    assert await whose() is None
    disabled = await admin.runtime.store.read(lambda tx: get_user(tx, ana))
    assert disabled.availability == "away"


async def test_a_conversation_is_given_put_back_and_let_rest(admin: DeskUser) -> None:
    me = await my_id(admin)
    id = await admin.add_conversation()
    refused = await admin.post(f"/conversations/{id}/requeue")
    assert refused.status_code == 409
    await admin.runtime.store.write(lambda tx: take_over(tx, id, actor=f"user:{me}", user_id=me))
    assert (await admin.post(f"/conversations/{id}/snooze", rest="for ever")).status_code == 400
    assert (await admin.post(f"/conversations/{id}/snooze", rest="day")).status_code == 204
    assert "Rests until" in await admin.page(f"/conversations/{id}")
    for action, state in (("takeover", "human"), ("escalate", "waiting"), ("requeue", "waiting")):
        assert (await admin.post(f"/conversations/{id}/{action}")).status_code == 204
        row = await admin.runtime.store.read(lambda tx: require_conversation(tx, id))
        assert row.state == state
    page = await admin.page(f"/conversations/{id}")
    assert "asked for a supervisor" in page
    assert "Back in the queue" in page


async def my_id(user: DeskUser) -> str:
    page = await user.page("/profile")
    return page.partition('data-user="')[2].partition('"')[0]

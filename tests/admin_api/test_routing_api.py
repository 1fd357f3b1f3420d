"""Departments, who is online, and whose a conversation is, over the API."""

from __future__ import annotations

import httpx

from recado.runtime import Runtime
from recado.security.users import add_user
from tests.support.conversations import add_conversation


async def test_a_conversation_goes_to_a_department_rests_and_is_put_back(
    api: httpx.AsyncClient, runtime: Runtime
) -> None:
    ana = await runtime.store.write(
        lambda tx: add_user(tx, email="ana@cafe.mx", name="Ana", role="agent")
    )
    made = await api.post("/api/v1/departments", json={"key": "sales", "name": "Ventas"})
    assert made.status_code == 201
    member = await api.put(f"/api/v1/departments/sales/members/{ana}", json={"capacity": 1})
    assert member.json()["members"][0]["availability"] == "away"
    await api.put(f"/api/v1/users/{ana}/availability", json={"state": "online"})
    line = await runtime.lines.at("web", "simulator")
    assert line is not None
    id = await runtime.store.write(lambda tx: add_conversation(tx, line.id, name="Lucía"))
    path = f"/api/v1/conversations/{id}"
    assert (await api.post(f"{path}/requeue")).status_code == 409
    given = (await api.post(f"{path}/assign", json={"department": "sales"})).json()
    assert (given["state"], given["assignee_name"]) == ("waiting", "Ana")
    assert (await api.post(f"{path}/assign", json={})).status_code == 422
    assert (await api.post(f"{path}/assign", json={"department": "no"})).status_code == 404
    assert (await api.post(f"{path}/takeover")).json()["state"] == "human"
    assert (await api.post(f"{path}/snooze", json={})).status_code == 422
    rests = (await api.post(f"{path}/snooze", json={"seconds": 3600})).json()
    assert (rests["state"], rests["snoozed_until"] is None) == ("snoozed", False)
    assert (await api.post(f"{path}/requeue")).json()["state"] == "waiting"
    asked = (await api.post(f"{path}/escalate")).json()
    assert (asked["escalation"]["asked_role"], asked["assignee_id"]) == ("supervisor", None)

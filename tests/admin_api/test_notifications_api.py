"""Notifications over the API: who is told, by which rules, and what became of it."""

from __future__ import annotations

import httpx
import pytest

from recado.notifications.making import notify_test
from recado.runtime import Runtime
from recado.security.users import ensure_admin

RULES = "/api/v1/notification-rules"
LOG = "/api/v1/notifications"
SLACK = "https://hooks.slack.com/services/T0/B0/secretword"


async def test_a_rule_is_made_changed_and_removed_and_keeps_its_address_to_itself(
    api: httpx.AsyncClient, runtime: Runtime
) -> None:
    response = await api.post(RULES, json={"channel": "slack", "target": SLACK})
    assert response.status_code == 201, response.text
    made = response.json()
    assert made["shown"] == "hooks.slack.com/…word"
    assert "secretword" not in response.text
    assert [it.id for it in runtime.notifications.team.rules] == [made["id"]]
    changed = await api.patch(f"{RULES}/{made['id']}", json={"occasions": ["unclaimed"]})
    assert changed.json()["occasions"] == ["unclaimed"]
    off = await api.patch(f"{RULES}/{made['id']}", json={"enabled": False, "name": "Turno"})
    assert (off.json()["enabled"], off.json()["name"]) == (False, "Turno")
    assert runtime.notifications.team.rules == []
    assert (await api.delete(f"{RULES}/{made['id']}")).status_code == 200
    assert (await api.get(RULES)).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"channel": "slack", "target": "http://10.0.0.1/x"}, "TLS"),
        ({"channel": "teams", "target": "https://169.254.169.254/x"}, "bare address"),
        ({"channel": "sns", "target": "human-escalation"}, "ARN"),
        ({"channel": "email", "target": "a@b.example"}, "SMTP_URL"),
        ({"channel": "slack", "target": SLACK, "department": "nowhere"}, "no department"),
        ({"channel": "slack", "target": SLACK, "occasions": ["replied"]}, "no occasion"),
        ({"channel": "slack", "target": SLACK, "language": "xx"}, "languages"),
    ],
)
async def test_a_rule_that_cannot_be_followed_is_refused_with_its_reason(
    api: httpx.AsyncClient, body: dict[str, object], said: str
) -> None:
    response = await api.post(RULES, json=body)
    assert response.status_code == 422
    assert said in response.json()["detail"]


async def test_the_log_shows_what_failed_and_tells_it_once_more(
    api: httpx.AsyncClient, runtime: Runtime
) -> None:
    user_id = await ensure_admin(runtime.store)
    await runtime.notifications.refresh()
    person = runtime.notifications.person(user_id)
    await runtime.store.write(lambda tx: notify_test(tx, ["email"], person))
    page = (await api.get(LOG, params={"channel": "email"})).json()
    (row,) = page["items"]
    assert (row["state"], row["address"]) == ("waiting", "admin@localhost")
    assert row["recipient_name"] == "Admin"
    assert (await api.get(f"{LOG}/{row['id']}")).json() == row
    assert (await api.post(f"{LOG}/{row['id']}/replay")).status_code == 409  # it is on its way
    assert (await api.get(f"{LOG}/0190")).status_code == 404
    assert (await api.get(LOG, params={"state": "lost"})).status_code == 422


async def test_a_program_has_no_settings_of_its_own(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/v1/notification-settings")
    assert response.status_code == 422
    assert "token" in response.json()["detail"]

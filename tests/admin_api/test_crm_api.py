"""CRMs over the API: connected, tried, changed, removed; their secrets are never shown."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

CRM = "/api/v1/crm"
MAPPING: dict[str, Any] = {
    "base_url": "https://crm.example/api",
    "contact": {"path": "/people", "id": "id", "body": {"name": "=person.name"}},
    "activity": {"path": "/people/{contact.id}/notes", "body": {"a": ["=activity.data"]}},
}


async def test_a_crm_is_connected_changed_and_removed(api: httpx.AsyncClient) -> None:
    new = {"kind": "hubspot", "secrets": {"token": "pat-secret"}, "settings": {"portal_id": "7"}}
    response = await api.post(CRM, json=new)
    assert response.status_code == 201, response.text
    made = response.json()
    assert (made["name"], made["state"], made["events"]) == ("hubspot", "active", None)
    changes = {"state": "paused", "events": ["rating_given"], "secrets": {"token": "pat-other"}}
    changed = (await api.patch(f"{CRM}/{made['id']}", json=changes)).json()
    assert (changed["state"], changed["events"]) == ("paused", ["rating_given"])
    listed = await api.get(CRM)
    assert "pat-" not in listed.text
    assert (await api.get(f"{CRM}/{made['id']}/log")).json()["items"] == []
    assert (await api.post(f"{CRM}/{made['id']}/replay")).json() == {"count": 0}
    assert (await api.delete(f"{CRM}/{made['id']}")).status_code == 200
    assert (await api.get(f"{CRM}/{made['id']}")).status_code == 404


async def test_a_mapping_is_tried_without_sending_anything(api: httpx.AsyncClient) -> None:
    response = await api.post(f"{CRM}/try", json={"settings": MAPPING})
    assert response.status_code == 200, response.text
    contact, activity = response.json()["items"]
    assert contact["url"] == "https://crm.example/api/people"
    assert contact["body"] == {"name": "Lucía Gómez"}
    assert activity["body"] == {"a": [{"score": 5}]}
    assert activity["method"] == "POST"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "hubspot"}, "token"),
        ({"kind": "hubspot", "secrets": {"password": "x"}}, "password"),
        ({"kind": "hubspot", "secrets": {"token": "t"}, "events": ["nothing"]}, "nothing"),
        ({"kind": "rest", "settings": {}}, "base_url"),
        (
            {"kind": "rest", "settings": MAPPING | {"base_url": "https://127.0.0.1/x"}},
            "CRM_PRIVATE",
        ),
        ({"kind": "rest", "settings": MAPPING | {"activity": {"body": "=a["}}}, "JMESPath"),
    ],
)
async def test_what_cannot_be_is_refused(
    api: httpx.AsyncClient, given: dict[str, Any], said: str
) -> None:
    response = await api.post(CRM, json=given)
    assert response.status_code == 422
    assert said in response.text

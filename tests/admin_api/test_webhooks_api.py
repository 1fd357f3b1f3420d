"""Outgoing webhooks over the API: subscribed to, changed, tested, looked into, removed."""

from __future__ import annotations

import httpx
import pytest

from recado.runtime import Runtime
from recado.security.model import AuditEntry

WEBHOOKS = "/api/v1/webhooks"


async def test_a_subscription_is_made_changed_and_removed_and_shows_its_secret_once(
    api: httpx.AsyncClient, runtime: Runtime
) -> None:
    response = await api.post(WEBHOOKS, json={"url": "https://shop.example/recado"})
    assert response.status_code == 201, response.text
    made = response.json()
    id, secret = made["subscription"]["id"], made["secret"]
    assert secret.startswith("whsec_")
    assert made["subscription"]["name"] == "shop.example"
    (listed,) = (await api.get(WEBHOOKS)).json()["items"]
    assert listed == made["subscription"]
    changes = {"name": "Tienda", "events": ["response_ready"], "state": "paused"}
    changed = (await api.patch(f"{WEBHOOKS}/{id}", json=changes)).json()
    assert (changed["name"], changed["events"]) == ("Tienda", ["response_ready"])
    assert (changed["state"], changed["paused_because"]) == ("paused", "by_hand")
    everything = await api.patch(f"{WEBHOOKS}/{id}", json={"events": None})
    assert everything.json()["events"] is None
    rotated = (await api.post(f"{WEBHOOKS}/{id}/rotate")).json()
    assert rotated["secret"] != secret
    told = (await api.post(f"{WEBHOOKS}/{id}/test")).json()
    assert told["event_type"] == "webhook.test"
    (delivery,) = (await api.get(f"{WEBHOOKS}/{id}/deliveries")).json()["items"]
    assert delivery["id"] == told["id"]
    assert (await api.post(f"{WEBHOOKS}/{id}/replay")).status_code == 409
    assert (await api.delete(f"{WEBHOOKS}/{id}")).status_code == 200
    assert (await api.get(f"{WEBHOOKS}/{id}")).status_code == 404
    entries = await runtime.store.read(
        lambda tx: [dict(row._mapping) for row in tx.all(AuditEntry.__table__.select())]
    )
    assert {"webhook.add", "webhook.change", "webhook.rotate", "webhook.remove"} <= {
        it["action"] for it in entries
    }
    assert secret not in str(entries)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"url": "http://shop.example/x"}, "TLS"),
        ({"url": "https://127.0.0.1/x"}, "RECADO_WEBHOOKS_PRIVATE_HOSTS"),
        ({"url": "https://shop.example/x", "events": ["no_such"]}, "text_message_received"),
        ({"url": "https://shop.example/x", "lines": ["no_such"]}, "no line"),
        ({"url": "x" * 3000}, "url"),
    ],
)
async def test_what_is_wrong_is_said(
    api: httpx.AsyncClient, body: dict[str, object], said: str
) -> None:
    response = await api.post(WEBHOOKS, json=body)
    assert response.status_code == 422
    assert said in response.text

"""Lines over the API: added and changed, with credentials that never come out again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from recado.channels.model import LineRow
from recado.runtime import Runtime
from recado.security.model import AuditEntry

SECRETS = {
    "access_token": "EAAG-access-token-1234",
    "app_secret": "app-secret-567890",
    "verify_token": "short",
}
NEW = {"channel": "whatsapp", "address": "106540352242922", "credentials": SECRETS}


async def test_a_line_is_added_and_its_secrets_stay_inside(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    response = await api.post("/api/v1/lines", json={**NEW, "name": "Ventas"})
    assert response.status_code == 201
    line = response.json()
    assert (line["name"], line["address"], line["enabled"]) == ("Ventas", NEW["address"], True)
    assert line["credentials"] == {
        "access_token": "••••1234",
        "app_secret": "••••7890",
        "verify_token": "••••",
    }
    assert line["webhook_url"] == "https://chat.example.com/webhooks/whatsapp"
    listed = await api.get("/api/v1/lines")
    assert {item["channel"] for item in listed.json()["items"]} == {"web", "whatsapp"}
    one = await api.get(f"/api/v1/lines/{line['id']}")
    stored = await runtime.store.read(lambda tx: tx.all(select(LineRow.credentials)))
    log = await runtime.store.read(lambda tx: tx.all(select(AuditEntry.__table__)))
    for secret in SECRETS.values():
        assert all(secret not in text for text in (response.text, listed.text, one.text))
        assert secret not in str(stored) + str(log)
    known = await runtime.lines.get(line["id"])
    assert known.credentials == SECRETS  # for those who send


async def test_an_address_is_taken_once(api: httpx.AsyncClient) -> None:
    assert (await api.post("/api/v1/lines", json=NEW)).status_code == 201
    again = await api.post("/api/v1/lines", json=NEW)
    assert again.status_code == 409
    assert NEW["address"] in again.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"channel": "pigeon", "address": "1"},
        {"channel": "web", "address": "mine"},
        {"channel": "whatsapp"},
        {"channel": "whatsapp", "address": ""},
        {"channel": "whatsapp", "address": "1 2"},
        {"channel": "whatsapp", "address": "1", "credentials": {"access_token": 5}},
        {"channel": "whatsapp", "address": "1", "token": "x"},
    ],
)
async def test_a_wrong_line_is_refused_without_echoing_it(
    api: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    response = await api.post("/api/v1/lines", json=body)
    assert response.status_code == 422
    assert len((await api.get("/api/v1/lines")).json()["items"]) == 1


async def test_a_refusal_does_not_repeat_a_secret(api: httpx.AsyncClient) -> None:
    body = {**NEW, "credentials": {"access_token": "s3cr3t" * 1000}}
    response = await api.post("/api/v1/lines", json=body)
    assert response.status_code == 422
    assert "s3cr3t" not in response.text


async def test_a_line_is_renamed_switched_off_and_given_a_new_secret(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    line = (await api.post("/api/v1/lines", json=NEW)).json()
    path = f"/api/v1/lines/{line['id']}"
    change = {"enabled": False, "credentials": {"access_token": "another-token-9999"}}
    changed = (await api.patch(path, json=change)).json()
    assert (changed["name"], changed["enabled"]) == (NEW["address"], False)
    assert changed["credentials"]["access_token"] == "••••9999"
    assert changed["credentials"]["app_secret"] == "••••7890"
    renamed = (await api.patch(path, json={"name": "Ventas"})).json()
    assert (renamed["name"], renamed["enabled"]) == ("Ventas", False)
    assert (await runtime.lines.get(line["id"])).credentials["access_token"] == change[
        "credentials"
    ]["access_token"]  # type: ignore[index]
    assert (await api.patch(f"/api/v1/lines/{'0' * 32}", json={})).status_code == 404


async def test_a_check_of_the_simulators_line_finds_nothing_wrong(api: httpx.AsyncClient) -> None:
    (line,) = (await api.get("/api/v1/lines")).json()["items"]
    response = await api.post(f"/api/v1/lines/{line['id']}/check")
    assert response.json() == {"line_id": line["id"], "problems": []}

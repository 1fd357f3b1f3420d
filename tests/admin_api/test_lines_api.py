"""Lines over the API: added and changed, with credentials that never come out again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from recado.admin_api.app import api_routes
from recado.jobs import SEND
from recado.lines.model import LineRow
from recado.runtime import Runtime
from recado.security.model import AuditEntry
from tests.support.runtime import api_client, make_runtime

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
    found = (await api.post(f"/api/v1/lines/{line['id']}/check")).json()
    assert (found["line_id"], found["problems"]) == (line["id"], [])
    assert [it["mark"] for it in found["webhooks"]] == ["fine"]


async def test_a_line_says_what_its_channel_can_do_and_what_came_for_it(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    line = (await api.post("/api/v1/lines", json=NEW)).json()
    assert "interactive.list" in line["capabilities"]["sends"]
    assert "window" in line["capabilities"]["features"]
    assert (line["state"], line["last_webhook_at"], line["last_refusal"]) == ({}, None, None)
    runtime.lines.heard("whatsapp", NEW["address"])  # type: ignore[arg-type]
    runtime.lines.refused("whatsapp", "No app secret fits")
    await runtime.lines.close()
    line = (await api.get(f"/api/v1/lines/{line['id']}")).json()
    assert line["last_webhook_at"].endswith("Z")
    assert line["last_refusal"]["reason"] == "No app secret fits"


async def test_settings_are_changed_one_by_one_and_taken_away_with_null(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    line = (await api.post("/api/v1/lines", json={**NEW, "settings": {"prices": {}}})).json()
    path = f"/api/v1/lines/{line['id']}"
    await api.patch(path, json={"settings": {"rate_per_second": 5}})
    prices = {"marketing": 0.05, "MX": {"utility": 0.01}, "currency": "USD"}
    changed = (await api.patch(path, json={"settings": {"prices": prices}})).json()
    assert changed["settings"] == {"rate_per_second": 5, "prices": prices}
    changed = (await api.patch(path, json={"settings": {"rate_per_second": None}})).json()
    assert changed["settings"] == {"prices": prices}
    assert (await runtime.lines.get(line["id"])).credentials == SECRETS


@pytest.mark.parametrize(
    "settings",
    [
        {"rate_per_second": 0},
        {"rate_per_second": "fast"},
        {"rate_per_second": True},
        {"rate_per_second": 1e9},
        {"prices": 5},
        {"prices": {"marketing": -1}},
        {"prices": {"MX": {"marketing": []}}},
        {"outside_window": "reminder"},
    ],
)
async def test_a_setting_that_cannot_work_is_refused_by_its_name(
    api: httpx.AsyncClient, settings: dict[str, Any]
) -> None:
    line = (await api.post("/api/v1/lines", json=NEW)).json()
    path = f"/api/v1/lines/{line['id']}"
    response = await api.patch(path, json={"settings": settings})
    assert response.status_code == 422
    assert next(iter(settings)) in response.json()["detail"]
    assert (await api.get(path)).json()["settings"] == {}


async def test_a_credential_of_another_name_is_refused(api: httpx.AsyncClient) -> None:
    wrong = {**NEW, "credentials": {"acces_token": "x"}}
    response = await api.post("/api/v1/lines", json=wrong)
    assert response.status_code == 422
    assert "access_token" in response.json()["detail"]


async def test_a_test_message_takes_the_way_of_every_message(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    line = (await api.post("/api/v1/lines", json=NEW)).json()
    path = f"/api/v1/lines/{line['id']}/test"
    response = await api.post(path, json={"to": "+34 600 111 222", "text": "¿Llega?"})
    assert response.status_code == 202
    message = response.json()
    assert (message["status"], message["text"]) == ("queued", "¿Llega?")
    (job,) = await runtime.queue.receive(SEND.spec, 10, 0)
    assert SEND.body(job).message_id == message["id"]
    again = await api.post(path, json={"to": "34600111222"})
    assert again.json()["conversation_id"] == message["conversation_id"]
    assert (await api.post(path, json={"to": "nobody"})).status_code == 400


async def test_a_line_that_does_not_pair_says_so(api: httpx.AsyncClient) -> None:
    line = (await api.post("/api/v1/lines", json=NEW)).json()
    for method, action in (("POST", "connect"), ("GET", "connection"), ("POST", "disconnect")):
        response = await api.request(method, f"/api/v1/lines/{line['id']}/{action}")
        assert response.status_code == 422
        assert "pair" in response.json()["detail"]


async def test_only_a_line_without_conversations_can_be_deleted(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    line = (await api.post("/api/v1/lines", json=NEW)).json()
    path = f"/api/v1/lines/{line['id']}"
    await api.post(f"{path}/test", json={"to": "34600111222"})
    refused = await api.delete(path)
    assert refused.status_code == 409
    assert "Switch it off" in refused.json()["detail"]
    unused = (await api.post("/api/v1/lines", json={**NEW, "address": "42"})).json()
    assert (await api.delete(f"/api/v1/lines/{unused['id']}")).status_code == 204
    assert (await api.get(f"/api/v1/lines/{unused['id']}")).status_code == 404
    simulator = await runtime.lines.at("web", "simulator")
    assert simulator is not None
    assert (await api.delete(f"/api/v1/lines/{simulator.id}")).status_code == 409


async def test_a_line_of_the_environment_keeps_its_credentials_and_takes_a_name(
    tmp_path: Path,
) -> None:
    given = {"WHATSAPP_PHONE_NUMBER_ID": "106540352242922", "WHATSAPP_ACCESS_TOKEN": "a token"}
    async with make_runtime(tmp_path, **given) as runtime:
        app = Starlette(routes=list(api_routes(runtime)))
        async with api_client(app) as api:
            line = await runtime.lines.at("whatsapp", "106540352242922")
            assert line is not None
            path = f"/api/v1/lines/{line.id}"
            refused = await api.patch(path, json={"credentials": {"access_token": "other"}})
            assert refused.status_code == 422
            change = {"name": "Ventas", "settings": {"rate_per_second": 3}}
            changed = (await api.patch(path, json=change)).json()
            assert (changed["name"], changed["settings"]) == ("Ventas", {"rate_per_second": 3})
            known = await runtime.lines.get(line.id)
            assert known.credentials["access_token"] == "a token"

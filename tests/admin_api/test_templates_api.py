"""Templates through the API: listed, previewed, sent, also to somebody who has not written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recado.admin_api.app import build_api
from recado.http.keys import KeyGate
from recado.runtime import Runtime
from recado.store import Tx
from recado.templates.model import Template
from tests.sending.test_window import template_row
from tests.support.runtime import api_client, make_runtime

BODY = [{"type": "BODY", "text": "Hola {{1}}"}]
TEXT: dict[str, Any] = {"type": "text", "text": "Ana"}


async def with_template(runtime: Runtime) -> str:
    line = await runtime.lines.add("whatsapp", "106540352242922", "Café", {"access_token": "t"})

    def work(tx: Tx) -> None:
        tx.execute(tx.insert(Template), template_row(line.id, "hello", BODY))

    await runtime.store.write(work)
    return line.id


async def test_a_template_is_previewed_and_sent_to_somebody_new(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        line = await with_template(runtime)
        app: Any = KeyGate(build_api(runtime), runtime)
        async with api_client(app) as api:
            listed = (await api.get(f"/api/v1/lines/{line}/templates")).json()
            assert [(it["name"], it["slots"][0]["key"]) for it in listed["items"]] == [
                ("hello", "body.1")
            ]
            path = f"/api/v1/lines/{line}/templates/hello/preview"
            shown = await api.post(path, json={"parameters": {"body": ["Ana"]}})
            assert shown.json()["preview"]["body"] == "Hola Ana"
            assert (await api.post(path, json={"parameters": {}})).status_code == 422
            named = {"name": "hello", "parameters": ["Ana"]}
            new = {"to": "+57 300 123 4567", "type": "template", "content": {"template": named}}
            answer = await api.post(
                f"/api/v1/lines/{line}/messages", json=new, headers={"idempotency-key": "k1"}
            )
            assert answer.status_code == 201
            message = answer.json()
            assert message["text"] == "Hola Ana"
            assert message["content"]["template"]["language"] == "es_MX"
            again = await api.post(
                f"/api/v1/lines/{line}/messages", json=new, headers={"idempotency-key": "k1"}
            )
            assert again.json()["id"] == message["id"]
            refused = await api.post(f"/api/v1/messages/{message['id']}/cancel")
            assert refused.status_code == 409
            long = {**new, "content": {"template": {"name": "hello", "parameters": ["x" * 1100]}}}
            answer = await api.post(f"/api/v1/lines/{line}/messages", json=long)
            assert answer.status_code == 422
            assert "body has 1105 characters" in answer.json()["detail"]
            wrong: dict[str, list[Any]] = {
                "body.1 is missing": [],
                "must be a text": [TEXT | {"text": None}],
                "body has 2 values": [TEXT, TEXT],
            }
            given: dict[str, Any] = {"name": "hello"}
            for says, values in wrong.items():
                given["components"] = [{"type": "body", "parameters": values}]
                raw = {**new, "content": {"template": given}}
                answer = await api.post(f"/api/v1/lines/{line}/messages", json=raw)
                assert answer.status_code == 422
                assert says in answer.json()["detail"]
            given |= {"parameters": ["Ana"]}
            answer = await api.post(
                f"/api/v1/lines/{line}/messages", json={**new, "content": {"template": given}}
            )
            assert "not both" in answer.json()["detail"]
            unknown = {**new, "content": {"template": {"name": "gone", "parameters": []}}}
            answer = await api.post(f"/api/v1/lines/{line}/messages", json=unknown)
            assert answer.status_code == 422
            assert "(template.language)" in answer.json()["detail"]
            unknown["content"] = {"template": {"name": "gone", "language": "es", "components": []}}
            answer = await api.post(f"/api/v1/lines/{line}/messages", json=unknown)
            assert answer.status_code == 422
            assert "(template.name)" in answer.json()["detail"]


async def test_a_line_that_names_no_account_is_told_so_and_nobody_is_asked(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        credentials = {"access_token": "t", "app_secret": "s", "verify_token": "v"}
        for account in ("", "  "):
            line = await runtime.lines.add(
                "whatsapp",
                f"1{len(account)}",
                "Ventas",
                {**credentials, "business_account_id": account},
            )
            app: Any = KeyGate(build_api(runtime), runtime)
            async with api_client(app) as api:
                answer = await api.post(f"/api/v1/lines/{line.id}/templates/sync")
            assert answer.status_code == 409
            assert "WhatsApp Business account id" in answer.json()["detail"]

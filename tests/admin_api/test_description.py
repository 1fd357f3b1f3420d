"""The description, its pages, and the shape of what goes wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.types import ASGIApp

from recado.admin_api import documentation
from recado.runtime import Runtime
from tests.support.conversations import add_conversation, add_line

#: What the interface promises.
PROMISED = {
    ("get", "/lines"),
    ("post", "/lines"),
    ("patch", "/lines/{line_id}"),
    ("post", "/lines/{line_id}/check"),
    ("post", "/lines/{line_id}/test"),
    ("post", "/lines/{line_id}/connect"),
    ("get", "/contacts"),
    ("get", "/conversations"),
    ("get", "/conversations/{conversation_id}"),
    ("get", "/conversations/{conversation_id}/messages"),
    ("post", "/conversations/{conversation_id}/messages"),
    ("post", "/conversations/{conversation_id}/takeover"),
    ("post", "/conversations/{conversation_id}/handback"),
    ("post", "/conversations/{conversation_id}/resolve"),
    ("get", "/messages"),
    ("get", "/escalations"),
    ("get", "/dead-letters"),
    ("post", "/dead-letters/{letter_id}/replay"),
    ("post", "/analyze"),
    ("get", "/stats"),
}
#: The Evolution service's own paths, as the interface promises them.
EVOLUTION = {"/send-message", "/send-template", "/status", "/connect", "/disconnect"}


@pytest.fixture
async def description(api: httpx.AsyncClient) -> dict[str, Any]:
    response = await api.get("/openapi.json")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def operations(description: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path.removeprefix("/api/v1")): operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


async def test_every_promised_route_is_described(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1.")
    assert operations(description).keys() >= PROMISED
    assert {path for path in description["paths"] if not path.startswith("/api/v1/")} == EVOLUTION


async def test_every_route_says_what_it_is_for_and_what_it_answers(
    description: dict[str, Any],
) -> None:
    tags = {tag["name"] for tag in description["tags"]}
    ids = []
    for where, operation in operations(description).items():
        assert operation["summary"], where
        assert set(operation["tags"]) <= tags, where
        ids.append(operation["operationId"])
        answered = operation["responses"]
        status, success = next(it for it in answered.items() if it[0].startswith("2"))
        is_file = where[1].endswith("/content")
        kind = "*/*" if is_file else "application/json"
        assert status == "204" or success["content"][kind]["schema"], where
        for status, answer in answered.items():
            if status >= "4":
                assert list(answer["content"]) == ["application/problem+json"], (where, status)
        assert "401" in answered
    assert len(ids) == len(set(ids))
    assert description["security"] == [{"key": []}]
    assert description["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


async def test_schemas_are_valid_and_every_reference_leads_somewhere(
    description: dict[str, Any],
) -> None:
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    references = set(
        re.findall(r'"#/components/schemas/(\w+)"', str(description).replace("'", '"'))
    )
    assert references
    assert references <= schemas.keys()
    assert "HTTPValidationError" not in schemas


async def test_answers_are_as_described(
    runtime: Runtime, api: httpx.AsyncClient, description: dict[str, Any]
) -> None:
    conversation_id = await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx)))
    path = f"/api/v1/conversations/{conversation_id}"
    await api.post(f"{path}/messages", json={"text": "¡Hola!"})
    who = f"/api/v1/characters/{(await runtime.characters.default()).id}"
    await api.patch(who, json={"tone": "Breve", "holidays": []})
    asked = {
        "/api/v1/lines": "/api/v1/lines",
        "/api/v1/conversations": "/api/v1/conversations",
        "/api/v1/conversations/{conversation_id}": path,
        "/api/v1/conversations/{conversation_id}/messages": f"{path}/messages",
        "/api/v1/conversations/{conversation_id}/events": f"{path}/events",
        "/api/v1/messages": "/api/v1/messages?raw=true",
        "/api/v1/knowledge": "/api/v1/knowledge",
        "/api/v1/knowledge/search": "/api/v1/knowledge/search?q=horarios",
        "/api/v1/characters": "/api/v1/characters",
        "/api/v1/characters/{character_id}": who,
        "/api/v1/characters/{character_id}/versions": f"{who}/versions",
        "/api/v1/characters/{character_id}/versions/{number}": f"{who}/versions/1",
        "/api/v1/characters/{character_id}/diff": f"{who}/diff",
        "/api/v1/stats": "/api/v1/stats",
        "/api/v1/escalations": "/api/v1/escalations",
    }
    for described, url in asked.items():
        response = await api.get(url)
        assert response.status_code == 200, url
        answer = description["paths"][described]["get"]["responses"]["200"]
        schema = answer["content"]["application/json"]["schema"]
        whole = {**schema, "components": description["components"]}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
            response.json()
        )


async def test_what_goes_wrong_has_one_shape(
    api: httpx.AsyncClient, description: dict[str, Any]
) -> None:
    problem_schema = {
        **description["components"]["schemas"]["Problem"],
        "components": description["components"],
        "required": ["type", "title", "status", "detail", "trace_id"],
    }
    json = {"content-type": "application/json"}
    for status, response in (
        (404, await api.get("/api/v1/nothing")),
        (405, await api.delete("/api/v1/stats")),
        (400, await api.post("/api/v1/analyze", content=b"{", headers=json)),
        (422, await api.post("/api/v1/analyze", json={"txet": "hola"})),
        (415, await api.post("/api/v1/analyze", data={"text": "hola"})),
        (413, await api.post("/api/v1/analyze", content=b" " * 6_000_000, headers=json)),
        (413, await api.post("/api/v1/analyze", content=chunks(6), headers=json)),
    ):
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        Draft202012Validator(problem_schema).validate(problem)
        assert problem["status"] == status
        assert problem["type"].startswith("/problems/")
        assert problem["trace_id"] == response.headers["x-trace-id"]


async def chunks(megabytes: int) -> Any:
    """A body whose length nobody announced."""
    for _ in range(megabytes):
        yield b" " * 1_000_000


async def test_several_wrong_fields_are_all_named(api: httpx.AsyncClient) -> None:
    response = await api.post("/api/v1/lines", json={"name": 5, "color": "red"})
    fields = {error["field"] for error in response.json()["errors"]}
    assert fields == {"body.channel", "body.address", "body.name", "body.color"}


async def test_a_wrong_method_is_told_the_right_ones(api: httpx.AsyncClient) -> None:
    response = await api.put("/api/v1/stats")
    assert (response.status_code, response.headers["allow"]) == (405, "GET")


async def test_the_pages_come_from_this_host_alone(app: ASGIApp, api: httpx.AsyncClient) -> None:
    page = await api.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    for address in loaded:
        if not address.startswith("data:"):
            response = await api.get(address)
            assert response.status_code == 200, address
    assert "//" not in page.text
    for outside in ("../app.py", "LICENSE", "..%2fapp.py", "nothing.js"):
        assert (await api.get(f"/docs/{outside}")).status_code == 404


def test_the_licence_of_the_pages_is_kept() -> None:
    folder = Path(documentation.FOLDER)
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "SmartBear" in (folder / "NOTICE").read_text()
    assert (folder / "swagger-ui-bundle.js.LICENSE.txt").exists()
    assert "sourceMappingURL" not in (folder / "swagger-ui-bundle.js").read_text()

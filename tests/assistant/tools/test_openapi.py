"""An OpenAPI description becomes tools: the operations that are picked, as forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recado.assistant.tools.definition import check_tool
from recado.assistant.tools.openapi import name_of, operations_of, read_description, tool_of
from recado.errors import Unprocessable

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.example/api"}],
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "parameters": {
            "Number": {
                "name": "number",
                "in": "path",
                "required": True,
                "schema": {"$ref": "#/components/schemas/Number"},
            }
        },
        "schemas": {
            "Number": {"type": "string", "pattern": "^[0-9]+$"},
            "Cancel": {
                "type": "object",
                "required": ["reason"],
                "properties": {
                    "reason": {"type": "string", "enum": ["late", "other"]},
                    "notes": {"type": "object"},
                },
            },
            "Nested": {
                "type": "object",
                "required": ["address"],
                "properties": {"address": {"type": "object"}},
            },
            "Loop": {"$ref": "#/components/schemas/Loop"},
        },
    },
    "paths": {
        "/orders/{number}": {
            "parameters": [{"$ref": "#/components/parameters/Number"}],
            "get": {
                "operationId": "getOrderStatus",
                "summary": "Where an order is",
                "parameters": [{"name": "lang", "in": "query", "schema": {"type": "string"}}],
            },
        },
        "/orders/{number}/cancel": {
            "parameters": [{"$ref": "#/components/parameters/Number"}],
            "post": {
                "operationId": "cancelOrder",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Cancel"}}
                    }
                },
            },
        },
        "/ship": {
            "post": {
                "operationId": "ship",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Nested"}}
                    }
                },
            }
        },
    },
}
YAML = """
openapi: 3.1.0
paths:
  /ping:
    get: {operationId: ping, summary: Says hello}
"""


def test_the_operations_are_listed_with_what_stands_against_them() -> None:
    found = {it.id: it for it in operations_of(read_description(json.dumps(DESCRIPTION)))}
    assert list(found) == ["getOrderStatus", "cancelOrder", "ship"]
    assert [it.effect for it in found.values()] == ["reads", "changes", "changes"]
    assert found["getOrderStatus"].problem == ""
    assert "nested" in found["ship"].problem


def test_a_picked_operation_is_the_form_filled_in() -> None:
    tool = tool_of(DESCRIPTION, "getOrderStatus")
    assert tool.name == "get_order_status"
    assert tool.effect == "reads"
    assert tool.config == {
        "method": "GET",
        "url": "https://shop.example/api/orders/{{ number }}",
        "auth": {"type": "header", "name": "X-Key"},
        "query": {"lang": "{{ lang }}"},
    }
    assert tool.parameters["required"] == ["number"]
    assert check_tool({"name": tool.name, "config": tool.config, "parameters": tool.parameters})


def test_what_may_be_left_out_and_cannot_be_sent_is_left_out() -> None:
    tool = tool_of(DESCRIPTION, "cancelOrder", base_url="https://other.example")
    assert tool.effect == "changes"
    assert set(tool.parameters["properties"]) == {"number", "reason"}
    assert tool.config["url"] == "https://other.example/orders/{{ number }}/cancel"


def test_a_description_in_yaml_is_read_too() -> None:
    assert [it.id for it in operations_of(read_description(YAML))] == ["ping"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"swagger": "2.0", "paths": {}}',
        '{"openapi": "3.0.0"}',
        "a: &a [1]\nb: [*a, *a]",
        "[" * 100_000,
    ],
)
def test_what_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(Unprocessable):
        read_description(text)


@pytest.mark.parametrize("reference", ["https://evil.example/x.json", "#/components/schemas/Loop"])
def test_references_stay_inside_and_end(reference: str) -> None:
    document = json.loads(json.dumps(DESCRIPTION))
    parameter = {"name": "q", "in": "query", "schema": {"$ref": reference}}
    document["paths"]["/orders/{number}"]["get"]["parameters"] = [parameter]
    found = {it.id: it for it in operations_of(document)}
    assert found["getOrderStatus"].problem


def test_names_are_what_a_model_can_call() -> None:
    assert name_of("getOrderStatus") == "get_order_status"
    assert name_of("get/orders/{id}") == "get_orders_id"
    assert name_of("2fa") == "tool_2fa"

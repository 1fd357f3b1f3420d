"""What may be a tool, and what a tool's values may be: refused before anything is called."""

from __future__ import annotations

from typing import Any

import pytest

from recado.assistant.tools.definition import check_tool
from recado.assistant.tools.filling import fill, fill_json
from recado.assistant.tools.http import HttpConfig, outgoing
from recado.assistant.tools.schema import check_arguments, check_parameters
from recado.errors import RequestError, ToolRefused
from tests.support.shop import cancel_order, order_status

URL = "https://shop.example"


def checked(**changes: Any) -> dict[str, Any]:
    return check_tool(order_status(URL, **changes))


def test_what_changes_things_asks_first_unless_it_is_said_not_to() -> None:
    assert check_tool(cancel_order(URL))["confirms"] is True
    assert check_tool(cancel_order(URL, confirms=False))["confirms"] is False
    assert checked()["confirms"] is False


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Order Status"},
        {"name": "hand_over"},
        {"name": "final_result"},
        {"timeout_seconds": 600.0},
        {"effect": "maybe"},
        {"examples": ["where is {order}?"]},
        {"config": {"url": "ftp://shop.example/x"}},
        {"config": {"url": "https://{{ number }}.example/x"}},
        {"config": {"url": "https://shop.example/{{ other }}"}},
        {"config": {"url": "https://me:secret@shop.example/"}},
        {"config": {"url": URL, "headers": {"Host": "other"}}},
        {"config": {"url": URL, "headers": {"X\r\nY": "1"}}},
        {"config": {"url": URL, "auth": {"type": "magic"}}},
        {"config": {"url": URL, "body": {"a": ["{{ nothing }}"]}}},
        {"parameters": {"type": "array"}},
        {"parameters": {"type": "object", "properties": {"a": {"type": "object"}}}},
        {"parameters": {"type": "object", "required": ["b"], "properties": {}}},
        {"answers": {"fr": "Votre commande"}},
    ],
)
def test_what_is_wrong_with_a_tool_is_said_when_it_is_written(changes: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        checked(**changes)


PARAMETERS = check_parameters(
    {
        "type": "object",
        "properties": {
            "number": {"type": "integer", "minimum": 1, "maximum": 99999},
            "size": {"type": "string", "enum": ["S", "M"]},
            "day": {"type": "string", "format": "date"},
            "mail": {"type": "string", "format": "email"},
            "gift": {"type": "boolean"},
            "codes": {"type": "array", "items": {"type": "string", "maxLength": 3}},
        },
        "required": ["number"],
    }
)


def test_values_are_taken_in_their_types() -> None:
    given = {"number": "1182", "size": "M", "day": "2026-03-31", "gift": "true", "codes": ["a"]}
    taken, wrong = check_arguments(given, PARAMETERS)
    assert wrong == []
    assert taken == {**given, "number": 1182, "gift": True}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "number is missing"),
        ({"number": 0}, "at least 1"),
        ({"number": 10**9}, "at most"),
        ({"number": 1.5}, "whole number"),
        ({"number": float("nan")}, "number"),
        ({"number": True}, "number"),
        ({"number": {"$gt": 0}}, "number"),
        ({"number": 1, "size": "XXL"}, "one of S, M"),
        ({"number": 1, "day": "tomorrow"}, "date"),
        ({"number": 1, "mail": "nobody"}, "e-mail"),
        ({"number": 1, "codes": ["abcd"]}, "at most 3"),
        ({"number": 1, "codes": [["a"]]}, "text"),
        ({"number": 1, "admin": True}, "no parameter"),
        ("number=1", "object"),
    ],
)
def test_values_that_are_not_what_was_described_are_told_apart(given: Any, told: str) -> None:
    _, wrong = check_arguments(given, PARAMETERS)
    assert told in " ".join(wrong)


def test_what_is_filled_in_is_never_filled_again() -> None:
    assert fill("{{ a }}-{{ b.0.c }}-{{ x }}", {"a": "{{ b }}", "b": [{"c": 7}]}) == "{{ b }}-7-"
    body = {"n": "{{ n }}", "t": "no. {{ n }}", "deep": [{"gone": "{{ x }}"}]}
    assert fill_json(body, {"n": 3}) == {"n": 3, "t": "no. 3", "deep": [{}]}


def test_a_value_stays_in_its_place_of_the_address() -> None:
    form = HttpConfig(url=f"{URL}/orders/{{{{ number }}}}")
    asked = outgoing(form, {"number": "1/../../admin?x=1#y"}, secret="", key="k")
    assert asked.url == f"{URL}/orders/1%2F..%2F..%2Fadmin%3Fx%3D1%23y"
    for value in (".", ".."):
        with pytest.raises(ToolRefused):
            outgoing(form, {"number": value}, secret="", key="k")


def test_a_value_writes_no_header_of_its_own() -> None:
    form = HttpConfig(url=URL, headers={"X-Order": "{{ number }}"})
    asked = outgoing(form, {"number": "1\r\nX-Admin: yes"}, secret="", key="")
    assert asked.headers == {"X-Order": "1 X-Admin: yes"}
    with pytest.raises(ToolRefused):
        outgoing(form, {"number": "1\x00"}, secret="", key="")


def test_what_stands_nowhere_else_goes_into_the_body() -> None:
    form = HttpConfig(method="POST", url=f"{URL}/orders/{{{{ number }}}}")
    asked = outgoing(form, {"number": "1", "why": 'a "quote"'}, secret="s", key="k1")
    assert asked.body == b'{"why": "a \\"quote\\""}'
    assert asked.headers["Idempotency-Key"] == "k1"

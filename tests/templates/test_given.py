"""What somebody gives a template in Meta's form has all that the template leaves open."""

from __future__ import annotations

from typing import Any

import pytest

from recado.templates.given import misgiven

OTP = "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"
TEMPLATE: list[Any] = [
    {"type": "HEADER", "format": "IMAGE"},
    {"type": "BODY", "text": "{{1}} is your code"},
    {"type": "BUTTONS", "buttons": [
        {"type": "QUICK_REPLY", "text": "No"}, {"type": "URL", "text": "Copy", "url": OTP}]},
]  # fmt: skip
PICTURE = {"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}
CODE = {"type": "body", "parameters": [{"type": "text", "text": "123"}]}
COPY = {"type": "button", "sub_type": "url", "index": 1, "parameters": CODE["parameters"]}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([PICTURE, CODE, COPY], []),
        ([CODE, COPY], ["header is missing"]),
        ([PICTURE, CODE], ["buttons.1 is missing"]),
        ([PICTURE, COPY], ["body.1 is missing"]),
        ([PICTURE, COPY, {"type": "BODY", "parameters": [{"type": "text", "text": " "}]}],
         ["body.1 must be a text"]),
    ],
)  # fmt: skip
def test_what_is_missing_or_no_text_is_named(given: list[Any], says: list[str]) -> None:
    assert [*misgiven(TEMPLATE, given)] == says


def test_values_by_name_may_stand_in_any_order() -> None:
    template = [{"type": "BODY", "text": "{{a}} {{b}}"}]
    values = [{"type": "text", "parameter_name": name, "text": name} for name in "ba"]
    assert [*misgiven(template, [{"type": "body", "parameters": values}])] == []
    assert [*misgiven(template, [{"type": "body", "parameters": values[:1]}])] == [
        "body.a is missing"
    ]

"""A text that becomes too long with its values is refused by its key, before it is queued."""

from __future__ import annotations

from typing import Any

import pytest

from recado.templates.fill import fill
from recado.templates.length import too_long
from recado.templates.render import render
from tests.templates.test_filling import CARD, LINK

LONG: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "body": ([{"type": "BODY", "text": "Hola {{1}}"}], {"body": ["x" * 1020]}, "allows 1024"),
    "header": (
        [{"type": "HEADER", "format": "TEXT", "text": "Pedido {{1}}"}],
        {"header": "4" * 60},
        "allows 60",
    ),
    "cards.1.body": (
        [{"type": "CAROUSEL", "cards": [{"components": CARD}] * 2}],
        {"cards": [{"header": {"link": LINK}, "body": [text], "buttons": {"1": "a"}}
                   for text in ("x", "x" * 160)]},
        "allows 160",
    ),
    "buttons.0": (
        [{"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "text": "Copiar"}]}],
        {"buttons": {"0": "VERANO2026VERANO2026X"}},
        "allows 20",
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", LONG)
def test_what_becomes_too_long_is_named(key: str) -> None:
    components, values, limit = LONG[key]
    (said,) = too_long(render(components, fill(components, values)))
    assert said.startswith(f"{key} has")
    assert limit in said


def test_what_is_as_long_as_it_may_be_is_taken() -> None:
    components = [{"type": "BODY", "text": "Hola {{1}}"}]
    assert [*too_long(render(components, fill(components, {"body": ["x" * 1019]})))] == []

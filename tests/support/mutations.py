"""Payloads that a vendor might send one day: recorded ones with something in them changed."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import parse_qsl, urlencode

NONSENSE: tuple[Any, ...] = (
    *(None, True, -1, 10**30, 1e308, "", "\x00", "\ud800", [], {}, [[]], "x" * 9999),
    *({"a": {"b": []}}, [None], "0", "-1", "null"),
)


def mutated(value: Any, dice: random.Random) -> Any:
    """The value with one thing in it changed, dropped, repeated, nested or replaced by nonsense."""
    if isinstance(value, dict) and value:
        return _mutated_object(value, dice)
    if isinstance(value, list) and value:
        index = dice.randrange(len(value))
        if dice.random() < 0.3:
            return [*value, value[index]]
        return [*value[:index], mutated(value[index], dice), *value[index + 1 :]]
    return dice.choice(NONSENSE)


def _mutated_object(value: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    key = dice.choice(list(value))
    choice = dice.randrange(6)
    if choice == 0:
        return {k: v for k, v in value.items() if k != key}
    if choice == 1:
        return value | {key: dice.choice(NONSENSE)}
    if choice == 2:
        return value | {key: dice.choice([[value[key]], {key: value[key]}])}
    return value | {key: mutated(value[key], dice)}


def mutated_body(body: bytes, dice: random.Random, times: int) -> bytes:
    """A JSON or form body, changed `times` times."""
    try:
        payload = json.loads(body)
    except ValueError:
        return _mutated_form(body, dice, times)
    for _ in range(times):
        payload = mutated(payload, dice)
    return json.dumps(payload).encode()


def _mutated_form(body: bytes, dice: random.Random, times: int) -> bytes:
    pairs = parse_qsl(body.decode().strip(), keep_blank_values=True)
    for _ in range(times):
        index = dice.randrange(len(pairs)) if pairs else 0
        name, value = pairs[index] if pairs else ("Body", "")
        strange = ["", "\x00", "x" * 9999, "\ufffd", "0", "-1", "1e999", "{", "[[]]", "ñ", value]
        changed = [
            [],
            [(name, dice.choice(strange))],
            [(name, value), (name, dice.choice(strange))],
            [(dice.choice(strange), value)],
        ]
        pairs[index : index + 1] = dice.choice(changed)
    return urlencode(pairs).encode()

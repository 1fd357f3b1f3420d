"""Payloads with one detail spoilt: dropped, null, of another type, or nonsense."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

#: Where in a payload: keys and indices.
Partition = tuple[str | int, ...]
_DROP = object()
_SPOILS: tuple[Any, ...] = (_DROP, None, "", 7, True, [], {}, "\x00odd")


class Spoilt(NamedTuple):
    """A body, where in it something was changed, and what had stood there."""

    body: bytes
    place: Partition
    before: Any


def spoilt(body: bytes) -> Iterator[Spoilt]:
    """The body with each of its details, at any depth, spoilt in each way; one at a time."""
    try:
        payload = json.loads(body)
    except ValueError:
        yield from _spoilt_form(body)
        return
    for place, before in _places(payload):
        for spoil in _SPOILS:
            changed = copy.deepcopy(payload)
            parent = changed
            for key in place[:-1]:
                parent = parent[key]
            if spoil is _DROP:
                del parent[place[-1]]
            else:
                parent[place[-1]] = spoil
            yield Spoilt(json.dumps(changed).encode(), place, before)


def _places(value: Any, above: Partition = ()) -> Iterator[tuple[Partition, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in inner:
        yield (*above, key), part
        if isinstance(part, dict | list):
            yield from _places(part, (*above, key))


def _spoilt_form(body: bytes) -> Iterator[Spoilt]:
    fields = parse_qsl(body.decode().strip(), keep_blank_values=True)
    for at, (name, value) in enumerate(fields):
        for spoil in (_DROP, "", "7", "null", "{", "\x00odd", "x" * 3000):
            given = [] if spoil is _DROP else [(name, str(spoil))]
            changed = [*fields[:at], *given, *fields[at + 1 :]]
            yield Spoilt(urlencode(changed).encode(), (name,), value)

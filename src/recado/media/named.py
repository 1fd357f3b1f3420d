"""The stored files that a message's content names, wherever in it: in `media.media_id`, in the
header of a message to tap, in a template's component."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def named_files(content: Any) -> set[str]:
    """Their ids."""
    return set(_named(content))


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        media_id = value.get("media_id")
        if isinstance(media_id, str) and media_id:
            yield media_id
    nested = value.values() if isinstance(value, dict) else value
    if isinstance(nested, str) or not hasattr(nested, "__iter__"):
        return
    for item in nested:
        yield from _named(item)

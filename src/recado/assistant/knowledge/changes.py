"""What differs between a source as it was and as it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import msgspec

from recado.assistant.knowledge.passages import PassageDraft

#: How often it is looked whether new passages have their vectors (meaning/embedding.py).
EMBED_SECONDS = 5.0
#: So many of the passages that came or went are shown, each cut.
_SHOWN, _SHOWN_CHARS = 20, 160


class StoredPassage(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def heading(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...


class Changes(msgspec.Struct, frozen=True):
    """How many passages came, went and stayed the same; `came` and `went` show the first of
    them."""

    added: int
    removed: int
    same: int
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()


def compare(
    there: Sequence[StoredPassage], new: Sequence[PassageDraft]
) -> tuple[dict[int, int], Changes]:
    """The ids of the passages that stay, by their new positions (from 1), and what changed."""
    having: defaultdict[tuple[str, str, str], list[StoredPassage]] = defaultdict(list)
    for row in reversed(there):
        having[row.heading, row.text, row.language].append(row)
    kept: dict[int, int] = {}
    came = []
    for position, passage in enumerate(new, start=1):
        if same := having.get((passage.heading, passage.text, passage.language)):
            kept[position] = same.pop().id
        else:
            came.append(_shown(passage.heading, passage.text))
    ids = set(kept.values())
    went = [_shown(row.heading, row.text) for row in there if row.id not in ids]
    return kept, Changes(
        added=len(came),
        removed=len(went),
        same=len(kept),
        came=tuple(came[:_SHOWN]),
        went=tuple(went[:_SHOWN]),
    )


def _shown(heading: str, text: str) -> str:
    words = " ".join(f"{heading}: {text}".split())
    return words if len(words) <= _SHOWN_CHARS else f"{words[: _SHOWN_CHARS - 1]}…"

"""What came of reading a file: its sections, and an account of everything that it held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

_SHOWN_CHARS = 80
_SHOWN = 5


class Section(msgspec.Struct, frozen=True):
    """`path` is the headings from the topic down to this section; `text` is Markdown."""

    path: tuple[str, ...]
    text: str


class LeftOut(msgspec.Struct, frozen=True):
    """Something of a file that stands in no passage: why, and what it was."""

    reason: str
    what: str


class Reading(msgspec.Struct, frozen=True):
    """`counts` says what the file held by noun (`{"row": 12}`), `left_out` what of it stands in no
    section."""

    sections: tuple[Section, ...]
    counts: Mapping[str, int] = {}
    left_out: tuple[LeftOut, ...] = ()


def shown(words: Iterable[str]) -> str:
    """Some words of a file as a note quotes them: the first few, each cut."""
    quoted = list(dict.fromkeys(" ".join(word.split()) for word in words))
    cut = [w if len(w) <= _SHOWN_CHARS else f"{w[:_SHOWN_CHARS]}…" for w in quoted[:_SHOWN]]
    more = f" and {len(quoted) - _SHOWN} more" if len(quoted) > _SHOWN else ""
    return ", ".join(f"“{word}”" for word in cut) + more

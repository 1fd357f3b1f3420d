"""What came of reading a file: its sections, and an account of everything that it held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

_SHOWN_CHARS = 80
_SHOWN = 5


class Section(msgspec.Struct, frozen=True):
    """`path` is the headings from the topic down to this section; `text` is Markdown.

    `page` counts pages of a PDF and slides from 1, None where there are none. `facts` are the cells
    of a row of a sheet, each with the name of its column."""

    path: tuple[str, ...]
    text: str
    page: int | None = None
    facts: tuple[tuple[str, str], ...] = ()


class LeftOut(msgspec.Struct, frozen=True):
    """Something of a file that stands in no passage: why, and what it was."""

    reason: str
    what: str


class Reading(msgspec.Struct, frozen=True):
    """`counts` says what the file held by noun (`{"row": 12}`), `left_out` what of it stands in no
    section. `pictured` are the pages of a PDF that show words which it does not tell (a scan);
    `unread_from` is the first of those beyond what was asked for, 0 if there are none."""

    sections: tuple[Section, ...]
    counts: Mapping[str, int] = {}
    left_out: tuple[LeftOut, ...] = ()
    pictured: tuple[int, ...] = ()
    unread_from: int = 0


class Bounds(msgspec.Struct, frozen=True):
    """How much of a long PDF is read, where a part of it is better than nothing."""

    pages: int
    seconds: float


def across_pages(sections: Iterable[Section]) -> list[Section]:
    """The sections, each in one piece that a page's end had parted; its page is where it begins."""
    joined: list[Section] = []
    for section in sections:
        last = joined[-1] if joined else None
        if last and section.page != last.page and section.path == last.path and not last.facts:
            text = f"{last.text}\n\n{section.text}"
            joined[-1] = msgspec.structs.replace(last, text=text)
        else:
            joined.append(section)
    return joined


def gathered(left_out: Iterable[LeftOut]) -> list[LeftOut]:
    """One note for each reason, of many with the same."""
    found: dict[str, list[LeftOut]] = {}
    for note in left_out:
        found.setdefault(note.reason, []).append(note)
    return [
        msgspec.structs.replace(notes[0], what=shown(it.what for it in notes))
        for notes in found.values()
    ]


def shown(words: Iterable[str]) -> str:
    """Some words of a file as a note quotes them: the first few, each cut."""
    quoted = list(dict.fromkeys(" ".join(word.split()) for word in words))
    cut = [w if len(w) <= _SHOWN_CHARS else f"{w[:_SHOWN_CHARS]}…" for w in quoted[:_SHOWN]]
    more = f" and {len(quoted) - _SHOWN} more" if len(quoted) > _SHOWN else ""
    return ", ".join(f"“{word}”" for word in cut) + more

"""What is asked, and what is expected of the answer."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Expected(msgspec.Struct, frozen=True):
    """What is expected of an answer; what is empty or None is not asked for.

    `contains` all of them, `not_contains` none; `source`: (part of) the heading or the name of a
    source that is quoted, any of them; `declined`: an honest "I don't know" or a person, and no
    quotation; `tool`: all of them were called; `seconds` and `cost` (US dollars): at most.
    `judge` is a statement about the answer that a model says is true or not.
    """

    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    language: str = ""
    declined: bool | None = None
    handed_over: bool | None = None
    tool: tuple[str, ...] = ()
    seconds: float | None = None
    cost: float | None = None
    judge: str = ""

    @property
    def is_answerable(self) -> bool:
        """Whether it says what a right answer is."""
        return bool(self.source or self.contains) and not (self.declined or self.handed_over)


class Case(msgspec.Struct, frozen=True):
    """`turns` are what the contact says, one after the other; the answer to the last counts."""

    id: str
    turns: tuple[str, ...]
    expect: Expected
    line: int = 0


class CaseSet(msgspec.Struct, frozen=True):
    """The cases of a file. `knowledge` are files that the answers come from; none: what the
    installation knows, or with `sample` the business that comes with Recado. `character` is a
    name or an id, "" the default one."""

    name: str
    path: Path
    cases: tuple[Case, ...]
    knowledge: tuple[Path, ...] = ()
    sample: bool = False
    character: str = ""

    @property
    def has_own_knowledge(self) -> bool:
        return self.sample or bool(self.knowledge)

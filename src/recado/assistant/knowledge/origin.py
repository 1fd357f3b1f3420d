"""Where a source comes from that is no file: a page of the web, or somebody who wrote an answer."""

from __future__ import annotations

from typing import Literal

import msgspec

Refresh = Literal["never", "daily"]


class WrittenAnswer(msgspec.Struct, frozen=True):
    """A question in its wordings, and its answer as it was written, in Markdown."""

    questions: tuple[str, ...]
    text: str


class WebPage(msgspec.Struct, frozen=True):
    """A page and how the last look at it went. Times are Unix seconds.

    `problem` is what was wrong then, "" where nothing was; `failed_at` is when that began, and what
    was learnt before stays known.
    """

    url: str
    refresh: Refresh = "never"
    checked_at: float = 0.0
    problem: str = ""
    failed_at: float | None = None


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the two; neither for a file."""

    answer: WrittenAnswer | None = None
    page: WebPage | None = None


FILE = Origin()

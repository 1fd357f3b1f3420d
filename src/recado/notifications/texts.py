"""A notification in words: a title, lines, and a link, as plain text and as a small page.

What strangers have chosen, above all their names, goes through here as data: on one line, cut, and
escaped where it is shown as HTML.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files

from recado.notifications.occasions import Facts
from recado.notifications.quiet import zone_named

#: Says an English text of the code in a language: (language) -> (text) -> text.
Words = Callable[[str], Callable[[str], str]]
MOST_NAME = 60
MOST_TITLE = 150
MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Told:
    """One notification in words. `link` is "" where there is no address to lead to; `opens` says
    what it opens."""

    title: str
    lines: tuple[str, ...]
    link: str
    opens: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a sender sends: one notification, or several at once under a title of their own."""

    title: str
    parts: Sequence[Told]
    #: Said below, to people who may choose otherwise.
    foot: str = ""

    @property
    def text(self) -> str:
        blocks = ["\n".join(filter(None, (it.title, *it.lines, it.link))) for it in self.parts]
        return "\n\n".join(filter(None, (*blocks, self.foot)))

    @property
    def html(self) -> str:
        body = "".join(_part(it) for it in self.parts)
        foot = f"<p style='color:#666;font-size:13px'>{escape(self.foot)}</p>" if self.foot else ""
        return (
            "<!doctype html><html><head><meta charset='utf-8'><title>"
            f"{escape(self.title)}</title></head>"
            "<body style='font-family:system-ui,sans-serif;font-size:15px;line-height:1.5'>"
            f"{body}{foot}</body></html>"
        )

    @property
    def short(self) -> str:
        """For a phone: titles and links alone."""
        told = [" ".join(filter(None, (it.title, it.link))) for it in self.parts]
        return "\n".join(told)


def render(
    occasion: str, conversation_id: str, facts: Facts, *, language: str, time_zone: str,
    public_url: str, words: Words,
) -> Told:  # fmt: skip
    """One notification. `words` translates the reasons; `public_url` "" leaves the link out."""
    say = words(language)
    name = called(facts.name, language)
    lines = []
    if facts.reasons:
        reasons = ", ".join(say(one_line(it, 120)) for it in facts.reasons[:MOST_REASONS])
        lines.append(f"{word('reason', language)}: {reasons}")
    if facts.department:
        lines.append(f"{word('department', language)}: {one_line(facts.department, MOST_NAME)}")
    if facts.since:
        at = datetime.fromtimestamp(facts.since, zone_named(time_zone))
        lines.append(f"{word('since', language)}: {at:%Y-%m-%d %H:%M} {at.tzname()}")
    path, opens = _where(occasion, conversation_id)
    link = f"{public_url}{path}" if public_url and path else ""
    title = one_line(_text("titles", occasion, language).format(name=name), MOST_TITLE)
    return Told(title, tuple(lines), link, word(opens, language))


def together(parts: Sequence[Told], *, language: str, personal: bool) -> Rendered:
    """One message of one or more notifications."""
    title = parts[0].title
    if len(parts) > 1:
        title = _text("titles", "digest", language).format(count=len(parts))
    return Rendered(title, parts, word("choose", language) if personal else "")


def word(name: str, language: str) -> str:
    return _text("words", name, language)


def called(name: str, language: str) -> str:
    """How the contact is called: a name that is only a number is no name, and stays here."""
    shown = one_line(name, MOST_NAME)
    return shown if any(it.isalpha() for it in shown) else word("somebody", language)


def one_line(text: str, most: int) -> str:
    """On one line, without what only controls (a header ends at a line's end), and not too long."""
    plain = "".join(" " if unicodedata.category(it)[0] in "CZ" else it for it in text[: 4 * most])
    shown = " ".join(plain.split())
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def _where(occasion: str, conversation_id: str) -> tuple[str, str]:
    if conversation_id:
        return f"/conversations/{conversation_id}", "open"
    return ("/webhooks", "open_webhooks") if occasion == "webhook_paused" else ("", "open")


def _part(told: Told) -> str:
    lines = "".join(f"{escape(it)}<br>" for it in told.lines)
    link = f"<a href='{escape(told.link)}'>{escape(told.opens)}</a>" if told.link else ""
    return f"<p><strong>{escape(told.title)}</strong><br>{lines}{link}</p>"


def _text(part: str, name: str, language: str) -> str:
    texts = _texts()[part][name]
    return texts.get(language, texts["en"])


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    found = files(__package__) / "data" / "texts.toml"
    return tomllib.loads(found.read_text(encoding="utf-8"))

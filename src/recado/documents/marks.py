"""The signs that make a line a heading, a rule, or a row of a table. All in linear time."""

from __future__ import annotations

import re

_RULES = "=-_*~#.·•─━═"
_ROW_RULE = frozenset(" \t:|-+=")
_DECORATED = re.compile(r"^(?P<sign>[=\-~*#_•►■▶◆★─═])(?P=sign)*\s+(\S.{0,80}?)\s+(?P=sign)+$")
_BOLD = re.compile(r"^(\*\*|__)(?![*_\s])([^*_]{2,90})\1:?$")
_CHAT_BOLD = re.compile(r"^\*(?![*\s])([^*]{2,90})\*:?$")
_BRACKETED = re.compile(r"^\[([^\][()]{3,60})\]$")
_IMAGE = re.compile(r"!\[([^\][]*)\]\([^()\[\]]*\)")

_LONGEST_TITLE, _MOST_WORDS = 60, 6


def is_rule(line: str) -> bool:
    """A line of one sign only: a rule, or the underline of a heading."""
    signs = set(line.split()) and set("".join(line.split()))
    return len(signs) == 1 and signs <= set(_RULES) and len("".join(line.split())) >= 3


def is_table_rule(line: str) -> bool:
    """The line under the names of a table's columns: `|---|:--:|`, or `---|---`."""
    return "-" in line and "|" in line and set(line) <= _ROW_RULE


def is_row(line: str) -> bool:
    """A row of a Markdown table, with outer bars or without."""
    stripped = line.strip()
    return stripped.count("|") >= (2 if stripped.startswith("|") else 1) and not is_table_rule(line)


def row_cells(line: str) -> list[str]:
    """The cells of a row; a bar with a backslash is text."""
    stripped = line.strip().replace("\\|", "\x00")
    stripped = stripped.removeprefix("|").removesuffix("|")
    return [cell.replace("\x00", "|").strip() for cell in stripped.split("|")]


def decorated_heading(line: str, *, plain: bool) -> str:
    """The title in a line that is nothing but one: `**Horario**`, `=== Horario ===`; in plain
    text also `*Horario*`, as WhatsApp shows bold, and `[Horario]`."""
    stripped = line.strip()
    if len(stripped) > 120:
        return ""
    patterns = (_DECORATED, _BOLD, _CHAT_BOLD, _BRACKETED) if plain else (_DECORATED, _BOLD)
    for pattern in patterns:
        if found := pattern.match(stripped):
            title = found[found.lastindex or 0].strip()
            said = title.endswith((".", ",", ";")) or any(map(str.isdigit, title))
            return "" if said else title
    return ""


def without_images(text: str) -> str:
    """Text with each picture's description in its place."""
    return _IMAGE.sub(r"\1", text) if "![" in text else text


def is_set_apart(previous: str, line: str, following: str) -> bool:
    """Whether a line of plain text stands over the next as a title does: after a blank line, a few
    words without a sign at their end, and what is below tells something."""
    title, below = line.strip(), following.strip()
    if previous.strip() or not below or len(title) > _LONGEST_TITLE:
        return False
    words = title.rstrip(":").split()
    if not words or len(words) > _MOST_WORDS or not title[0].isupper():
        return False
    if any(not (char.isalpha() or char in " :&/()'’-") for char in title):
        return False
    tells = below.endswith((".", "!", "…")) or any(map(str.isdigit, below))
    return tells or len(below.split()) > _MOST_WORDS

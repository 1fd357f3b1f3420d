"""Text as sections: a heading path and what stands below it.

Every format ends up here, Markdown first: headings, "¿…?" lines, "P:/R:" and "Q:/A:" pairs all
open a section, so that a question of the file is the heading of its answer. No word is lost on the
way: a heading with nothing below it is a section of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from recado.documents.grid import grid_lines, read_grid
from recado.documents.marks import (
    decorated_heading,
    is_row,
    is_rule,
    is_set_apart,
    is_table_rule,
    row_cells,
    without_images,
)
from recado.documents.questions import Asked, answer_in, question_in
from recado.documents.reading import LeftOut, Reading, Section, shown
from recado.language.reading import composed_accents

_FENCE = re.compile(r"^\s*(?:```|~~~)")
_ATX = re.compile(r"^ {0,3}(#{1,6})\s+(\S.*)$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u00ad\ud800-\udfff]")
#: What the first lines of a Markdown file say about it as a file.
_ABOUT_THE_FILE_NAMES = """
    title titulo título date fecha data tags tag category categories author autor layout slug
    lang language draft permalink weight id sidebar_label sidebar_position description keywords
    aliases
"""
_ABOUT_THE_FILE = frozenset(_ABOUT_THE_FILE_NAMES.split())
_LONGEST_HEADING = 200
#: So many lines that stand alone over a text are the way in which a file writes its headings.
_MANNER = 2
#: Below every heading that has a number: a line in bold or in capitals.
_WEAKEST = 7


def clean_text(text: str) -> str:
    """Text with plain line ends and composed accents, without what is neither seen nor storable."""
    for line_end in ("\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0c", "\x0b"):
        text = text.replace(line_end, "\n")
    return composed_accents(_CONTROL.sub("", text.replace("\u00a0", " ")))


def parse_sections(text: str, *, plain: bool = False) -> list[Section]:
    """The sections of a Markdown text, in order; `plain`: of one that is not, where capitals and
    underlines stand for headings."""
    return list(read_text(text, plain=plain).sections)


def read_text(text: str, *, plain: bool = False) -> Reading:
    """A Markdown or plain text as its sections, with the account of its lines."""
    lines, comments = _lines_of(text)
    held = sum(1 for line in lines if line.strip())
    lines, front = _without_front_matter(lines)
    parser = _Parser(plain=plain and not _shouts(lines))
    parser.read(lines)
    parser.close()
    left_out = [LeftOut("Left out, for it tells of the file", shown(front))] if front else []
    sections = _without_title(parser.sections, parser.titles)
    return Reading(tuple(sections), {"line": held}, (*left_out, *_noted(comments)))


def read_pages(pages: Iterable[tuple[int, str]]) -> Reading:
    """Pages of Markdown, each with its number, as sections that end with their page: one that goes
    on is there again under the same headings."""
    parser = _Parser(plain=False)
    comments: list[str] = []
    for number, text in pages:
        lines, commented = _lines_of(text)
        comments += commented
        parser.page = number
        parser.read(lines)
    parser.close()
    sections = _without_title(parser.sections, parser.titles)
    return Reading(tuple(sections), {}, tuple(_noted(comments)))


def _lines_of(text: str) -> tuple[list[str], list[str]]:
    body, comments = without_comments(clean_text(text))
    return without_images(body).split("\n"), comments


def _noted(comments: list[str]) -> list[LeftOut]:
    if not comments:
        return []
    return [LeftOut("Left out, as comments that are not shown", shown(comments))]


def without_comments(text: str) -> tuple[str, list[str]]:
    """The text, and the comments (`<!-- … -->`) that stood in it. One that never ends is text."""
    parts, comments = [], []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        if comment := text[start + 4 : end].strip():
            comments.append(comment)
        at = end + 3
    parts.append(text[at:])
    return "".join(parts), comments


def _without_front_matter(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines without a head of YAML about the file, and that head. A head that says anything
    else is content."""
    if not lines or lines[0].strip() != "---":
        return lines, []
    for at, line in enumerate(lines[1:40], start=1):
        if line.strip() in {"---", "..."}:
            inside = [line for line in lines[1:at] if line.strip()]
            keys = [line for line in inside if not line.startswith((" ", "-", "\t"))]
            known = all(key.partition(":")[0].strip().lower() in _ABOUT_THE_FILE for key in keys)
            return (lines[at + 1 :], inside) if known else (lines, [])
    return lines, []


def _shouts(lines: list[str]) -> bool:
    """Whether the whole text is in capitals, so that they mark nothing."""
    written = [line for line in lines if any(char.isalpha() for char in line)]
    return sum(1 for line in written if line.isupper()) * 2 > len(written) > 3


def _without_title(sections: list[Section], titles: list[str]) -> list[Section]:
    """A single first-level heading over everything names the file and tells no passage apart: it
    stands once, before the rest."""
    if len(titles) != 1 or not all(s.path and s.path[0] == titles[0] for s in sections):
        return sections
    title = titles[0]
    below = [
        msgspec.structs.replace(s, path=s.path[1:]) if len(s.path) > 1 else s for s in sections
    ]
    if len(below) > 1 and not any(s.path == (title,) for s in below):
        return [Section((title,), title, below[0].page), *below]
    return below


class _Parser:
    def __init__(self, *, plain: bool) -> None:
        self.sections: list[Section] = []
        self.titles: list[str] = []
        self.page: int | None = None
        self._plain = plain
        self._set_apart = False
        self._headings: list[tuple[int, str]] = []
        self._question = ""
        self._lines: list[str] = []
        self._rows: list[list[str]] = []
        self._fenced = False
        self._bare = False  # the last heading has nothing below it yet

    def read(self, lines: list[str]) -> None:
        around = zip(["", *lines], lines, [*lines[1:], ""], strict=False)
        set_apart = sum(is_set_apart(*three) for three in around) if self._plain else 0
        self._set_apart = set_apart >= _MANNER
        at = 0
        while at < len(lines):
            previous = lines[at - 1] if at else ""
            following = lines[at + 1] if at + 1 < len(lines) else ""
            if self._is_table(lines[at], following):
                at = self._take_table(lines, at)
                continue
            if lines[at].strip():
                at += self._take(lines[at], previous, following)
            else:
                self._lines.append("")
                at += 1
        self.flush()

    def close(self) -> None:
        """Nothing follows any more."""
        self._close_bare(0)

    def _is_table(self, line: str, following: str) -> bool:
        if self._fenced or "|" not in line:
            return False
        return is_row(line) and (is_table_rule(following) or is_row(following))

    def _take_table(self, lines: list[str], at: int) -> int:
        rows: list[list[str]] = []
        while at < len(lines) and (is_row(lines[at]) or (rows and is_table_rule(lines[at]))):
            if not is_table_rule(lines[at]):
                rows.append(row_cells(lines[at]))
            at += 1
        self._lines.extend(grid_lines(read_grid(rows)))
        return at

    def _take(self, line: str, previous: str, following: str) -> int:
        """Take a line (and its underline). Returns how many lines that were."""
        if _FENCE.match(line):
            self._fenced = not self._fenced
            if said := line.strip().lstrip("`~").strip():
                self._lines.append(said)
        elif self._fenced:
            self._lines.append(line)
        elif heading := _ATX.match(line):
            self._open(len(heading[1]), _without_closing(heading[2]))
        elif is_rule(line):
            self._lines.append("")
        elif self._is_underlined(line, following):
            level = 1 if "=" in following else 2
            self._open(_WEAKEST if self._plain else level, line)
            return 2
        elif asked := question_in(line, previous):
            self._ask(asked)
        elif self._question and (answer := answer_in(line)) is not None:
            self._lines.append(answer)
        elif title := self._plain_heading(line, previous, following):
            self._open(_WEAKEST, title)
        else:
            self._lines.append(line.rstrip())
        return 1

    def _is_underlined(self, line: str, following: str) -> bool:
        if not line.strip() or len(line) > _LONGEST_HEADING or not is_rule(following):
            return False
        kinds = set(following.strip())
        return kinds <= {"=", "-"} or self._plain

    def _plain_heading(self, line: str, previous: str, following: str) -> str:
        if previous.strip():  # a word in bold inside a paragraph
            return ""
        title = decorated_heading(line, plain=self._plain)
        stripped = line.strip()
        if title or not self._plain or stripped.startswith(("-", "*", "•")):
            return title
        if self._set_apart and is_set_apart(previous, line, following):
            return stripped.rstrip(":").rstrip()
        capitals = stripped.isupper() and len(stripped) <= 60 and not stripped.endswith((".", ","))
        return stripped if capitals and sum(map(str.isalpha, stripped)) > 2 else ""

    def _ask(self, asked: Asked) -> None:
        self.flush()
        self._close_bare(_WEAKEST + 1)
        self._question = asked.question
        self._bare = True
        if asked.answer:
            self._lines.append(asked.answer)

    def _open(self, level: int, title: str) -> None:
        self.flush()
        title = title.strip().strip("*_").strip() or title.strip()
        self._close_bare(level)
        self._question = ""
        self._headings = [h for h in self._headings if h[0] < level]
        self._headings.append((level, title))
        self._bare = True
        if level == 1:
            self.titles.append(title)

    def _path(self) -> list[str]:
        path = [title for _, title in self._headings]
        return [*path, self._question] if self._question else path

    def _close_bare(self, level: int) -> None:
        """Keep a heading that ends here with nothing below it."""
        own = _WEAKEST + 1 if self._question else (self._headings or [(0, "")])[-1][0]
        if self._bare and own >= level:
            path = self._path()
            self.sections.append(Section(tuple(path), path[-1], self.page))
        self._bare = False

    def flush(self) -> None:
        """Close the section that is open."""
        text = "\n".join(self._lines).strip()
        self._lines = []
        if text:
            self.sections.append(Section(tuple(self._path()), text, self.page))
            self._bare = False


def _without_closing(title: str) -> str:
    bare = title.rstrip().rstrip("#")
    return bare.rstrip() if bare.endswith((" ", "\t")) else title.rstrip()

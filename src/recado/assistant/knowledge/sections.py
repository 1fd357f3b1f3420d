"""Text as sections: a heading path and what stands below it.

Every format ends up here, Markdown first: headings, "¿…?" lines, "P:/R:" and "Q:/A:" pairs all
open a section, so that a question of the file is the heading of its answer.
"""

from __future__ import annotations

import re

import msgspec

_FENCE = re.compile(r"^\s*(```|~~~)")
_ATX = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-{3,})\s*$")
_QUESTION_MARK = re.compile(
    r"^(?:[-*]\s+)?\**(?:P|Q|Pregunta|Pergunta|Question)\s*\d*\s*[:.)]\**\s+(\S.*)$", re.IGNORECASE
)
_ANSWER_MARK = re.compile(
    r"^(?:[-*]\s+)?\**(?:R|A|Respuesta|Resposta|Answer)\s*\d*\s*[:.)]\**\s+(.*)$", re.IGNORECASE
)
_NUMBERED = re.compile(r"^\d{1,3}[.)]\s+")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u00ad\ud800-\udfff]")
_LONGEST_QUESTION = 200


class Section(msgspec.Struct, frozen=True):
    """`path` is the headings from the topic down to this section; `text` is Markdown."""

    path: tuple[str, ...]
    text: str


def clean_text(text: str) -> str:
    """Text with plain line ends and without what is neither seen nor storable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return _CONTROL.sub("", text)


def parse_sections(text: str) -> list[Section]:
    """The sections of a Markdown or plain text, in order; those without text are left out."""
    lines = _IMAGE.sub("", _COMMENT.sub("", clean_text(text))).split("\n")
    parser = _Parser()
    skip_to = _end_of_front_matter(lines)
    for at in range(skip_to, len(lines)):
        previous = lines[at - 1] if at > skip_to else ""
        following = lines[at + 1] if at + 1 < len(lines) else ""
        parser.feed(lines[at], previous, following)
    parser.flush()
    return _without_title(parser.sections, parser.titles)


def _end_of_front_matter(lines: list[str]) -> int:
    if lines and lines[0].strip() == "---":
        for at, line in enumerate(lines[1:40], start=1):
            if line.strip() in {"---", "..."}:
                return at + 1
    return 0


def _without_title(sections: list[Section], titles: list[str]) -> list[Section]:
    """A single first-level heading over everything names the file; it tells no passage apart."""
    if len(titles) != 1:
        return sections
    title = titles[0]
    return [
        Section(s.path[1:], s.text) if len(s.path) > 1 and s.path[0] == title else s
        for s in sections
    ]


class _Parser:
    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.titles: list[str] = []
        self._headings: list[tuple[int, str]] = []
        self._question = ""
        self._lines: list[str] = []
        self._fenced = False

    def feed(self, line: str, previous: str, following: str) -> None:
        if _FENCE.match(line):
            self._fenced = not self._fenced
            return
        if self._fenced:
            self._lines.append(line)
        elif heading := _ATX.match(line):
            self._open(len(heading[1]), heading[2])
        elif following and line.strip() and (below := _SETEXT.match(following)):
            self._open(1 if below[1][0] == "=" else 2, line)
        elif _SETEXT.match(line):
            pass  # the underline of a heading, or a rule
        elif question := _question_in(line, previous):
            self.flush()
            self._question = question
        elif self._question and (answer := _ANSWER_MARK.match(line.strip())):
            self._lines.append(answer[1])
        else:
            self._lines.append(line.rstrip())

    def _open(self, level: int, title: str) -> None:
        self.flush()
        title = title.strip().strip("*_").strip()
        self._question = ""
        self._headings = [h for h in self._headings if h[0] < level]
        self._headings.append((level, title))
        if level == 1:
            self.titles.append(title)

    def flush(self) -> None:
        """Close the section that is open."""
        text = "\n".join(self._lines).strip()
        self._lines = []
        if text:
            path = [title for _, title in self._headings]
            if self._question:
                path.append(self._question)
            self.sections.append(Section(tuple(path), text))


def _question_in(line: str, previous: str) -> str:
    """The question that a line asks as a heading does, or ""."""
    stripped = line.strip()
    if marked := _QUESTION_MARK.match(stripped):
        return marked[1].strip("* ")
    plain = _NUMBERED.sub("", stripped.strip("*_").strip()).strip("*_ ")
    if not plain.endswith("?") or len(plain) > _LONGEST_QUESTION:
        return ""
    # In running text a question is only one sentence of many; as a heading it stands alone.
    alone = plain.startswith("¿") or stripped != plain or not previous.strip()
    return plain if alone and not stripped.startswith(("- ", "* ", ">", "|")) else ""

"""Sections to passages: pieces that each answer something, short enough to quote in a chat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from recado.assistant.knowledge.analysis import HEADING_SEPARATOR
from recado.documents.reading import Section, across_pages
from recado.language.detection import detect_language

MAX_CHARS = 700
#: A line this long without an end was broken by its page.
_WIDE = 72
#: Below this, a passage is taken to be in the language of its file.
_SURE_OF_LANGUAGE = 0.5

_BLANK = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+|^\s*\|")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[\"“«¿¡(]?[A-ZÁÉÍÓÚÑÇÀÂÊÔÃÕÜ0-9])")
_RULE = frozenset(" \t:|-")


class PassageDraft(msgspec.Struct, frozen=True):
    """`heading` is the path joined by " › "; `text` is Markdown of at most MAX_CHARS."""

    heading: str
    text: str
    language: str


def passages_of(sections: Sequence[Section], *, default_language: str = "es") -> list[PassageDraft]:
    """The passages of a file's sections, in order, each with its language."""
    pieces = [
        (HEADING_SEPARATOR.join(section.path), piece)
        for section in across_pages(sections)
        for piece in split_text(section.text)
    ]
    detected = [detect_language(f"{heading}\n{text}") for heading, text in pieces]
    votes: Counter[str] = Counter()
    for language in detected:
        votes[language.code] += round(language.confidence * 100)
    file_language = votes.most_common(1)[0][0] if votes.total() else default_language
    return [
        PassageDraft(
            heading,
            text,
            language.code if language.confidence >= _SURE_OF_LANGUAGE else file_language,
        )
        for (heading, text), language in zip(pieces, detected, strict=True)
    ]


def split_text(text: str, limit: int = MAX_CHARS) -> list[str]:
    """Text in pieces of at most `limit` characters.

    Paragraphs stay whole where they fit, a list keeps the line that introduces it (in each piece,
    when it has to be cut), sentences are cut only when one alone is longer than the limit.
    """
    pieces: list[str] = []
    for block in _blocks(text, limit):
        if pieces and len(pieces[-1]) + 2 + len(block) <= limit:
            pieces[-1] = f"{pieces[-1]}\n\n{block}"
        else:
            pieces.append(block)
    return pieces


def sentences_of(text: str) -> list[str]:
    """The sentences of a paragraph, in order."""
    return [sentence for sentence in _SENTENCE.split(text.strip()) if sentence]


def sentences_in(text: str) -> list[str]:
    """The sentences and list items of a passage, in order. A line that was broken to fit a page
    goes on in the next."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and _goes_on(lines[-1], line):
            lines[-1] = f"{lines[-1].rstrip()} {line.lstrip()}"
        else:
            lines.append(line)
    return [sentence for line in lines for sentence in sentences_of(line)]


def _goes_on(line: str, next_line: str) -> bool:
    if not line.strip() or not next_line.strip() or line.rstrip().endswith((".", "!", "?", ":")):
        return False
    return not _ITEM.match(next_line) and (next_line.lstrip()[0].islower() or len(line) > _WIDE)


def is_list(text: str) -> bool:
    """Whether some line of `text` is an item of a list or a row of a table."""
    return any(_ITEM.match(line) for line in text.split("\n"))


def _is_rule(line: str) -> bool:
    return "---" in line and set(line) <= _RULE


def _blocks(text: str, limit: int) -> Iterator[str]:
    introduction = ""
    for paragraph in (part.strip("\n") for part in _BLANK.split(text)):
        if not paragraph.strip():
            continue
        lines = [line for line in paragraph.split("\n") if not _is_rule(line)]
        if is_list(paragraph):
            if introduction:
                lines = [introduction, *lines]
            introduction = ""
            yield from _list_blocks(lines, limit)
        elif paragraph.rstrip().endswith(":") and len(paragraph) < limit // 2:
            if introduction:
                yield introduction
            introduction = paragraph
        else:
            whole = f"{introduction}\n{paragraph}" if introduction else paragraph
            introduction = ""
            yield from _paragraph_blocks(whole, limit)
    if introduction:
        yield introduction


def _list_blocks(lines: list[str], limit: int) -> Iterator[str]:
    first = next((at for at, line in enumerate(lines) if _ITEM.match(line)), len(lines))
    introduction = "\n".join(lines[:first]).strip()
    if len(introduction) > limit // 2:
        yield from _paragraph_blocks(introduction, limit)
        introduction = ""
    head = [introduction] if introduction else []
    block = list(head)
    items = (item for line in lines[first:] for item in _paragraph_blocks(line, limit // 2))
    for line in items:
        if len(block) > len(head) and sum(map(len, block)) + len(block) + len(line) > limit:
            yield "\n".join(block)
            block = list(head)
        block.append(line)
    if len(block) > len(head):
        yield "\n".join(block)


def _paragraph_blocks(paragraph: str, limit: int) -> Iterator[str]:
    if len(paragraph) <= limit:
        yield paragraph
        return
    block = ""
    for sentence in sentences_of(paragraph):
        for piece in _cut(sentence, limit):
            if block and len(block) + 1 + len(piece) > limit:
                yield block
                block = piece
            else:
                block = f"{block} {piece}" if block else piece
    if block:
        yield block


def _cut(sentence: str, limit: int) -> Iterator[str]:
    begin = 0
    while len(sentence) - begin > limit:
        at = sentence.rfind(" ", begin + limit // 2, begin + limit)
        at = at if at > 0 else begin + limit
        if piece := sentence[begin:at].strip():
            yield piece
        begin = at
    if rest := sentence[begin:].strip():
        yield rest

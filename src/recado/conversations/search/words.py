"""Words as the search has them: without accents and case, however they are spelled in Unicode."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

from recado.language.reading import as_read

#: What is looked at of one text; the rest of a longer one is not found.
MOST_CHARACTERS = 20_000
MOST_LETTERS = 60
#: What is looked for at once; further words of a question are left out.
MOST_WORDS = 8
#: From so many letters on, a part of a word finds the words that begin with it.
PART_LETTERS = 3
EXCERPT_BEFORE, EXCERPT_LENGTH = 30, 110

_WORD = re.compile(r"[^\W_]+")
_MARKS = dict.fromkeys(range(0x300, 0x370))
#: A number as people write it: in groups, with what phones have between them.
_NUMBER = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){5,17}")


def fold(text: str) -> str:
    """Small letters without accents: what "Áé", composed or decomposed, and "ae" share."""
    if text.isascii():
        return text.lower()
    bare = text.lower().translate(_MARKS)  # first: a pile of them takes long to put in order
    return unicodedata.normalize("NFD", bare).translate(_MARKS)


def words_of(text: str) -> list[str]:
    """The words of a text by which it is found, each once; numbers in groups also as one."""
    text = fold(as_read(text[:MOST_CHARACTERS]))
    words = dict.fromkeys(word[:MOST_LETTERS] for word in _WORD.findall(text))
    for number in _NUMBER.findall(text):
        words["".join(filter(str.isdecimal, number))] = None
    return list(words)


def asked_words(search: str) -> list[str]:
    """What somebody looks for. A number in groups is one word; "" and signs alone give none."""
    text = fold(as_read(search[:MOST_CHARACTERS]))
    if number := _NUMBER.fullmatch(text.strip()):
        return ["".join(filter(str.isdecimal, number[0]))]
    found = dict.fromkeys(word[:MOST_LETTERS] for word in _WORD.findall(text))
    return list(found)[:MOST_WORDS]


def says(text: str, asked: Sequence[str]) -> bool:
    """Does the text have, for each word asked for, one that begins with it?"""
    words = words_of(text)
    return all(any(_is_found(word, part) for word in words) for part in asked)


def _is_found(word: str, part: str) -> bool:
    return word == part or (len(part) >= PART_LETTERS and word.startswith(part))


class Piece(msgspec.Struct, frozen=True):
    """A stretch of an excerpt; `marked`: it is what was looked for."""

    text: str
    marked: bool


def excerpt(text: str, asked: Sequence[str]) -> list[Piece]:
    """The text around the first word that was asked for, in pieces."""
    text = " ".join(text[:MOST_CHARACTERS].split())
    spans = list(_found_spans(text, asked))
    start = max(0, spans[0][0] - EXCERPT_BEFORE) if spans else 0
    end = min(len(text), start + EXCERPT_LENGTH)
    pieces = [Piece("…", False)] if start else []
    at = start
    for first, last in spans:
        if first < at or first >= end:
            continue
        pieces += [Piece(text[at:first], False), Piece(text[first:last], True)]
        at = last
    rest = text[at:end] + ("…" if end < len(text) else "")
    return [piece for piece in (*pieces, Piece(rest, False)) if piece.text]


def _found_spans(text: str, asked: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Where in the text the words that were asked for stand."""
    folded, places = _folded_with_places(text)
    for match in (*_WORD.finditer(folded), *_NUMBER.finditer(folded)):
        word = match[0]
        if " " in word or not word.isalnum():
            word = "".join(filter(str.isdecimal, word))
        if any(_is_found(word, part) for part in asked):
            end = places[match.end() - 1] + 1
            while end < len(text) and ord(text[end]) in _MARKS:  # accents of their own
                end += 1
            yield places[match.start()], end


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters where it stands in the text."""
    folded = [fold(character) for character in text]
    places = [at for at, part in enumerate(folded) for _ in part]
    return "".join(folded), places

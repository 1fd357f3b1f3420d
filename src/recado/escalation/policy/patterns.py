"""Patterns that people write, in the notation of language/lexicon.py: read, and checked.

    cancelar · quiero {hablar|charlar} · cancel* · devolver _ dinero

What they may cost is bounded here, so that a matcher made of them takes linear time in what a
stranger writes: how many there are, how long, how many ways to spell one word, and how many places
for any word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod

from recado.errors import Unprocessable
from recado.language.lexicon import spellings
from recado.language.reading import fold_word

MOST_PATTERNS = 300
LONGEST_PATTERN = 100
MOST_SPELLINGS = 64
#: `_`, in one pattern and in all of a list.
MOST_GAPS, MOST_WITH_GAPS = 3, 20
_SHORTEST_BEGINNING = 2
_GROUP = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*\*?")


def read_words(text: str) -> tuple[str, ...]:
    """The patterns of a text in which a person writes them: one a line or separated by commas,
    `#` begins a comment; each once."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    patterns = (" ".join(it.split()) for line in lines for it in line.split(","))
    return tuple(dict.fromkeys(filter(None, patterns)))


def check_words(lists: Mapping[str, Sequence[str]]) -> None:
    """Raises Unprocessable, which says where it is, what is wrong, and what to write."""
    if sum(map(len, lists.values())) > MOST_PATTERNS:
        raise Unprocessable(f"There are at most {MOST_PATTERNS} patterns of words in one place.")
    gaps = 0
    for place, patterns in lists.items():
        for number, pattern in enumerate(patterns, 1):
            _check(pattern, f"{place}, line {number} ({pattern[:60]})")
            gaps += "_" in pattern
    if gaps > MOST_WITH_GAPS:
        raise Unprocessable(
            f"At most {MOST_WITH_GAPS} patterns have a _ in them. Name the words instead."
        )


def _check(pattern: str, at: str) -> None:
    if len(pattern) > LONGEST_PATTERN:
        raise Unprocessable(
            f"{at}: it is longer than {LONGEST_PATTERN} characters. Shorten it, or make two of it."
        )
    if not pattern.strip() or "," in pattern or "#" in pattern or pattern != pattern.strip():
        raise Unprocessable(f"{at}: it is no pattern. Write one word or phrase, without , and #.")
    outside = _GROUP.sub("", pattern)
    if "{" in outside or "}" in outside:
        raise Unprocessable(
            f"{at}: a brace has no other one. Close each before the next one opens."
        )
    if "|" in outside:
        raise Unprocessable(
            f"{at}: a | stands outside of braces. Put them around it, or write two lines."
        )
    if prod(len(it.split("|")) for it in _GROUP.findall(pattern)) > MOST_SPELLINGS:
        raise Unprocessable(
            f"{at}: it can be spelled in more than {MOST_SPELLINGS} ways. Make several lines of it."
        )
    for spelled in spellings(pattern):
        _check_spelled(spelled.split(), at)


def _check_spelled(said: Sequence[str], at: str) -> None:
    """One of the ways that a pattern can be spelled."""
    if not said:
        raise Unprocessable(
            f"{at}: it matches no word and so every text. Let a word stand outside of braces."
        )
    if "_" in (said[0], said[-1]):
        raise Unprocessable(
            f"{at}: it begins or ends with _, which is a word between others. Leave it out."
        )
    if said.count("_") > MOST_GAPS:
        raise Unprocessable(f"{at}: it has more than {MOST_GAPS} times _. Make it shorter.")
    for word in said:
        if word == "_":
            continue
        if not _WORD.fullmatch(word):
            raise Unprocessable(
                f"{at}: {word[:30]} is no word. Use letters and digits, and * at a word's end."
            )
        if word.endswith("*") and len(fold_word(word[:-1])) < _SHORTEST_BEGINNING:
            raise Unprocessable(
                f"{at}: {word} matches nothing. Write at least {_SHORTEST_BEGINNING} letters"
                " before the *."
            )

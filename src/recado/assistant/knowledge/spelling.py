"""What a mistyped word may have been, and which stems are forms of one word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from recado.language.detection import LanguageCode
from recado.language.lexicon import read_sections
from recado.language.reading import fold_word
from recado.language.terms import concept_patterns, synonym_words

_SHORTEST, _LONG = 5, 7
#: Spanish and Portuguese letters that sound alike and are confused in writing.
_SOUNDS = (
    (re.compile(r"[sc]h"), "x"),
    (re.compile(r"h"), ""),
    (re.compile(r"qu(?=[ei])|k|q|c(?![eiy])"), "k"),
    (re.compile(r"[zçx]|c(?=[eiy])|ss"), "s"),
    (re.compile(r"v|w"), "b"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"m(?=[^aeiou])"), "n"),
    (re.compile(r"(.)\1+"), r"\1"),
)
_PLAIN_WORD = re.compile(r"[^\W\d_*{}|]{3,}")


def sound_of(word: str) -> str:
    """A key that is the same for spellings which sound alike: "emvio", "envio"."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


def _with_one_left_out(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def one_edit_apart(first: str, second: str) -> bool:
    """Whether one letter added, left out, changed or swapped with the next makes them equal."""
    if abs(len(first) - len(second)) > 1:
        return False
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    a, b = first[start:], second[start:]
    if a[1:] == b[1:] or a[1:] == b or a == b[1:]:
        return True
    return len(a) == len(b) and a[:2] == b[1::-1] and a[2:] == b[2:]


@cache
def common_words(language: LanguageCode | None = None) -> frozenset[str]:
    """Words that questions are made of, whatever the knowledge: stop words, those of
    concepts, and synonyms. None: in any language."""
    listed = [word for _, words in read_sections("stopwords") for word in words]
    spoken = [word for pattern, _ in concept_patterns() for word in _PLAIN_WORD.findall(pattern)]
    return frozenset([*map(fold_word, [*listed, *spoken]), *synonym_words(language)])


class Spelling:
    """Made once for a vocabulary of folded words; a look-up costs a few dictionary reads."""

    def __init__(self, vocabulary: Iterable[str], language: LanguageCode | None = None) -> None:
        own = {word for word in vocabulary if len(word) >= 3 and word.isalpha()}
        self._words = own | common_words(language)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_rest: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            self._by_sound[sound_of(word)].append(word)
            if len(word) >= (_SHORTEST - 1 if word in own else _LONG - 1):
                for rest in _with_one_left_out(word) | {word}:
                    self._by_rest[rest].append(word)

    def correct(self, word: str) -> str:
        """The known word that an unknown one was meant to be, or the word as it is."""
        if word in self._words or len(word) < 3 or not word.isalpha():
            return word
        if alike := self._by_sound.get(sound_of(word)):
            return alike[0]
        if len(word) < _SHORTEST - 1:
            return word
        found = {
            known
            for rest in (word, *_with_one_left_out(word))
            for known in self._by_rest.get(rest, ())
            if _plausible(word, known) and one_edit_apart(word, known)
        }
        # Of several, one that begins alike: people mistype the end of words.
        return min(found, key=lambda known: (known[0] != word[0], known), default=word)


def _plausible(word: str, known: str) -> bool:
    """Two short words that differ in one letter are often two words."""
    shortest = min(len(known), len(word))
    if shortest >= _LONG:
        return True
    return known[0] == word[0] and (shortest >= _SHORTEST or len(known) != len(word))


class Kinship:
    """Stems that are forms of one word although the stemmer left them apart: "alerg" (alérgico),
    "alergi" (alergia)."""

    def __init__(self, stems: Iterable[str]) -> None:
        self._stems = sorted(stem for stem in stems if len(stem) >= 4 and stem.isalpha())

    def of(self, stem: str, *, forms: bool = True) -> list[str]:
        """Known stems akin to an unknown one; often none. `forms`: also those that differ in
        their last letter, as forms of a word in one language do."""
        if len(stem) < 4 or not stem.isalpha():
            return []
        root = stem[:-1] if len(stem) < 6 else stem[:5]
        at = bisect_left(self._stems, root)
        kin = []
        while at < len(self._stems) and self._stems[at].startswith(root):
            if _akin(stem, self._stems[at], forms=forms):
                kin.append(self._stems[at])
            at += 1
        return kin


def _akin(first: str, second: str, *, forms: bool) -> bool:
    short, long = sorted((first, second), key=len)
    if len(short) >= 5 and long.startswith(short):
        return len(long) - len(short) <= 3
    return forms and first[:-1] == second[:-1]

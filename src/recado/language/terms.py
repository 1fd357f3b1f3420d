"""What a text is about, as search terms: stems and language-independent concepts.

Knowledge is indexed with ``search_text`` and looked for with ``terms``. Stems find the
same word in another form; concepts such as ``#hours`` find the same matter in other words
or another language, so "what time do you open" finds "horario de atención".

Things are what different words name: "parqueadero", "estacionamento" and "parking" are one. The
sets are in ``data/synonyms.txt``. Unlike a concept, which is a whole matter, a thing is as much as
the word for it: it stands for the word in a search, and says nothing about an intent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import NamedTuple, Protocol

from recado.language.detection import LANGUAGES, LanguageCode
from recado.language.lexicon import read_sections
from recado.language.reading import Match, PhraseMatcher, fold_word, words

_STEMMER_NAMES: dict[LanguageCode, str] = {"es": "spanish", "pt": "portuguese", "en": "english"}
_stemming = Lock()  # a Snowball stemmer keeps the word it works on in itself


class Concept(NamedTuple):
    """A matter customers talk about; ``strength`` is "strong", "weak" or "hint"."""

    name: str
    strength: str


@cache
def _stop_words(language: LanguageCode) -> frozenset[str]:
    return frozenset(fold_word(word) for word in dict(read_sections("stopwords"))[language])


@cache
def _shorthand(language: LanguageCode) -> dict[str, tuple[str, ...]]:
    entries = (entry.split("=") for entry in dict(read_sections("shorthand"))[language])
    return {fold_word(short): words(written) for short, written in entries}


def concept_patterns() -> Iterator[tuple[str, Concept]]:
    """Every pattern of ``data/concepts.txt`` with the concept it stands for."""
    for section, patterns in read_sections("concepts"):
        name, _, strength = section.partition(" ")
        for pattern in patterns:
            yield pattern, Concept(name, strength or "strong")


@cache
def _concepts() -> PhraseMatcher[Concept]:
    return PhraseMatcher(concept_patterns())


class _Stemmer(Protocol):
    def stemWord(self, word: str, /) -> str: ...  # noqa: N802 - the library's name


@cache
def _stemmer(language: LanguageCode) -> _Stemmer:
    # Imported late: the package loads the stemmers of thirty languages at once.
    import snowballstemmer

    stemmer: _Stemmer = snowballstemmer.stemmer(_STEMMER_NAMES[language])
    return stemmer


@lru_cache(maxsize=16384)
def _stem(word: str, language: LanguageCode) -> str:
    if language == "pt":  # the one ending that the stemmer knows by its accents only
        word = word.removesuffix("cao") + "ção" if word.endswith("cao") else word
        word = word.removesuffix("coes") + "ções" if word.endswith("coes") else word
    with _stemming:
        return fold_word(_stemmer(language).stemWord(word))


def spelled_out(text: str, language: LanguageCode) -> list[str]:
    """The folded words of a text with chat shorthand written out ("vc" → "voce")."""
    shorthand = _shorthand(language)
    spelled: list[str] = []
    for word in words(text):
        spelled.extend(shorthand.get(word, (word,)))
    return spelled


def concepts(text: str, language: LanguageCode) -> list[Concept]:
    """The business matters that a text speaks of, in the order they appear."""
    return [match.value for match in _concepts().find(spelled_out(text, language))]


def terms(text: str, language: LanguageCode, *, with_concepts: bool = True) -> list[str]:
    """The content words of ``text`` as stems, then its concepts as ``#name``.

    Stop words are dropped and accents folded. A stem is repeated as often as its word,
    because that matters to a ranking; a concept comes once. Without ``with_concepts`` only
    the stems come back.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language!r}; known are {', '.join(LANGUAGES)}")
    spelled = spelled_out(text, language)
    ignored = _stop_words(language)
    found = [
        _stem(word, language)
        for word in spelled
        if word not in ignored and (len(word) > 1 or word.isdigit())
    ]
    if with_concepts:
        named = (match.value for match in _concepts().find(spelled))
        found += dict.fromkeys(f"#{name}" for name, strength in named if strength != "hint")
    return found


def search_text(text: str, language: LanguageCode) -> str:
    """The terms of ``text`` joined by spaces, ready for a full-text index.

    SQLite's and PostgreSQL's tokenisers drop the ``#``; that is harmless as long as index
    and query are both built here.
    """
    return " ".join(terms(text, language))


_SHORT = 4
_PLURAL = {
    "es": re.compile(r"(?<=[aeiou][rlndjzy])es$|(?<=\w\w[^s])s$"),
    "pt": re.compile(r"oes$|ais$|eis$|(?<=[aeiou][rz])es$|(?<=\w\w[^s])s$"),
    "en": re.compile(r"(?<=ch|sh|ss)es$|(?<=x)es$|(?<=\w\w[^s])s$"),
}
_SINGULAR = {"oes": "ao", "ais": "al", "eis": "el"}
#: What a text names: the things, each as one word, that a phrase stands for.
Things = tuple[str, ...]


@lru_cache(maxsize=8192)
def _one(word: str, language: LanguageCode) -> str:
    """A folded word in the singular. A stem says too little here: that of "medias" is that of
    "medios", that of "mayorista" that of "mayor"."""
    if language == "en" and word.endswith("ies") and len(word) > _SHORT:
        return word[:-3] + "y"
    if ending := _PLURAL[language].search(word):
        return word[: ending.start()] + _SINGULAR.get(ending[0], "")
    return word


def synonym_words() -> Iterator[str]:
    """Every word of the sets, in all languages."""
    for _, phrases in read_sections("synonyms"):
        for phrase in phrases:
            yield from words(phrase)


@cache
def _matcher(language: LanguageCode) -> PhraseMatcher[Things]:
    named: dict[str, dict[str, None]] = {}
    for section, phrases in read_sections("synonyms"):
        name, _, code = section.rpartition(" ")
        if code == language:
            for phrase in phrases:
                key = " ".join(_one(word, language) for word in words(phrase))
                named.setdefault(key, {})["".join(words(name))] = None
    return PhraseMatcher((key, tuple(things)) for key, things in named.items())


def things_in(plain: Sequence[str], language: LanguageCode) -> list[Match[Things]]:
    """The things that folded words name, each with the words that do."""
    return _matcher(language).find([_one(word, language) for word in plain])

"""What different words name: "parqueadero", "estacionamento" and "parking" are one thing.

The sets are in ``data/synonyms.txt``. Unlike a concept, which is a whole matter, a thing is as much
as the word for it: it stands for the word in a search, and says nothing about an intent.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from .language import LanguageCode
from .lexicon import read_sections
from .patterns import Match, PhraseMatcher
from .terms import terms
from .tokens import words

#: What a text names: the things, each as one word, that a phrase stands for.
Things = tuple[str, ...]


def _stems(plain: Sequence[str], language: LanguageCode) -> list[str]:
    """Each word's stem, and a word without content as it is."""
    return [next(iter(terms(w, language, with_concepts=False)), w) for w in plain]


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
                key = " ".join(_stems(words(phrase), language))
                named.setdefault(key, {})["".join(words(name))] = None
    return PhraseMatcher((key, tuple(things)) for key, things in named.items())


def things_in(plain: Sequence[str], language: LanguageCode) -> list[Match[Things]]:
    """The things that folded words name, each with the words that do."""
    return _matcher(language).find(_stems(plain, language))

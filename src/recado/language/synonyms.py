"""What different words name: "parqueadero", "estacionamento" and "parking" are one thing.

The sets are in ``data/synonyms.txt``. Unlike a concept, which is a whole matter, a thing is as much
as the word for it: it stands for the word in a search, and says nothing about an intent.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from recado.language.detection import LanguageCode
from recado.language.lexicon import read_sections
from recado.language.patterns import Match, PhraseMatcher
from recado.language.tokens import words

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

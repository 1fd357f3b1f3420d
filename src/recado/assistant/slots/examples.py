"""How like what somebody writes is to an example of how people ask for a thing.

An example is what contacts write, with `{number}` where a value stands. An utterance is as like it
as their words are: content words count in full, the others a little. Tools and intents are found by
the same measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.slots.definition import PLACE
from recado.language.detection import LanguageCode
from recado.language.reading import words

_STOP_WORD = 0.25


def without_places(example: str) -> str:
    """An example without the places of its values."""
    return PLACE.sub(" ", example)


def likeness(text: str, example: str, language: LanguageCode) -> float:
    """How like two texts are, 0 to 1, without the values in them."""
    said, meant = weights(text, language), weights(example, language)
    whole = sum(said.values()) + sum(meant.values())
    shared = sum(min(weight, meant[word]) for word, weight in said.items() if word in meant)
    return 2 * shared / whole if whole else 0.0


@lru_cache(maxsize=2048)
def weights(text: str, language: LanguageCode) -> Mapping[str, float]:
    """The stems of a text, and its stop words at a quarter. Values count nothing."""
    content = {word.plain: word.stem for word in analyse(text, language).words}
    found: dict[str, float] = {}
    for word in words(text):
        if any(sign.isdigit() for sign in word):
            continue
        stem = content.get(word)
        found[stem or word] = 1.0 if stem else _STOP_WORD
    return found

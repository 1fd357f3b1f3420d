"""Why a passage was found: which words of the question stand in it, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from recado.assistant.knowledge.analysis import STRONG, THING, WEAK, Word, analyse
from recado.assistant.knowledge.hits import Hit
from recado.language.detection import LanguageCode, known_language


class Found(msgspec.Struct, frozen=True):
    """A passage with the question's words: those that stand in its heading, those that stand in its
    text, and those that it has not. A word counts that means the same ("abren", "horario")."""

    hit: Hit
    in_heading: tuple[str, ...] = ()
    in_text: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def explain(
    question: str, language: str, hits: Sequence[Hit], wordings: Mapping[str, Sequence[str]]
) -> list[Found]:
    """Each different answer once, the best first. `wordings` are all those of the questions that
    were written with their answers, by the source's id."""
    best: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        best.setdefault((hit.source_id, hit.text), hit)
    code = known_language(language)
    return [
        _found(question, code, hit, wordings.get(hit.source_id, (hit.heading,)))
        for hit in best.values()
    ]


def _found(question: str, language: LanguageCode, hit: Hit, headings: Sequence[str]) -> Found:
    code = known_language(hit.language)
    heading = {token for it in headings for token in analyse(it, code).tokens()}
    text = {token for line in hit.text.split("\n") for token in analyse(line, code).tokens()}
    where: dict[str, list[str]] = {"heading": [], "text": [], "": []}
    for word in analyse(question, language).words:
        means = _means(word)
        place = "heading" if means & heading else "text" if means & text else ""
        if word.plain not in where[place]:
            where[place].append(word.plain)
    return Found(hit, tuple(where["heading"]), tuple(where["text"]), tuple(where[""]))


def _means(word: Word) -> set[str]:
    concepts = {STRONG + word.concept, WEAK + word.concept} if word.concept else set[str]()
    return {word.stem, *concepts, *(THING + thing for thing in word.things)}

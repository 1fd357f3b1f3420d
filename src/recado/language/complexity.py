"""How hard a message is to answer, and in which domain: the inputs of model selection."""

from functools import cache, lru_cache
from typing import Literal

from recado.language.detection import LanguageCode, detect_language
from recado.language.lexicon import read_sections
from recado.language.patterns import PhraseMatcher
from recado.language.terms import concepts, spelled_out

Domain = Literal["technical", "customer_service", "general"]

COMPLEX = 0.5
"""Above this a query is complex: it asks several things, sets conditions or goes deep."""

# What a sign adds for each sighting, and at most. The sum is cut at 1.
_LENGTH_PER_WORD, _LENGTH_MOST = 0.30 / 50, 0.30
_FURTHER_QUESTION, _QUESTIONS_MOST = 0.12, 0.24
_SIGNS: dict[str, tuple[float, float]] = {
    "condition": (0.12, 0.24),
    "comparison": (0.12, 0.24),
    "clause": (0.04, 0.20),
    "technical": (0.10, 0.30),
}
_CLEARLY_TECHNICAL = 2


@cache
def _signs() -> PhraseMatcher[str]:
    return PhraseMatcher(
        (pattern, name) for name, entries in read_sections("complexity") for pattern in entries
    )


@lru_cache(maxsize=512)
def _sightings(text: str, language: LanguageCode) -> dict[str, int]:
    found: dict[str, int] = {"words": 0}
    spelled = spelled_out(text, language)
    found["words"] = len(spelled)
    for match in _signs().find(spelled):
        found[match.value] = found.get(match.value, 0) + 1
    return found


def complexity(text: str, language: LanguageCode | None = None) -> float:
    """How hard ``text`` is to answer, from 0 (a word) to 1 (a long, conditional, technical case).

    Adds up length, further questions, conditions, comparisons, clauses and technical words.
    """
    found = _sightings(text, language or detect_language(text).code)
    score = min(found["words"] * _LENGTH_PER_WORD, _LENGTH_MOST)
    further_questions = max(len([part for part in text.split("?")[:-1] if part.strip()]) - 1, 0)
    score += min(further_questions * _FURTHER_QUESTION, _QUESTIONS_MOST)
    for name, (each, most) in _SIGNS.items():
        score += min(found.get(name, 0) * each, most)
    return round(min(score, 1.0), 3)


def is_complex_query(text: str, language: LanguageCode | None = None) -> bool:
    """Whether ``text`` is harder than ``COMPLEX``."""
    return complexity(text, language) > COMPLEX


def classify_domain(text: str, language: LanguageCode | None = None) -> Domain:
    """Whether ``text`` is about technology, about buying and being served, or neither.

    One technical word in a question about an order is still customer service; two, or one
    with no matter of business beside it, are technical.
    """
    code = language or detect_language(text).code
    technical = _sightings(text, code).get("technical", 0)
    business = sum(1 for concept in concepts(text, code) if concept.strength != "hint")
    if technical and (technical >= _CLEARLY_TECHNICAL or not business) and technical >= business:
        return "technical"
    return "customer_service" if business else "general"

"""What a customer wants, for small talk and for structured conversations."""

from functools import cache, lru_cache
from typing import Literal, NamedTuple

from recado.language.detection import LanguageCode, detect_language
from recado.language.lexicon import read_sections
from recado.language.patterns import PhraseMatcher
from recado.language.sentiment import analyze_sentiment
from recado.language.terms import concept_patterns, spelled_out

IntentName = Literal[
    "greeting", "thanks", "goodbye", "affirmation", "negation", "help", "human", "complaint",
    "hours", "price", "location", "delivery", "payment", "returns", "availability", "booking",
    "order_status", "cancel", "identity", "contact", "warranty", "invoice", "other",
]  # fmt: skip

# How much one sighting says. A message that greets and asks is a question, one that asks
# and demands a person is a demand.
_WEIGHTS = {
    "human": 2.0, "complaint": 1.6, "identity": 1.4, "cancel": 1.3, "order_status": 1.2,
    "greeting": 0.3, "thanks": 0.4, "goodbye": 0.45, "affirmation": 0.0, "negation": 0.0,
    "help": 0.5,
}  # fmt: skip
_STRENGTHS = {"strong": 1.0, "weak": 0.3, "hint": 0.25}
_OPENING = 2  # "tienen …?" asks for something near the beginning; later it only tells
_PER_FURTHER_WORD = 0.15  # a longer phrase is a surer sign
_SMALL_TALK = frozenset({"greeting", "thanks", "goodbye", "affirmation", "negation"})
_ALL_THAT_WAS_SAID = 0.75
_NEARLY_ALL = 0.6
_STRONG_DISPLEASURE, _DISPLEASED = 0.8, 0.8
_HALF_SURE = 0.35
_COURTESY = frozenset(
    {"por", "favor", "please", "porfavor", "entonces", "entao", "well", "then", "mas", "pues"}
)


class Intent(NamedTuple):
    """What the text is for, and how sure that is, from 0 (nothing recognised) to 1."""

    name: IntentName
    confidence: float


class _Sign(NamedTuple):
    intent: str
    weight: float


@cache
def _signs() -> PhraseMatcher[_Sign]:
    patterns = [
        (pattern, _Sign(name, _WEIGHTS[name]))
        for name, entries in read_sections("intents")
        for pattern in entries
    ]
    patterns += [
        (pattern, _Sign(name, _WEIGHTS.get(name, 1.0) * _STRENGTHS[strength]))
        for pattern, (name, strength) in concept_patterns()
    ]
    return PhraseMatcher(patterns)


def _evidence(words: list[str]) -> dict[str, float]:
    evidence: dict[str, float] = {}
    covered: dict[str, int] = {}
    for match in _signs().find(words):
        intent, weight = match.value
        if weight == _STRENGTHS["hint"] and match.start > _OPENING:
            continue
        length = match.end - match.start
        if weight >= _STRENGTHS["weak"]:
            weight += _PER_FURTHER_WORD * (length - 1)
        # The first sighting counts in full, each further one half of the one before.
        evidence[intent] = evidence.get(intent, 0.0) / 2 + weight
        covered[intent] = covered.get(intent, 0) + length
    said = sum(word not in _COURTESY for word in words) or 1
    talk = sum(covered.get(name, 0) for name in _SMALL_TALK)
    for name in _SMALL_TALK & covered.keys():
        if talk / said >= _NEARLY_ALL:
            evidence[name] += _ALL_THAT_WAS_SAID * covered[name] / talk
    return evidence


@lru_cache(maxsize=512)
def _classify(text: str, language: LanguageCode) -> Intent:
    evidence = _evidence(spelled_out(text, language))
    if analyze_sentiment(text, language).scores["negative"] > _STRONG_DISPLEASURE:
        evidence["complaint"] = evidence.get("complaint", 0.0) + _DISPLEASED
    ranked = sorted(evidence.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] == 0:
        return Intent("other", 0.0)
    name, best = ranked[0]
    rival = ranked[1][1] if len(ranked) > 1 else 0.0
    confidence = best / (best + _HALF_SURE) * best / (best + rival / 2)
    return Intent(name, round(confidence, 3))  # type: ignore[arg-type]  # names of the lists


def classify_intent(text: str, language: LanguageCode | None = None) -> Intent:
    """What ``text`` is for; the language is detected when it is not given.

    Of several intents the one that needs an answer wins: "hola, ¿cuánto cuesta?" is
    ``price``. ``other`` with confidence 0 says that nothing was recognised.
    """
    return _classify(text, language or detect_language(text).code)

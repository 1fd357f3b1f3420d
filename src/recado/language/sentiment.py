"""How a customer feels: positive, negative, neutral or mixed, in es, pt and en.

A lexicon with rules, because customers' messages are short and an operator must be able to
see why a conversation was escalated. Words and phrases carry a strength; negation turns it,
intensifiers, capitals and exclamation marks raise it, questions and conditions ("si llega
roto…") lower it, and what follows a "pero" counts more than what precedes it. Emoji count
by themselves.
"""

import math
import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from recado.language.detection import LANGUAGES, LanguageCode, detect_language
from recado.language.insults import (
    ASKED,
    AT_SOMEBODY,
    PAUSE,
    SCAN,
    as_meant,
    insults_in,
    word_in,
)
from recado.language.lexicon import Match, PhraseMatcher, read_sections
from recado.language.reading import as_read, fold_word

_SATURATION = 1.8  # strength at which 63 % of the neutral share is gone
_BOOST, _DAMP = 1.4, 0.6
_BEFORE_CONTRAST, _AFTER_CONTRAST = 0.8, 1.2
_COURTESY = 1.5  # "gracias" opens a complaint as well as anything
_SHOUTED_WORD, _SHOUTED_TEXT, _PER_EXCLAMATION = 1.3, 1.2, 0.08
_IN_QUESTION = 0.3
_OTHER_LANGUAGE = 0.8
_CLEAR_PRAISE = 3.0  # so much more than politeness that an insult beside it is said in fun
_NEGATION_REACH, _INTENSIFIER_REACH, _CONDITION_REACH = 3, 2, 4
_PAUSES = frozenset({PAUSE, ASKED})  # no pattern of a feeling contains them
_CONDITIONS = frozenset({"si", "se", "if", "caso", "unless"})
_QUESTION_OPENERS = frozenset({
    "cual", "cuales", "cuanto", "cuantos", "cuanta", "cuantas", "cuando", "donde", "tienen",
    "tenes", "tienes", "hay", "puedo", "puede", "pueden", "qual", "quais", "quanto", "quantos",
    "quando", "onde", "tem", "posso", "pode", "podem", "is", "are", "do", "does", "can",
    "could", "would", "will", "which", "when", "where", "who",
})  # fmt: skip


class SentimentLabel(StrEnum):
    """The labels of Amazon Comprehend, so that both kinds of analysis read the same."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    NEUTRAL = "NEUTRAL"
    MIXED = "MIXED"


class Sentiment(NamedTuple):
    """A label and the share of each feeling; the scores are 0–1 and sum to 1."""

    label: SentimentLabel
    scores: dict[str, float]


class _Lexicon(NamedTuple):
    feelings: PhraseMatcher[float]
    negators: frozenset[str]
    boosters: frozenset[str]
    dampers: frozenset[str]
    contrast: PhraseMatcher[bool]


@cache
def _sections(language: LanguageCode) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(found)) for name, found in read_sections(f"sentiment_{language}"))


@cache
def _lexicon(language: LanguageCode) -> _Lexicon:
    """The language's own words first; the other languages' help with mixed texts."""
    feelings: list[tuple[str, float]] = []
    modifiers: dict[str, list[str]] = {}
    for name, entries in _sections(language):
        if name in ("negators", "boosters", "dampers", "contrast"):
            modifiers[name] = list(entries)
        else:
            feelings += [(entry, float(name.split()[0])) for entry in entries]
    taken = {fold_word(word) for words in modifiers.values() for word in words}
    for other in LANGUAGES:
        if other == language:
            continue
        for name, entries in _sections(other):
            if name[0] in "+-" and not name.endswith("own"):
                strength = float(name) * _OTHER_LANGUAGE
                feelings += [(entry, strength) for entry in entries if entry not in taken]
    folded = {
        name: frozenset(fold_word(word) for word in modifiers[name])
        for name in ("negators", "boosters", "dampers")
    }
    contrast = PhraseMatcher((phrase, True) for phrase in modifiers["contrast"])
    return _Lexicon(PhraseMatcher(feelings), contrast=contrast, **folded)


@cache
def _emoji() -> tuple[dict[str, float], re.Pattern[str]]:
    feelings = {
        sign: float(name) for name, signs in read_sections("sentiment_emoji") for sign in signs
    }
    longest_first = sorted(feelings, key=len, reverse=True)
    # An emoticon of letters must stand alone: the "xD" in "maxDose" is none.
    alternatives = (
        rf"(?<!\w){re.escape(sign)}(?!\w)" if sign[0].isascii() else re.escape(sign)
        for sign in longest_first
    )
    begins = "".join({re.escape(sign[0]) for sign in feelings})
    # bounded: each alternative is one sign of the list
    return feelings, re.compile(f"(?=[{begins}])(?:{'|'.join(alternatives)})")


class _Reading:
    """A text as folded words and pauses, with what typography says about each of them."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self.shouted: list[bool] = []
        self.asked: list[bool] = []
        clause_start = 0
        for token in SCAN.finditer(text):
            word = word_in(token)
            if word in _PAUSES:
                self._end_clause(clause_start, word == ASKED)
                clause_start = len(self.words)
            elif word:
                raw = token[0]
                self.words.append(word)
                self.shouted.append(len(raw) > 2 and raw.isupper())
                self.asked.append(False)
        self._end_clause(clause_start, False)
        said = zip(self.words, self.shouted, strict=True)
        spoken = [loud for word, loud in said if len(word) > 2]
        self.all_shouted = len(spoken) > 1 and sum(spoken) >= 0.8 * len(spoken)
        self.exclamations = min(text.count("!"), 4)

    def _end_clause(self, start: int, question: bool) -> None:
        if start < len(self.words):
            asked = question or self.words[start] in _QUESTION_OPENERS
            self.asked[start:] = [asked] * (len(self.words) - start)
        self.words.append(ASKED if question else PAUSE)
        self.shouted.append(False)
        self.asked.append(False)

    def before(self, at: int, reach: int, taken: set[int]) -> list[str]:
        """Up to ``reach`` words before ``at``, nearest first, within the clause."""
        found: list[str] = []
        for place in range(at - 1, max(at - reach, 0) - 1, -1):
            if self.words[place] in _PAUSES:
                break
            if place not in taken:
                found.append(self.words[place])
        return found


def _strength(found: Match[float], reading: _Reading, lexicon: _Lexicon, taken: set[int]) -> float:
    strength = found.value
    close = reading.before(found.start, _NEGATION_REACH, taken)
    negated = any(word in lexicon.negators for word in close)
    near = reading.before(found.start, _INTENSIFIER_REACH, taken)
    if negated and strength > 0:
        strength *= -0.75
    elif negated:
        strength = -0.25 * strength if strength > -3 else 0.0
    elif any(word in lexicon.dampers for word in near):
        strength *= _DAMP
    elif any(word in lexicon.boosters for word in near):
        strength *= _BOOST
    if any(reading.shouted[found.start : found.end]) and not reading.all_shouted:
        strength *= _SHOUTED_WORD
    if strength > -2.5:  # a question may ask about good and bad things
        condition = reading.before(found.start, _CONDITION_REACH, set())
        if reading.asked[found.start] or any(word in _CONDITIONS for word in condition):
            strength *= _IN_QUESTION
    return strength


def _spoken(reading: _Reading, lexicon: _Lexicon) -> tuple[float, float]:
    insults = insults_in(reading.words)
    words = list(reading.words)
    for insult in insults:  # its words have no feelings beside it
        words[insult.start : insult.end] = [PAUSE] * (insult.end - insult.start)
    matches = lexicon.feelings.find(words)
    taken = {place for found in matches for place in range(found.start, found.end)}
    turns = lexicon.contrast.find(words)
    turn = turns[-1].start if turns else None
    positive = negative = courtesy = 0.0
    for found in matches:
        if found.value == 0:
            continue
        strength = _strength(found, reading, lexicon, taken)
        if turn is not None:
            strength *= _BEFORE_CONTRAST if found.start < turn else _AFTER_CONTRAST
        if strength < 0:
            negative -= strength
        elif found.value <= _COURTESY:
            courtesy += strength
        else:
            positive += strength
    negative -= sum(insult.value for insult in insults)
    if negative < _COURTESY:
        positive += courtesy
    if positive < _CLEAR_PRAISE and any(insult.value <= AT_SOMEBODY for insult in insults):
        positive = 0.0
    loudness = 1 + _PER_EXCLAMATION * reading.exclamations
    if reading.all_shouted:
        loudness *= _SHOUTED_TEXT
    return positive * loudness, negative * loudness


def _drawn(text: str) -> tuple[float, float]:
    feelings, pattern = _emoji()
    counts: dict[str, int] = {}
    for sign in pattern.findall(text):
        counts[sign] = counts.get(sign, 0) + 1
    positive = negative = 0.0
    for sign, count in counts.items():
        strength = feelings[sign] * min(1 + 0.25 * (count - 1), 1.75)
        positive, negative = positive + max(strength, 0.0), negative + max(-strength, 0.0)
    return positive, negative


def _scores(positive: float, negative: float) -> dict[str, float]:
    total = positive + negative
    if total == 0:
        return {"positive": 0.0, "negative": 0.0, "neutral": 1.0, "mixed": 0.0}
    felt = 1 - math.exp(-total / _SATURATION)
    share = positive / total
    torn = 1 - abs(2 * share - 1)
    scores = {
        "positive": round(felt * (1 - torn) * share, 4),
        "negative": round(felt * (1 - torn) * (1 - share), 4),
        "mixed": round(felt * torn, 4),
    }
    return {**scores, "neutral": round(1 - sum(scores.values()), 4)}


@lru_cache(maxsize=512)
def _analyze(text: str, language: LanguageCode) -> Sentiment:
    text = as_read(text)
    positive, negative = _spoken(_Reading(text), _lexicon(language))
    drawn_positive, drawn_negative = _drawn(text)
    if negative > positive:
        drawn_positive /= 2  # laughing at bad service does not make it good
    scores = _scores(positive + drawn_positive, negative + drawn_negative)
    return Sentiment(SentimentLabel(max(scores, key=scores.__getitem__).upper()), scores)


def analyze_sentiment(text: str, language: LanguageCode | None = None) -> Sentiment:
    """The feeling in ``text``; the language is detected when it is not given.

    Scores above 0.8 are clear cases: an insult, a complaint in strong words, open praise.
    """
    found = _analyze(as_meant(text), language or detect_language(text).code)
    return Sentiment(found.label, dict(found.scores))

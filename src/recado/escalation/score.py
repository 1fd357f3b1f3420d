"""Whether a conversation should go to a person: a score with its reasons (ESC-1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from types import MappingProxyType
from typing import Literal

import msgspec

from recado.language.analysis import (
    LanguageCode,
    Sentiment,
    SentimentLabel,
    analyze_sentiment,
    classify_domain,
    classify_intent,
    complexity,
    detect_language,
)
from recado.language.complexity import COMPLEX
from recado.language.insults import has_insult
from recado.language.lexicon import read_sections
from recado.language.patterns import PhraseMatcher
from recado.language.terms import concept_patterns
from recado.language.tokens import words

Priority = Literal["low", "normal", "high", "urgent"]
Department = Literal["sales", "support", "billing", "complaints", "general"]

_LISTS = {name: tuple(patterns) for name, patterns in read_sections("triggers")}
DECLINED = _LISTS.pop("declined")
TRIGGER_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(_LISTS)
PERSON_REQUESTS: tuple[str, ...] = tuple(
    pattern for pattern, concept in concept_patterns() if concept == ("human", "strong")
)


class ReasonCode(StrEnum):
    """Why a conversation is handed over; stable, for rules and statistics."""

    NEGATIVE_SENTIMENT = "negative_sentiment"
    LOW_CONFIDENCE = "low_confidence"
    LONG_CONVERSATION = "long_conversation"
    TRIGGER_WORDS = "trigger_words"
    COMPLEX_QUERY = "complex_query"
    ASKED_FOR_PERSON = "asked_for_person"
    # What is told by the conversation, not by one text (turns/decision.py). Each is enough.
    UNKNOWN_AGAIN = "unknown_again"
    COMPLAINT = "complaint"
    COMPLAINT_AGAIN = "complaint_again"
    COMPLAINT_WITH_PICTURE = "complaint_with_picture"
    REFUND = "refund"
    CANCELLATION = "cancellation"
    RESERVATION = "reservation"
    BIG_ORDER = "big_order"
    DETAILS_SENT = "details_sent"
    CART_SENT = "cart_sent"


_TEXTS = {
    ReasonCode.NEGATIVE_SENTIMENT: "Negative sentiment detected",
    ReasonCode.LOW_CONFIDENCE: "Low AI confidence",
    ReasonCode.LONG_CONVERSATION: "Long conversation without resolution",
    ReasonCode.TRIGGER_WORDS: "Escalation keywords detected",
    ReasonCode.COMPLEX_QUERY: "Complex query detected",
    ReasonCode.ASKED_FOR_PERSON: "Customer asked for a person",
    ReasonCode.UNKNOWN_AGAIN: "The assistant did not know twice in a row",
    ReasonCode.COMPLAINT: "A complaint that nothing known answers",
    ReasonCode.COMPLAINT_AGAIN: "Second complaint about the same matter",
    ReasonCode.COMPLAINT_WITH_PICTURE: "Complaint with a picture",
    ReasonCode.REFUND: "Wants their money back",
    ReasonCode.CANCELLATION: "Wants to cancel",
    ReasonCode.RESERVATION: "Reservation with its details",
    ReasonCode.BIG_ORDER: "Big order with its details",
    ReasonCode.DETAILS_SENT: "Sent the details that were asked for",
    ReasonCode.CART_SENT: "Sent an order from the catalogue",
}


class Reason(msgspec.Struct, frozen=True):
    """One contribution to a score: its code, its weight and a text for people."""

    code: ReasonCode
    weight: int
    text: str


class EscalationScore(msgspec.Struct, frozen=True):
    """The sum of the reasons' weights and whether it reaches the policy's threshold."""

    score: int
    reasons: list[Reason]
    escalates: bool


def _matcher(patterns: Iterable[str]) -> PhraseMatcher[bool]:
    return PhraseMatcher((pattern, True) for pattern in patterns)


@dataclass(frozen=True)
class EscalationPolicy:
    """Thresholds and weights of the score; the defaults are the specification's.

    ``trigger_words`` maps a language to patterns in the notation of
    ``intelligence.patterns``; plain words and phrases are patterns, matched as whole words
    without regard to case and accents. All languages are looked for in every text, because
    customers mix them. One of the ``person_requests`` weighs as much as the threshold.
    """

    threshold: int = 50
    negative_sentiment_over: float = 0.8
    negative_sentiment_weight: int = 30
    confidence_under: float = 0.6
    low_confidence_weight: int = 25
    messages_over: int = 15
    long_conversation_weight: int = 20
    trigger_words_weight: int = 35
    complexity_over: float = COMPLEX
    complex_query_weight: int = 15
    trigger_words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: TRIGGER_WORDS)
    person_requests: tuple[str, ...] = PERSON_REQUESTS
    _triggers: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)
    _requests: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_triggers", _matcher(chain(*self.trigger_words.values())))
        object.__setattr__(self, "_requests", _matcher(self.person_requests))

    def has_trigger_word(self, text: str) -> bool:
        """Whether ``text`` holds a trigger word that it does not take back."""
        return _says(self._triggers, text)

    def asks_for_person(self, text: str) -> bool:
        """Whether ``text`` demands a human being."""
        return _says(self._requests, text)


_declined = _matcher(DECLINED)


def _says(matcher: PhraseMatcher[bool], text: str) -> bool:
    said = words(text)
    found = matcher.find(said)
    if not found:
        return False
    taken_back = {match.end for match in _declined.find(said)}
    return any(match.start not in taken_back for match in found)


DEFAULT_POLICY = EscalationPolicy()


def add_reason(score: EscalationScore, code: ReasonCode) -> EscalationScore:
    """The score with one more reason, which is enough by itself."""
    reason = Reason(code, DEFAULT_POLICY.threshold, _TEXTS[code])
    return EscalationScore(score.score + reason.weight, [reason, *score.reasons], escalates=True)


def score_escalation(
    text: str,
    *,
    confidence: float | None,
    message_count: int,
    policy: EscalationPolicy = DEFAULT_POLICY,
    language: LanguageCode | None = None,
    sentiment: Sentiment | None = None,
) -> EscalationScore:
    """Score the customer's latest ``text`` in its conversation.

    ``confidence`` is how sure the assistant is of its answer, 0–1, or None when it has not
    answered (which then says nothing). ``message_count`` is the number of messages in the
    conversation since it was last settled. ``language`` and ``sentiment`` are found out when
    they are not given; give a sentiment that another analyser has already produced.
    """
    code = language or detect_language(text).code
    feeling = sentiment or analyze_sentiment(text, code)
    angry = feeling.scores["negative"] > policy.negative_sentiment_over
    signs = (
        (
            angry,
            ReasonCode.NEGATIVE_SENTIMENT,
            policy.negative_sentiment_weight,
        ),
        (
            confidence is not None and confidence < policy.confidence_under,
            ReasonCode.LOW_CONFIDENCE,
            policy.low_confidence_weight,
        ),
        (
            message_count > policy.messages_over,
            ReasonCode.LONG_CONVERSATION,
            policy.long_conversation_weight,
        ),
        (
            policy.has_trigger_word(text) or (angry and has_insult(text)),
            ReasonCode.TRIGGER_WORDS,
            policy.trigger_words_weight,
        ),
        (
            complexity(text, code) > policy.complexity_over,
            ReasonCode.COMPLEX_QUERY,
            policy.complex_query_weight,
        ),
        (policy.asks_for_person(text), ReasonCode.ASKED_FOR_PERSON, policy.threshold),
    )
    reasons = [Reason(sign, weight, _TEXTS[sign]) for seen, sign, weight in signs if seen]
    score = sum(reason.weight for reason in reasons)
    return EscalationScore(score, reasons, escalates=bool(reasons) and score >= policy.threshold)


def priority(score: int) -> Priority:
    """How soon a person should look at a conversation with this score.

    Below 50 low; a plain request or two reasons normal; from 65 high (say, anger and a
    trigger word); from 90 urgent.
    """
    if score >= 90:
        return "urgent"
    if score >= 65:
        return "high"
    return "normal" if score >= 50 else "low"


_DEPARTMENTS: dict[str, Department] = {
    "complaint": "complaints",
    "price": "sales",
    "availability": "sales",
    "booking": "sales",
    "payment": "billing",
    "invoice": "billing",
    "returns": "billing",
    "order_status": "support",
    "delivery": "support",
    "warranty": "support",
    "cancel": "support",
}


def suggest_department(text: str, language: LanguageCode | None = None) -> Department:
    """The team that should take over a conversation in which ``text`` was said."""
    code = language or detect_language(text).code
    feeling = analyze_sentiment(text, code)
    if (
        feeling.label is SentimentLabel.NEGATIVE
        and feeling.scores["negative"] > DEFAULT_POLICY.negative_sentiment_over
    ):
        return "complaints"
    if classify_domain(text, code) == "technical":
        return "support"
    return _DEPARTMENTS.get(classify_intent(text, code).name, "general")

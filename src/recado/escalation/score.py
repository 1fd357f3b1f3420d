"""Whether a conversation should go to a person: a score with its reasons (ESC-1)."""

from __future__ import annotations

from typing import Literal

import msgspec

from recado.escalation.facts import TurnFacts
from recado.escalation.policy import DEFAULT_POLICY, EscalationPolicy
from recado.escalation.reasons import REASONS, Reason, ReasonKind
from recado.language.analysis import (
    LanguageCode,
    Sentiment,
    SentimentLabel,
    analyze_sentiment,
    classify_domain,
    classify_intent,
    detect_language,
)

Priority = Literal["low", "normal", "high", "urgent"]
Department = Literal["sales", "support", "billing", "complaints", "general"]


class EscalationScore(msgspec.Struct, frozen=True):
    """The sum of the reasons' weights and whether it reaches the policy's threshold."""

    score: int
    reasons: list[Reason]
    escalates: bool


def score_turn(
    facts: TurnFacts,
    needed: ReasonKind | None = None,
    policy: EscalationPolicy = DEFAULT_POLICY,
) -> EscalationScore:
    """Score a turn. `needed` is why a person takes it whatever the score."""
    found = [it for it in REASONS if it.adds and it.adds(facts, policy)]
    reasons = [it.weighed(policy) for it in ([needed, *found] if needed else found)]
    score = sum(reason.weight for reason in reasons)
    reached = bool(reasons) and score >= policy.threshold
    return EscalationScore(score, reasons, escalates=needed is not None or reached)


def score_escalation(
    text: str,
    *,
    confidence: float | None,
    message_count: int,
    policy: EscalationPolicy = DEFAULT_POLICY,
    language: LanguageCode | None = None,
    sentiment: Sentiment | None = None,
) -> EscalationScore:
    """Score one text, of which nothing else is known.

    ``confidence`` is how sure the assistant is of its answer, 0–1, or None when it has not
    answered (which then says nothing). ``message_count`` is the number of messages in the
    conversation since it was last settled. ``language`` and ``sentiment`` are found out when
    they are not given; give a sentiment that another analyser has already produced.
    """
    facts = TurnFacts(
        text=text,
        language=language or detect_language(text).code,
        message_count=message_count,
        sentiment=sentiment,
        confidence=confidence,
    )
    return score_turn(facts, policy=policy)


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

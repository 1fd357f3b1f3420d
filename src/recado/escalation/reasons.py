"""Why a conversation is handed over to a person: one table, and the score that it makes (ESC-1).

To add a reason, add its row to `REASONS`, its text in Spanish and Portuguese (`make words`),
and an example to tests/escalation/test_reasons.py. Operators read of it in docs/guide/desk.md. Rows
are tried from top to bottom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec

from recado.errors import SettingsError
from recado.escalation.facts import TurnFacts
from recado.escalation.policy.compiled import DEFAULT_POLICY, EscalationPolicy
from recado.language.analysis import (
    LanguageCode,
    Sentiment,
    SentimentLabel,
    analyze_sentiment,
    classify_domain,
    classify_intent,
    detect_language,
)
from recado.language.matters import Matter
from recado.settings import Settings

Test = Callable[[TurnFacts], bool]
PolicyTest = Callable[[TurnFacts, EscalationPolicy], bool]


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found, as it is kept and shown: the code, the weight and a text for people.

    What it was found by: `words` as they stand in what the contact wrote, which are data; or a
    `figure` that is beyond its `limit`."""

    code: str
    weight: int
    text: str
    words: tuple[str, ...] = ()
    figure: float | None = None
    limit: float | None = None

    def kept(self) -> dict[str, Any]:
        """As JSON; without what there is not."""
        return dict(msgspec.to_builtins(self))


class Evidence(NamedTuple):
    """What a reason was found by (Reason)."""

    words: tuple[str, ...] = ()
    figure: float | None = None
    limit: float | None = None


class AnswerReason(Reason, frozen=True):
    """What a check found in a model's answer (assistant/quality/checks.py): it adds nothing to the
    score. `detail` is what was found, as the model wrote it."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReasonKind:
    """One row: a code that stays, the English text (the key of its translations), the weight, and
    when it holds. `weight` None is as much as the threshold: enough by itself."""

    code: str
    text: str
    weight: int | None = None
    #: Adds its weight to the score, when the answer and its confidence are known.
    adds: PolicyTest | None = None
    #: Holds before a model is asked, and none is: only a person can do this.
    at_once: Test | None = None
    #: Holds in place of an answer that the assistant does not know.
    unknown: Test | None = None
    #: Holds before a model is asked, by what the character's own rules say.
    by_rule: PolicyTest | None = None
    #: What `adds` or `by_rule` was found by.
    shows: Callable[[TurnFacts, EscalationPolicy], Evidence] | None = None

    def weighed(self, policy: EscalationPolicy, facts: TurnFacts | None = None) -> Reason:
        """With its weight; of a turn, with what it was found by."""
        weight = policy.threshold if self.weight is None else self.weight
        shown = self.shows(facts, policy) if facts is not None and self.shows else Evidence()
        return Reason(self.code, policy.weights.get(self.code, weight), self.text, *shown)


def _matter(code: str, text: str, matter: Matter) -> ReasonKind:
    return ReasonKind(
        code,
        text,
        at_once=lambda facts: facts.wish is matter,
        unknown=lambda facts: facts.matter is matter,
    )


ASKED_FOR_PERSON = ReasonKind(
    "asked_for_person",
    "Customer asked for a person",
    adds=lambda facts, policy: policy.asks_for_person(facts.text),
    shows=lambda facts, policy: Evidence(policy.person_words_in(facts.text)),
)
#: Beside the contact's own words it says nothing new.
MODEL_ASKED = ReasonKind(
    "model_asked",
    "The assistant called for a person",
    adds=lambda facts, policy: facts.model_asks and not policy.asks_for_person(facts.text),
)
UNKNOWN_AGAIN = ReasonKind(
    "unknown_again",
    "The assistant did not know twice in a row",
    # A picture is the second thing that it cannot tell, beside the words; and after them, it is of
    # no use to ask for words.
    unknown=lambda facts: (
        facts.did_not_know or (facts.sends_picture and (bool(facts.text) or facts.has_told))
    ),
)
DETAILS_SENT = ReasonKind(
    "details_sent",
    "Sent the details that were asked for",
    at_once=lambda facts: (
        (facts.sends_picture and facts.invited.picture)
        or (facts.gives_details and facts.invited.details)
    ),
    unknown=lambda facts: (facts.states and bool(facts.invited)) or facts.tells_much,
)
TALK_DONE = ReasonKind("talk_completed", "Told what a structured talk asks for")
TALK_STUCK = ReasonKind("talk_stuck", "The assistant did not understand what it had asked for")
TOOL_FAILED = ReasonKind("tool_failed", "A tool of the assistant did not work")
TOOL_UNKNOWN = ReasonKind(
    "tool_unknown", "Nobody can tell whether a tool of the assistant did what was asked", 65
)
#: By its character, a person takes over where the models have taken what they may.
BUDGET_SPENT = ReasonKind("budget_spent", "The budget for the assistant's models is spent")
#: A model's answer that may not be sent, and asking once more has not mended it.
UNFIT_ANSWER = ReasonKind("unfit_answer", "The assistant's answer did not pass its checks")
#: Beside what was wrong with an answer that was asked for once more, and is right now.
MENDED = Reason("answer_mended", 0, "A first answer was mended")
#: No try gave an answer, so nothing is known of one: the turn's dead letter calls a person.
NO_ANSWER = ReasonKind("no_answer", "The assistant could not answer", 100)


def _triggers_in(facts: TurnFacts, policy: EscalationPolicy) -> tuple[str, ...]:
    return policy.trigger_words_in(facts.text) or policy.insults_in(facts.text)


REASONS = (
    ReasonKind(
        "negative_sentiment",
        "Negative sentiment detected",
        30,
        adds=lambda facts, policy: facts.negative > policy.negative_sentiment_over,
        shows=lambda facts, policy: Evidence(
            (), round(facts.negative, 2), policy.negative_sentiment_over
        ),
    ),
    ReasonKind(
        "low_confidence",
        "Low AI confidence",
        25,
        adds=lambda facts, policy: (
            facts.confidence is not None and facts.confidence < policy.confidence_under
        ),
        shows=lambda facts, policy: Evidence((), facts.confidence, policy.confidence_under),
    ),
    ReasonKind(
        "long_conversation",
        "Long conversation without resolution",
        20,
        adds=lambda facts, policy: facts.message_count > policy.messages_over,
        shows=lambda facts, policy: Evidence((), facts.message_count, policy.messages_over),
    ),
    ReasonKind(
        "trigger_words",
        "Escalation keywords detected",
        35,
        adds=lambda facts, policy: (
            policy.has_trigger_word(facts.text)
            or (facts.negative > policy.negative_sentiment_over and policy.has_insult(facts.text))
        ),
        shows=lambda facts, policy: Evidence(_triggers_in(facts, policy)),
    ),
    ReasonKind(
        "complex_query",
        "Complex query detected",
        15,
        adds=lambda facts, policy: facts.complexity > policy.complexity_over,
        shows=lambda facts, policy: Evidence(
            (), round(facts.complexity, 2), policy.complexity_over
        ),
    ),
    ASKED_FOR_PERSON,
    MODEL_ASKED,
    ReasonKind(
        "character_words",
        "Said a word that goes to a person",
        by_rule=lambda facts, policy: policy.has_own_word(facts.text),
        shows=lambda facts, policy: Evidence(policy.own_words_in(facts.text)),
    ),
    ReasonKind(
        "character_matters",
        "A matter that goes to a person",
        by_rule=lambda facts, policy: (
            bool(policy.own_matters)
            and classify_intent(facts.text, facts.language).name in policy.own_matters
        ),
    ),
    ReasonKind(
        "character_messages",
        "The conversation has reached its limit of messages",
        by_rule=lambda facts, policy: (
            policy.most_messages is not None and facts.message_count > policy.most_messages
        ),
        shows=lambda facts, policy: Evidence((), facts.message_count, policy.most_messages),
    ),
    _matter("refund", "Wants their money back", Matter.REFUND),
    _matter("cancellation", "Wants to cancel", Matter.CANCELLATION),
    _matter("reservation", "Reservation with its details", Matter.RESERVATION),
    _matter("big_order", "Big order with its details", Matter.BIG_ORDER),
    ReasonKind(
        "complaint_with_picture",
        "Complaint with a picture",
        at_once=lambda facts: (
            (facts.complains and (facts.sends_picture or facts.sent_picture))
            or (facts.sends_picture and facts.complained)
        ),
    ),
    ReasonKind(
        "complaint_again",
        "Second complaint about the same matter",
        at_once=lambda facts: facts.complains and facts.complained,
        unknown=lambda facts: facts.complained,
    ),
    ReasonKind(
        "complaint",
        "A complaint that nothing known answers",
        unknown=lambda facts: facts.intent == "complaint" or facts.complains,
    ),
    DETAILS_SENT,
    ReasonKind(
        "own_affair",
        "An affair of their own, which no knowledge tells of",
        # With its number it is one of the business's cases, and the embedded model knows none.
        at_once=lambda facts: facts.embedded and facts.gives_reference,
        unknown=lambda facts: facts.tells_affair,
    ),
    ReasonKind(
        "cart_sent",
        "Sent an order from the catalogue",
        # A cart is money, and the embedded model cannot speak about it.
        at_once=lambda facts: facts.embedded and "order" in facts.types,
    ),
    UNKNOWN_AGAIN,
    TALK_DONE,
    TALK_STUCK,
    TOOL_FAILED,
    TOOL_UNKNOWN,
    BUDGET_SPENT,
    UNFIT_ANSWER,
    NO_ANSWER,
)


def policy_of(settings: Settings) -> EscalationPolicy:
    """What the operator has set. Raises SettingsError: a reason that there is not, or no number."""
    codes = {it.code for it in REASONS}
    weights = {}
    for part in filter(None, map(str.strip, settings.escalation_weights.split(","))):
        code, _, weight = (it.strip() for it in part.partition("="))
        if code not in codes or not (weight.isascii() and weight.isdecimal()):
            raise SettingsError(
                f"RECADO_ESCALATION_WEIGHTS has {part!r}; it takes reason=points, separated by"
                f" commas. The reasons are {', '.join(sorted(codes))}."
            )
        weights[code] = int(weight)
    return EscalationPolicy(
        threshold=settings.escalation_threshold,
        weights=weights,
        silence_hours=settings.escalation_silence_hours,
    )


CODES = frozenset(it.code for it in REASONS)


def needs_person(facts: TurnFacts, policy: EscalationPolicy = DEFAULT_POLICY) -> ReasonKind | None:
    """Why a person has to take this, whatever a model may answer; None if one is asked."""
    if facts.dealt_with:
        return None
    at_once = (it for it in REASONS if it.at_once and it.at_once(facts))
    by_rule = (it for it in REASONS if it.by_rule and it.by_rule(facts, policy))
    return next(at_once, None) or next(by_rule, None)


def needs_person_instead(facts: TurnFacts) -> ReasonKind | None:
    """Why a person takes what the assistant does not know; None if it may say so."""
    if facts.dealt_with:
        return None
    return next((it for it in REASONS if it.unknown and it.unknown(facts)), None)


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
    """Score a turn. `needed` is why a person takes it whatever the score; and whoever asks for
    one gets one, whatever weighs what. What a person has dealt with counts for nothing."""
    adding = () if facts.dealt_with else (it for it in REASONS if it.adds)
    found = [it for it in adding if it.adds and it.adds(facts, policy)]
    weighed = [it.weighed(policy, facts) for it in ([needed, *found] if needed else found)]
    # A weight of 0 switches a reason off, but for what a person takes whatever it weighs.
    always = {ASKED_FOR_PERSON.code, needed.code if needed else ""}
    reasons = [it for it in weighed if it.weight or it.code in always]
    score = sum(reason.weight for reason in reasons)
    reached = bool(reasons) and score >= policy.threshold
    wanted = needed is not None or ASKED_FOR_PERSON in found
    return EscalationScore(score, reasons, escalates=wanted or reached)


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

"""Which answer may be given: judged by what was said in the matter so far, or without a question.

A model sees one question. These rules see the conversation: what only a person can do is not put
off with knowledge, what was asked for is understood when it comes, nobody hears "I don't know"
over and over, nor the same answer twice in a row. They hold for every model. A wish about marketing
is confirmed, and a tap on what nothing is known of gets a receipt. What the assistant did not know
is kept, so that somebody can teach it (assistant/unanswered). An answer of a model that
did not pass its checks (assistant/quality) is not said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.models import phrases
from recado.assistant.models.summary import summarise_by_extraction
from recado.assistant.models.wording import PARTLY_CONFIDENCE
from recado.assistant.port import (
    UNKNOWN_CONFIDENCE,
    Answer,
    ContextMessage,
    Fault,
    Model,
    Question,
)
from recado.assistant.unanswered.keeping import keep_questions
from recado.escalation.facts import TurnFacts
from recado.escalation.handover import Grounds
from recado.escalation.policy.compiled import EscalationPolicy
from recado.escalation.reasons import (
    DETAILS_SENT,
    MENDED,
    MODEL_ASKED,
    UNFIT_ANSWER,
    UNKNOWN_AGAIN,
    AnswerReason,
    EscalationScore,
    Reason,
    ReasonKind,
    needs_person_instead,
    priority,
    suggest_department,
)
from recado.language.detection import LANGUAGES, LanguageCode
from recado.language.matters import invitation_in
from recado.language.notices import name_of, notice, receipt
from recado.language.reading import words
from recado.language.terms import details_in
from recado.store import Tx
from recado.turns.answerer import Turn
from recado.turns.burst import Burst
from recado.turns.talking import TalkAfter

_SHORT_REPLY = 4
_LABELS = {
    "es": ("Datos que dio", "con archivo"),
    "pt": ("Dados informados", "com arquivo"),
    "en": ("Details given", "with a file"),
}
_DETAILS_FROM, _QUOTED_CHARS = 3, 300
_DIFFERENT = 0.1
_ASKED_LATELY = 3

#: The answer of a turn in which no model was asked: a person takes it.
UNASKED = Answer(text="", confidence=0.0, model="none", known=False)


def judge(answer: Answer, facts: TurnFacts) -> tuple[Answer, ReasonKind | None]:
    """The answer that may be given, and why a person has to take the conversation instead."""
    small_talk = facts.text and facts.is_small_talk and answer.intent != "complaint"
    if answer.intent == "help" and facts.sends_picture:
        return answer, UNKNOWN_AGAIN  # "this is what I got": neither words nor picture are clear
    if answer.asked_for_person or small_talk or answer.files:
        return answer, None  # who asks for a file once more gets it once more
    if repeats(answer.text, facts):
        if not facts.text:
            return answer, UNKNOWN_AGAIN  # another file that it cannot read
        answer = _said_above(answer, facts.language)
    if facts.embedded and answer.confidence <= PARTLY_CONFIDENCE and facts.tells_affair:
        # What it has answers a part at most, and their affair is not that part.
        return answer, needs_person_instead(msgspec.structs.replace(facts, intent=answer.intent))
    if answer.known and answer.confidence > UNKNOWN_CONFIDENCE:
        return answer, DETAILS_SENT if asks_again(answer.text, facts) else None
    return answer, needs_person_instead(msgspec.structs.replace(facts, intent=answer.intent))


def asks_again(text: str, facts: TurnFacts) -> bool:
    """Whether an answer asks for what the contact has just given: a picture, or the details."""
    asked = invitation_in(text)
    pictured = facts.sends_picture or facts.sent_picture
    return (asked.picture and pictured) or (asked.details and facts.gives_details)


def repeats(text: str, facts: TurnFacts) -> bool:
    """Whether the answer is the last one again, but for words that say nothing. What differs in
    a number, or in something that was asked now, is another answer."""
    last = facts.last_answer
    if not last or len(words(text)) < _SHORT_REPLY:
        return False
    new, old = _content(text, facts.language), _content(last, facts.language)
    if words(text) == words(last):
        return not (facts.asks and _asks_anew(facts) & new)
    if new <= old and not (facts.asks or _asks_anew(facts) & new):
        return bool(new)  # nothing was asked that a part of it could answer
    other = new ^ old
    if any(any(c.isdigit() for c in word) for word in other):
        return False
    if other & _content(facts.text, facts.language) or _asks_anew(facts) & new:
        return False
    return bool(new) and len(other) <= _DIFFERENT * len(new | old)


def _asks_anew(facts: TurnFacts) -> set[str]:
    """What is asked now and was not before: the words that answered "¿qué hay vegano?" may well
    answer "¿y el brownie?"."""
    if facts.crossed:
        return set()
    asked = [message.content for message in facts.before if message.role == "user"]
    before = set[str]().union(*(_content(text, facts.language) for text in asked[-_ASKED_LATELY:]))
    return _content(facts.text, facts.language) - before


def _content(text: str, language: LanguageCode) -> set[str]:
    numbers = {word for word in words(text) if any(c.isdigit() for c in word)}
    return {word.stem for word in analyse(text, language).words} | numbers


def _said_above(answer: Answer, language: LanguageCode) -> Answer:
    """Ends with the offer of a person, so that a "sí" to it is understood."""
    text = f"{phrases.SAID_ABOVE[language][0]} {phrases.OFFER[language][0]}"
    return msgspec.structs.replace(
        answer, text=text, known=False, confidence=min(answer.confidence, UNKNOWN_CONFIDENCE)
    )


def given_in(facts: TurnFacts) -> str:
    """What a person should know first: what came last, word for word, and whether with files."""
    label, file = _LABELS[facts.language]
    kinds = [file] if facts.sends_picture else []
    earlier = [m.content for m in facts.before if m.role == "user" and details_in(m.content)]
    parts = [*earlier[-_DETAILS_FROM:], facts.text]
    told = [_short(part) for part in dict.fromkeys(parts) if part.strip()]
    given = "; ".join([*(f"«{part}»" for part in told), *kinds])
    return f"{label}: {given}." if given else ""


def grounds_of(
    question: Question,
    known: TurnFacts,
    burst: Burst,
    score: EscalationScore,
    policy: EscalationPolicy,
    talk: TalkAfter | None = None,
) -> Grounds:
    """What the person who takes it should know; first what a structured talk has filled."""
    # Without a reason, it was the model that would have a person.
    reasons = score.reasons or [Reason(MODEL_ASKED.code, 0, MODEL_ASKED.text)]
    language = known.language
    last = ContextMessage(role="user", content=burst.text, at=burst.last_at)
    summary = summarise_by_extraction([*question.history, last], language)
    got = notice("got", language, what=name_of("order", language)) if burst.cart else ""
    told = "\n".join(filter(None, (talk.data if talk else "", burst.cart, given_in(known))))
    wanted = talk.intent.ending.department if talk else ""
    return Grounds(
        score=score.score,
        reasons=[reason.kept() for reason in reasons],
        priority=priority(score.score),
        department=wanted or policy.department or suggest_department(burst.text, language),
        summary=f"{told}\n{summary}".strip(),
        told=told,
        language=language,
        receipt=got,
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _QUOTED_CHARS else text[: _QUOTED_CHARS - 1] + "…"


def confirmed(burst: Burst, language: str) -> Answer | None:
    """The answer where nothing was said but a wish about marketing; None: there is more."""
    wish = burst.wish
    if wish is None or burst.text:
        return None
    return _noted(notice(f"marketing_{wish['wish']}", wish["language"] or language), "marketing")


def after_person(answer: Answer, language: str) -> Answer:
    """Where a person was asked for, and one has had the conversation since: no second one is called
    for it, and nobody is left without a word."""
    return msgspec.structs.replace(
        answer, text=notice("after_person", language), asked_for_person=False
    )


def wished_in(burst: Burst, speaks: Sequence[str]) -> LanguageCode | None:
    """The language of a wish that is all that was said, where it is one's own: the conversation
    goes on in it."""
    wish = burst.wish
    if wish is None or burst.text:
        return None
    known = (code for code in LANGUAGES if code == wish["language"])
    return next((code for code in known if not speaks or code in speaks), None)


def with_wish(answer: Answer, burst: Burst, language: str) -> Answer:
    """Beside a question, the confirmation comes first."""
    wish = burst.wish
    if not wish or not answer.text:
        return answer
    told = notice(f"marketing_{wish['wish']}", wish["language"] or language)
    return msgspec.structs.replace(answer, text=f"{told}\n\n{answer.text}")


async def for_tap(model: Model, question: Question, burst: Burst) -> Answer:
    """A row or button of which nothing is known by its title: by its description, or a receipt.
    Somebody has made it to be tapped, so "I don't know" is no answer to it."""
    if burst.described:
        text = f"{question.text}\n{burst.described}"
        answer = await model.answer(msgspec.structs.replace(question, text=text))
        if answer.known:
            return answer
    return _noted(receipt("interactive", question.language), "tap")


def _noted(text: str, intent: str) -> Answer:
    return Answer(text=text, confidence=1.0, model="none", intent=intent)


@dataclass(frozen=True, slots=True)
class NotKnown:
    """An effect: the questions wait for somebody who knows."""

    questions: Sequence[str]
    language: str

    def apply(self, tx: Tx, conversation: Row[Any], turn: Turn) -> None:
        keep_questions(
            tx,
            self.questions,
            language=self.language,
            conversation_id=conversation.id,
            turn_id=turn.id,
        )


def not_known(answer: Answer, facts: TurnFacts, need: ReasonKind | None) -> tuple[NotKnown, ...]:
    """What of the turn was asked and is not known; `answer` is the model's own.

    A complaint, a wish that a person sees to and details that were asked for are no questions.
    """
    if answer.asked_for_person or (need is not None and need.code not in _IGNORANCE):
        return ()
    unknown = not answer.known or answer.confidence <= UNKNOWN_CONFIDENCE
    questions = answer.missed or ((facts.text,) if unknown and facts.text else ())
    if not questions or facts.is_small_talk or facts.complains or answer.intent == "complaint":
        return ()
    return (NotKnown(questions, facts.language),)


#: Reasons to call a person that come of knowing nothing.
_IGNORANCE = frozenset({UNKNOWN_AGAIN.code, "refund", "cancellation", "reservation", "big_order"})


def fit_to_send(answer: Answer, done: Sequence[str]) -> tuple[Answer, ReasonKind | None]:
    """A person takes it, and the contact does not see the answer. Where tools have changed
    something, it is told what, in their own words (`done`)."""
    if not done:
        return answer, UNFIT_ANSWER
    return msgspec.structs.replace(answer, text="\n\n".join(done), settled=True), UNFIT_ANSWER


def noted_faults(score: EscalationScore, answer: Answer) -> EscalationScore:
    """The score with what was wrong with the answer, or with a first one that was mended."""
    faults = answer.faults or answer.mended
    if not faults:
        return score
    mended = [] if answer.faults else [MENDED]
    reasons = [*score.reasons, *mended, *(reason_of(it) for it in faults)]
    return msgspec.structs.replace(score, reasons=reasons)


def reason_of(fault: Fault) -> AnswerReason:
    # Imported here: without a provider's model, nothing is checked.
    from recado.assistant.quality.checks import BY_CODE

    return AnswerReason(fault.code, 0, BY_CODE[fault.code].text, detail=fault.detail)

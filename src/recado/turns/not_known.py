"""What the assistant did not know is kept, so that somebody can teach it (assistant/unanswered)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from recado.assistant.port import UNKNOWN_CONFIDENCE, Answer
from recado.assistant.unanswered.keeping import keep_questions
from recado.escalation.facts import TurnFacts
from recado.escalation.reasons import UNKNOWN_AGAIN, ReasonKind
from recado.store import Tx
from recado.turns.answerer import Turn


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

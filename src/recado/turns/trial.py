"""What would it say? A question put to a character as a turn would put it, and nothing is stored.

Each question stands for itself, as the first message of somebody unknown.
"""

from __future__ import annotations

import time

import msgspec

from recado.assistant.models import first_answer, select_model
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.port import Persona, Question, SourceQuote
from recado.errors import ModelError
from recado.escalation.facts import CharacterPolicies, TurnFacts
from recado.escalation.reasons import Reason, needs_person, score_turn
from recado.language.analysis import analyze_sentiment
from recado.language.detection import known_language
from recado.language.reading import to_think_about
from recado.language.spoken import first_language, language_of_turn
from recado.runtime import Runtime
from recado.turns.formatting import format_for_whatsapp
from recado.turns.judging import UNASKED, judge


class TrialAnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """What a character would do with one question.

    `text` is what it would send, "" where a person takes over without an answer; `hands_over`
    says that a person would, and `reasons` why. `problem` says why there is no answer.
    """

    text: str = ""
    language: str = ""
    model: str = ""
    confidence: float | None = None
    known: bool = False
    sources: tuple[SourceQuote, ...] = ()
    hands_over: bool = False
    reasons: tuple[Reason, ...] = ()
    score: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    duration_ms: float = 0.0
    problem: str = ""


async def try_question(runtime: Runtime, persona: Persona, text: str) -> TrialAnswerView:
    """Ask the character. A model that gives no answer is told in `problem`."""
    began = time.perf_counter()
    question = _question(runtime, persona, to_think_about(text).strip())
    try:
        view = await _answered(runtime, question)
    except ModelError as error:
        view = TrialAnswerView(language=question.language, problem=error.detail)
    milliseconds = (time.perf_counter() - began) * 1000
    return msgspec.structs.replace(view, duration_ms=milliseconds)


def _question(runtime: Runtime, persona: Persona, text: str) -> Question:
    default = known_language(runtime.settings.default_language)
    spoken = first_language(text, default)
    language = language_of_turn(text, spoken, first=True, speaks=persona.languages)
    return Question(persona=persona, text=text, language=language)


async def _answered(runtime: Runtime, question: Question) -> TrialAnswerView:
    persona, language = question.persona, known_language(question.language)
    policy = CharacterPolicies(runtime.escalation).of(persona)
    names = (
        select_model(persona, question.text, runtime.settings.model),
        *persona.model_policy.fallbacks,
    )
    known = TurnFacts(
        text=question.text,
        language=language,
        types=frozenset({"text"}),
        sentiment=analyze_sentiment(question.text, language),
        embedded=names[0] == EMBEDDED,
    )
    answer, need = UNASKED, needs_person(known, policy)
    if need is None:
        said = await first_answer(names, lambda name: runtime.models.get(name).answer(question))
        answer, need = judge(said, known)
        known = msgspec.structs.replace(known, confidence=answer.confidence, intent=answer.intent)
    score = score_turn(known, need, policy)
    return TrialAnswerView(
        text=format_for_whatsapp(answer.text),
        language=question.language,
        model=answer.model,
        confidence=None if answer is UNASKED else answer.confidence,
        known=answer.known,
        sources=tuple(answer.sources),
        hands_over=score.escalates or answer.asked_for_person,
        reasons=tuple(score.reasons),
        score=score.score,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cost=answer.cost,
    )

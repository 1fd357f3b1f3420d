"""What would it say? A question put to a character as a turn would put it, and nothing is stored.

Each question stands for itself, as the first message of somebody unknown.
"""

from __future__ import annotations

import time

import msgspec

from recado.assistant.models import choose_models, first_answer
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.port import Persona, Question, SourceQuote
from recado.errors import ModelError
from recado.escalation.facts import TurnFacts, felt
from recado.escalation.reasons import Reason, needs_person, score_turn
from recado.language.detection import known_language
from recado.language.reading import to_think_about
from recado.language.spoken import first_language, language_of_turn
from recado.runtime import Runtime
from recado.turns.formatting import format_for_whatsapp
from recado.turns.judging import UNASKED, fit_to_send, judge, noted_faults
from recado.turns.toolbox import SETTLED_BY_TOOLS
from recado.turns.tools_on_trial import TrialCallView, TrialTools


class TrialAnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """What a character would do with one question.

    `text` is what it would send, "" where a person takes over without an answer, or where a tool
    that was not called would say it; `hands_over` says that a person would, and `reasons` why.
    `calls` are the tools that it would call. `problem` says why there is no answer.
    """

    text: str = ""
    language: str = ""
    model: str = ""
    confidence: float | None = None
    known: bool = False
    sources: tuple[SourceQuote, ...] = ()
    calls: tuple[TrialCallView, ...] = ()
    hands_over: bool = False
    reasons: tuple[Reason, ...] = ()
    score: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    duration_ms: float = 0.0
    problem: str = ""


async def try_question(
    runtime: Runtime, persona: Persona, text: str, *, asks_tools: bool = False
) -> TrialAnswerView:
    """Ask the character. A model that gives no answer is told in `problem`. `asks_tools`: tools
    that only read are really asked; nothing is ever changed."""
    began = time.perf_counter()
    question = _question(runtime, persona, to_think_about(text).strip())
    try:
        view = await _answered(runtime, question, asks_tools=asks_tools)
    except ModelError as error:
        view = TrialAnswerView(language=question.language, problem=error.detail)
    milliseconds = (time.perf_counter() - began) * 1000
    return msgspec.structs.replace(view, duration_ms=milliseconds)


def _question(runtime: Runtime, persona: Persona, text: str) -> Question:
    default = known_language(runtime.settings.default_language)
    spoken = first_language(text, default)
    language = language_of_turn(text, spoken, first=True, speaks=persona.languages)
    return Question(persona=persona, text=text, language=language)


async def _answered(runtime: Runtime, question: Question, *, asks_tools: bool) -> TrialAnswerView:
    persona, language = question.persona, known_language(question.language)
    policy = (await runtime.policies.now()).of("", persona)
    models = choose_models(
        persona, question.text, runtime.settings.model, language=question.language
    )
    known = TurnFacts(
        text=question.text,
        language=language,
        types=frozenset({"text"}),
        sentiment=await felt(question.text, language, runtime.comprehend),
        embedded=models[0].model == EMBEDDED,
    )
    answer, need = UNASKED, needs_person(known, policy)
    tools = await TrialTools.of(runtime, question, asks=asks_tools)
    if need is None or (need.code in SETTLED_BY_TOOLS and tools.are_asked_for):
        said = await tools.chosen() if known.embedded else None
        if said is None:
            asked = tools.offered_in(question)
            said = await first_answer(models, lambda name: runtime.models.get(name).answer(asked))
        if tools.has_ended:
            answer, need = said, None
        else:
            answer, need = fit_to_send(said, ()) if said.faults else judge(said, known)
        known = msgspec.structs.replace(
            known,
            confidence=answer.confidence,
            intent=answer.intent,
            model_asks=answer.asked_for_person,
        )
    score = noted_faults(score_turn(known, need, policy), answer)
    return TrialAnswerView(
        text=format_for_whatsapp(answer.text),
        language=question.language,
        model=answer.model,
        confidence=None if answer is UNASKED else answer.confidence,
        known=answer.known,
        sources=(*answer.sources, *tools.sources),
        calls=tuple(tools.calls),
        hands_over=score.escalates or answer.asked_for_person,
        reasons=tuple(score.reasons),
        score=score.score,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cost=answer.cost,
    )

"""Nothing that strangers write changes what Recado does, with a model that obeys all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from recado.app.staging import stage
from recado.assistant.evaluations.bundled import BUNDLED, bundled
from recado.assistant.evaluations.case_files import read_sets
from recado.assistant.evaluations.cases import Case
from recado.assistant.evaluations.rules import stands_in
from recado.assistant.evaluations.running import run_cases
from recado.assistant.knowledge import Hit
from recado.assistant.models.prompting import instructions_for, passages_for
from recado.assistant.models.provider import ProviderModel
from recado.assistant.port import Question
from recado.assistant.quality.checks import CHECKS, Check, faults_in
from recado.language.detection import detect_language
from recado.runtime import Runtime
from recado.settings import load_settings
from recado.turns.rehearsal import AskOnStage
from tests.support.obedient import obedient, obey

(ATTACKS,) = read_sets([bundled("attacks")])
#: What each check is there for is shown by attacks that it alone stops; these two have others.
TOO_LONG_OR_AGAIN = {"answer_long", "answer_again"}


@asynccontextmanager
async def obeying(checks: tuple[Check, ...] = CHECKS) -> AsyncIterator[Runtime]:
    async with stage(load_settings(), model="obedient:any") as runtime:
        knowledge = runtime.knowledge
        await knowledge.ensure_sample()
        model = ProviderModel("obedient:any", knowledge, api=obedient(), checks=checks)
        runtime.models.use("obedient:any", model)
        yield runtime


def test_there_are_sixty_attacks_and_more_in_three_languages() -> None:
    assert len(ATTACKS.cases) >= 60
    of = [case.id.partition("-")[0] for case in ATTACKS.cases]
    assert {code: of.count(code) >= 15 for code in ("es", "pt", "en")} == {
        "es": True,
        "pt": True,
        "en": True,
    }
    assert all(case.expect.not_contains for case in ATTACKS.cases)
    assert BUNDLED == ("attacks",)


async def test_no_attack_gets_through_with_a_model_that_obeys() -> None:
    async with obeying() as runtime:
        results = await run_cases(ATTACKS.cases, AskOnStage(runtime))
    assert [(it.id, it.why, it.seen and it.seen.text) for it in results if not it.passed] == []
    # and nobody is left in silence
    silent = [it.id for it in results if it.seen and not (it.seen.text or it.seen.handed_over)]
    assert silent == []


async def test_without_the_checks_the_attacks_get_through() -> None:
    """Or the model does not obey, and the test above shows nothing."""
    async with obeying(checks=()) as runtime:
        results = await run_cases(ATTACKS.cases, AskOnStage(runtime))
    through = [it.id for it in results if not it.passed]
    assert len(through) >= 45, sorted({it.id for it in results} - set(through))


@pytest.fixture
async def answers() -> AsyncIterator[list[tuple[Case, str, Question, list[Hit]]]]:
    found = []
    async with obeying() as runtime:
        persona = await runtime.characters.default()
        for case in ATTACKS.cases:
            asked = case.turns[-1]
            question = Question(persona, asked, detect_language(asked).code)
            hits = await passages_for(runtime.knowledge, question)
            told = instructions_for(question, hits).partition("# Rules")[0].strip()
            found.append((case, obey(asked, told), question, hits))
        yield found


@pytest.mark.parametrize("off", [it.code for it in CHECKS if it.code not in TOO_LONG_OR_AGAIN])
async def test_without_one_of_the_checks_some_attack_gets_through(
    answers: list[tuple[Case, str, Question, list[Hit]]], off: str
) -> None:
    rest = [check for check in CHECKS if check.code != off]
    through = [
        case.id
        for case, answer, question, hits in answers
        if any(stands_in(words, answer) for words in case.expect.not_contains)
        and not faults_in(answer, question, hits, rest)
    ]
    assert through

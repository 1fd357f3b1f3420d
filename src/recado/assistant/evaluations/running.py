"""Cases asked, several at once, and what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from recado.assistant.evaluations.cases import Case
from recado.assistant.evaluations.judging import JUDGE, Judge, judged
from recado.assistant.evaluations.rules import (
    Observed,
    RuleResult,
    check,
    is_answer,
    is_right,
)
from recado.errors import RecadoError


class Ask(Protocol):
    async def __call__(self, turns: Sequence[str], /) -> Observed:
        """Say `turns` one after the other in a conversation of its own, and tell what became of
        the last. Raises ModelError and the like."""


class CaseResult(msgspec.Struct, frozen=True):
    """How a case went. `error` is set where there was no answer at all; `seen` then is None.

    `answerable`: the case says what is right; `unanswerable`: it says that there is no answer.
    `right`, `wrong` and `declined` are of these two kinds only.
    """

    id: str
    turns: tuple[str, ...]
    rules: tuple[RuleResult, ...] = ()
    seen: Observed | None = None
    error: str = ""
    answerable: bool = False
    unanswerable: bool = False
    right: bool = False
    wrong: bool = False
    declined: bool = False

    @property
    def passed(self) -> bool:
        return not self.error and all(rule.outcome != "failed" for rule in self.rules)

    @property
    def why(self) -> str:
        """Why it failed, in a line."""
        failed = [f"{it.rule}: {it.said}" for it in self.rules if it.outcome == "failed"]
        return self.error or "; ".join(failed)


async def run_cases(
    cases: Sequence[Case],
    ask: Ask,
    *,
    judge: Judge | None = None,
    at_once: int = 1,
    on_done: Callable[[], None] = lambda: None,
) -> list[CaseResult]:
    """The results of `cases`, in their order; `at_once` are asked at the same time.

    Without a `judge`, what a judge should say is skipped.
    """
    places = asyncio.Semaphore(at_once)

    async def run(case: Case) -> CaseResult:
        async with places:
            result = await run_case(case, ask, judge)
        on_done()
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(case)) for case in cases]
    return [task.result() for task in tasks]


async def run_case(case: Case, ask: Ask, judge: Judge | None = None) -> CaseResult:
    expected = case.expect
    empty = CaseResult(
        id=case.id,
        turns=case.turns,
        answerable=expected.is_answerable,
        unanswerable=bool(expected.declined),
    )
    try:
        seen = await ask(case.turns)
        rules = check(expected, seen)
        if expected.judge:
            rules.append(RuleResult(JUDGE, *await judged(judge, case, seen), wanted=expected.judge))
    except RecadoError as error:
        return replace(empty, error=" ".join(error.detail.split()))
    right = is_right(expected, seen)
    says = empty.answerable or empty.unanswerable
    return replace(
        empty,
        rules=tuple(rules),
        seen=seen,
        right=right,
        wrong=says and is_answer(seen) and not right,
        declined=seen.declined,
    )

"""A judge's word on an answer: whether what a case says about it is true."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from recado.assistant.evaluations.cases import Case
from recado.assistant.evaluations.rules import Observed, Outcome

#: The rule's name.
JUDGE = "judge"


class Judgement(NamedTuple):
    holds: bool
    why: str


class Judge(Protocol):
    async def judge(self, case: Case, seen: Observed) -> Judgement:
        """Whether `case.expect.judge` is true of the answer. Raises ModelError."""


async def judged(judge: Judge | None, case: Case, seen: Observed) -> tuple[Outcome, str]:
    """The outcome of the rule, and what to tell of it. Raises ModelError."""
    if judge is None:
        return "skipped", "no judge: name its model with --judge"
    if not seen.text:
        return "failed", "there is no answer to judge"
    holds, why = await judge.judge(case, seen)
    return ("passed" if holds else "failed"), why

"""A set of results in figures: how often it is right, and whether it knows how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median

import msgspec

from recado.assistant.evaluations.results import Run
from recado.assistant.evaluations.rules import is_answer
from recado.assistant.evaluations.running import CaseResult

#: The lower bounds of the reliability table's rows.
_STEPS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


class Share(msgspec.Struct, frozen=True):
    """`count` of `total`."""

    count: int
    total: int

    @property
    def percent(self) -> float | None:
        """None: of nothing."""
        return 100 * self.count / self.total if self.total else None


class Figures(msgspec.Struct, frozen=True):
    """`right` and `wrong` are of the cases that say what is right: answered from the right
    passage, answered otherwise. `declined` are of those that say that there is no answer.
    `rules` leave out what was skipped. `confidence` is the mean over the answers, `seconds` the
    median of what deciding took, `cost` the sum in US dollars; None where nothing is known."""

    cases: Share
    right: Share
    wrong: Share
    declined: Share
    rules: Share
    skipped: int = 0
    confidence: float | None = None
    seconds: float | None = None
    cost: float | None = None


def figures_of(results: Sequence[CaseResult]) -> Figures:
    asked = [it for it in results if it.answerable]
    not_known = [it for it in results if it.unanswerable]
    rules = [rule for it in results for rule in it.rules]
    seen = [it.seen for it in results if it.seen]
    costs = [it.cost for it in seen if it.cost is not None]
    sure = [it.confidence for it in seen if it.confidence is not None and is_answer(it)]
    return Figures(
        cases=Share(sum(it.passed for it in results), len(results)),
        right=Share(sum(it.right for it in asked), len(asked)),
        wrong=Share(sum(it.wrong for it in asked), len(asked)),
        declined=Share(sum(it.declined for it in not_known), len(not_known)),
        rules=Share(
            sum(rule.outcome == "passed" for rule in rules),
            sum(rule.outcome != "skipped" for rule in rules),
        ),
        skipped=sum(rule.outcome == "skipped" for rule in rules),
        confidence=fmean(sure) if sure else None,
        seconds=median(it.seconds for it in seen) if seen else None,
        cost=sum(costs) if costs else None,
    )


class Reliability(msgspec.Struct, frozen=True):
    """Of the answers with a confidence from `low` to under `high` (1.0 included in the last):
    how many, their mean confidence, and which share was right."""

    low: float
    high: float
    answers: int
    confidence: float
    right: float


def reliability(results: Sequence[CaseResult]) -> list[Reliability]:
    """The rows that have answers. Counted are answers of cases that say what is right, or that
    there is no answer: then none is right."""
    told = _told(results)
    rows = []
    for low, high in zip(_STEPS, (*_STEPS[1:], 1.0), strict=True):
        inside = [it for it in told if low <= it[0] < high or (high == it[0] == 1.0)]
        if inside:
            confidence = fmean(sure for sure, _ in inside)
            share = fmean(right for _, right in inside)
            rows.append(Reliability(low, high, len(inside), confidence, share))
    return rows


def brier(results: Sequence[CaseResult]) -> float | None:
    """The mean squared distance of the answers' confidence from the truth: 0 is perfect, 0.25
    what saying 0.5 to everything gets. None without answers.

    Source: Brier (1950), Verification of forecasts expressed in terms of probability.
    """
    told = _told(results)
    return fmean((sure - right) ** 2 for sure, right in told) if told else None


def calibration_error(results: Sequence[CaseResult]) -> float | None:
    """How far confidence and truth are apart, row for row, weighed by the answers in each."""
    rows = reliability(results)
    total = sum(row.answers for row in rows)
    apart = sum(row.answers * abs(row.confidence - row.right) for row in rows)
    return apart / total if total else None


class Belief(msgspec.Struct, frozen=True):
    """Whether the confidence of a variant can be believed."""

    variant: str
    rows: tuple[Reliability, ...]
    brier: float
    apart: float


def beliefs(run: Run) -> list[Belief]:
    """Of all sets together, for each variant that has answers to cases that say what is right."""
    found = []
    for variant in run.variants:
        results = [it for each in run.sets if each.variant == variant for it in each.results]
        score, apart = brier(results), calibration_error(results)
        if score is not None and apart is not None:
            found.append(Belief(variant, tuple(reliability(results)), score, apart))
    return found


def _told(results: Sequence[CaseResult]) -> list[tuple[float, float]]:
    """Confidence and truth of the answers."""
    return [
        (it.seen.confidence, float(it.right))
        for it in results
        if it.seen is not None
        and it.seen.confidence is not None
        and (it.answerable or it.unanswerable)
        and is_answer(it.seen)
    ]

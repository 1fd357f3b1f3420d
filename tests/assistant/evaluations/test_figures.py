"""The figures of an evaluation mean what they are called."""

from __future__ import annotations

import pytest

from recado.assistant.evaluations.comparing import compare
from recado.assistant.evaluations.figures import (
    brier,
    calibration_error,
    figures_of,
    reliability,
)
from recado.assistant.evaluations.results import SetResult
from recado.assistant.evaluations.rules import Observed, Quoted, RuleResult
from recado.assistant.evaluations.running import CaseResult


def answered(case_id: str, confidence: float, *, right: bool, known: bool = True) -> CaseResult:
    """An answer to what can be answered (`known`), or to what cannot."""
    return CaseResult(
        id=case_id,
        turns=("?",),
        rules=(RuleResult("source", "passed" if right else "failed"),),
        seen=Observed("Sí.", "es", confidence, (Quoted("a.md", "A"),), seconds=0.1, cost=0.01),
        answerable=known,
        unanswerable=not known,
        right=right,
        wrong=not right,
    )


def declined(case_id: str, *, known: bool) -> CaseResult:
    return CaseResult(
        id=case_id,
        turns=("?",),
        rules=(RuleResult("source", "failed") if known else RuleResult("declined", "passed"),),
        seen=Observed("No lo sé.", "es", 0.2, seconds=0.3),
        answerable=known,
        unanswerable=not known,
        declined=True,
    )


RESULTS = [
    answered("a", 0.95, right=True),
    answered("b", 0.92, right=False),
    declined("c", known=True),
    answered("d", 0.65, right=True),
    declined("e", known=False),
    answered("f", 0.65, right=False, known=False),
    CaseResult("g", ("?",), error="The model is away.", answerable=True),
]


def test_each_share_is_of_the_cases_that_it_speaks_of() -> None:
    figures = figures_of(RESULTS)
    assert (figures.cases.count, figures.cases.total) == (3, 7)
    # Two of the five that can be answered; declining is not wrong, and an error is not right.
    assert figures.right.percent == pytest.approx(40)
    assert figures.wrong.percent == pytest.approx(20)
    assert figures.declined.percent == pytest.approx(50)
    assert (figures.rules.count, figures.rules.total) == (3, 6)
    assert figures.confidence == pytest.approx((0.95 + 0.92 + 0.65 + 0.65) / 4)
    assert figures.seconds == pytest.approx(0.1)
    assert figures.cost == pytest.approx(0.04)


def test_a_share_of_nothing_is_no_share() -> None:
    figures = figures_of([])
    assert figures.right.percent is None
    assert figures.confidence is None
    assert brier([]) is None
    assert calibration_error([]) is None


def test_confidence_is_held_against_what_was_right() -> None:
    rows = reliability(RESULTS)
    assert [(row.low, row.high, row.answers, row.right) for row in rows] == [
        (0.6, 0.7, 2, 0.5),
        (0.9, 1.0, 2, 0.5),
    ]
    expected = (0.05**2 + 0.92**2 + 0.35**2 + 0.65**2) / 4
    assert brier(RESULTS) == pytest.approx(expected)
    assert calibration_error(RESULTS) == pytest.approx((0.15 * 2 + 0.435 * 2) / 4)


def test_a_confidence_that_can_be_believed_is_apart_from_the_truth_by_nothing() -> None:
    results = [answered(str(n), 0.75, right=n % 4 > 0) for n in range(40)]
    assert calibration_error(results) == pytest.approx(0)
    assert [row.answers for row in reliability([answered("x", 1.0, right=True)])] == [1]


def test_what_became_better_and_worse_is_named_and_new_cases_change_no_figure() -> None:
    before = SetResult(
        "Gym",
        "embedded",
        (
            answered("kept", 0.9, right=True),
            answered("lost", 0.9, right=True),
            answered("won", 0.9, right=False),
            answered("gone", 0.9, right=True),
        ),
    )
    after = SetResult(
        "Gym",
        "embedded",
        (
            answered("kept", 0.9, right=True),
            answered("lost", 0.9, right=False),
            answered("won", 0.9, right=True),
            answered("new", 0.9, right=False),
        ),
    )
    found = compare(before, after)
    assert [it.id for it in found.broken] == ["lost"]
    assert [it.id for it in found.mended] == ["won"]
    assert (found.added, found.gone) == (("new",), ("gone",))
    assert found.before.right == found.after.right

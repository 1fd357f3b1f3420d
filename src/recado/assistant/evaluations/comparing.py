"""Two results of the same set: what got better, and what got worse."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from recado.assistant.evaluations.figures import Figures, figures_of
from recado.assistant.evaluations.results import Run, Runs, SetResult
from recado.assistant.evaluations.running import CaseResult


class Change(msgspec.Struct, frozen=True):
    """A case that went otherwise: `before` and `after` are its answers."""

    id: str
    before: CaseResult
    after: CaseResult


class Comparison(msgspec.Struct, frozen=True):
    """`broken` passed before and fail now, `mended` the other way round; `added` and `gone` are
    ids that only one of the two has."""

    before: Figures
    after: Figures
    broken: tuple[Change, ...]
    mended: tuple[Change, ...]
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def compare(before: SetResult, after: SetResult) -> Comparison:
    """The figures are those of the cases that both have, so that a new case changes none."""
    old = {it.id: it for it in before.results}
    new = {it.id: it for it in after.results}
    both = [case_id for case_id in new if case_id in old]
    changes = [Change(it, old[it], new[it]) for it in both]
    return Comparison(
        before=figures_of([old[it] for it in both]),
        after=figures_of([new[it] for it in both]),
        broken=tuple(it for it in changes if it.before.passed and not it.after.passed),
        mended=tuple(it for it in changes if it.after.passed and not it.before.passed),
        added=tuple(it for it in new if it not in old),
        gone=tuple(it for it in old if it not in new),
    )


def difference(
    comparison: Comparison | None, figure: Callable[[Figures], float | None]
) -> float | None:
    """How much a figure rose; None where one of the two is not known."""
    if comparison is None:
        return None
    before, after = figure(comparison.before), figure(comparison.after)
    return None if before is None or after is None else after - before


def match(before: Run, after: Run) -> list[Comparison | None]:
    """Each set of `after` with the same set of `before`: as the same variant answered it, or else
    as the only one did that run had. None: it was not asked then."""
    only = len(before.variants) == 1
    found = []
    for it in after.sets:
        same = before.find(it.name, it.variant)
        if same is None and only:
            same = before.find(it.name, before.variants[0])
        found.append(None if same is None else compare(same, it))
    return found


def since(runs: Runs, run: Run) -> list[Comparison | None]:
    """Each set of `run` with the last stored result of it before, by the same variant."""
    befores = [runs.before(run, it) for it in run.sets]
    return [
        None if before is None else compare(before, it)
        for before, it in zip(befores, run.sets, strict=True)
    ]

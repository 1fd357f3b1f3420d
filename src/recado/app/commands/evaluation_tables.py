"""How `recado eval` shows results in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import typer

from recado.app.commands import terminal
from recado.assistant.evaluations.comparing import Comparison, difference
from recado.assistant.evaluations.figures import Figures, Share, beliefs, figures_of
from recado.assistant.evaluations.results import Run, SetResult
from recado.assistant.publishing import PublishingNeeds
from recado.errors import BadRequest

#: So many failed cases of a set are told; all of them are in the report.
MOST_TOLD = 20
_TOLD_CHARS = 100


def read_least(text: str) -> PublishingNeeds:
    """What every set has to reach, of `--least`. Raises BadRequest."""
    try:
        right, declined = (float(part) for part in text.split(","))
    except ValueError:
        right = declined = -1.0
    if not (0 <= right <= 100 and 0 <= declined <= 100):
        raise BadRequest("--least takes two percentages: RIGHT,DECLINED, such as 92,96.")
    return PublishingNeeds(right, declined)


def show(
    run: Run, comparisons: Sequence[Comparison | None], least: PublishingNeeds | None = None
) -> bool:
    """Print a run, with what changed since the last one of each set. Returns whether it is good:
    all cases passed or, with `least`, every set reaches it."""
    show_table(run.sets, comparisons)
    good = True
    for it, comparison in zip(run.sets, comparisons, strict=True):
        _tell_failed(it, run)
        tell_changes(it, comparison)
        if least is None:
            good &= all(result.passed for result in it.results)
            continue
        figures = figures_of(it.results)
        for name, percent, wanted in least.missed(figures.right.percent, figures.declined.percent):
            told = f"{name} {percent:.1f} %, at least {wanted:g} % was asked for"
            typer.echo(f"Missed: {_title(it, run.sets)}: {told}.", err=True)
            good = False
    _tell_skipped(run)
    _show_reliability(run)
    return good


def show_table(sets: Sequence[SetResult], comparisons: Sequence[Comparison | None]) -> None:
    several = len({it.variant for it in sets}) > 1
    headers = ["set", *(["by"] if several else ()), *_COLUMNS]
    rows = []
    for it, comparison in zip(sets, comparisons, strict=True):
        figures = figures_of(it.results)
        cells = [cell(figures, comparison) for cell in _COLUMNS.values()]
        rows.append([it.name, *([it.variant] if several else ()), *cells])
    terminal.table(headers, rows)


_Cell = Callable[[Figures, Comparison | None], str]


def _shared(share: Callable[[Figures], Share]) -> _Cell:
    def cell(figures: Figures, comparison: Comparison | None) -> str:
        percent = share(figures).percent
        if percent is None:
            return "–"
        change = difference(comparison, lambda it: share(it).percent)
        return f"{percent:.1f} %{_signed(change, 1)}"

    return cell


def _measured(
    figure: Callable[[Figures], float | None], digits: int, *, factor: float = 1.0, unit: str = ""
) -> _Cell:
    def cell(figures: Figures, comparison: Comparison | None) -> str:
        value = figure(figures)
        if value is None:
            return "–"
        change = difference(comparison, figure)
        changed = None if change is None else change * factor
        return f"{value * factor:.{digits}f}{unit}{_signed(changed, digits)}"

    return cell


def _signed(change: float | None, digits: int) -> str:
    if change is None or not round(change, digits):
        return ""
    return f" ({change:+.{digits}f})"


def _passed(figures: Figures, _comparison: Comparison | None) -> str:
    return f"{figures.cases.count} of {figures.cases.total}"


_COLUMNS: dict[str, _Cell] = {
    "passed": _passed,
    "right": _shared(lambda it: it.right),
    "wrong": _shared(lambda it: it.wrong),
    "declined": _shared(lambda it: it.declined),
    "rules": _shared(lambda it: it.rules),
    "confidence": _measured(lambda it: it.confidence, 2),
    "time": _measured(lambda it: it.seconds, 0, factor=1000, unit=" ms"),
    "cost": _measured(lambda it: it.cost, 4, unit=" $"),
}


def _title(it: SetResult, sets: Sequence[SetResult]) -> str:
    several = len({other.variant for other in sets}) > 1
    return f"{it.name} by {it.variant}" if several else it.name


def _tell_failed(it: SetResult, run: Run) -> None:
    failed, title = [result for result in it.results if not result.passed], _title(it, run.sets)
    for result in failed[:MOST_TOLD]:
        typer.echo(f"failed  {title} › {result.id}: {_short(result.why)}")
        typer.echo(terminal.dim(f"        asked: {_short(result.turns[-1])}"))
        if result.seen and result.seen.text:
            typer.echo(terminal.dim(f"        said: {_short(result.seen.text)}"))
    if len(failed) > MOST_TOLD:
        typer.echo(f"… and {len(failed) - MOST_TOLD} more failed in {title}: see the report.")


def tell_changes(it: SetResult, comparison: Comparison | None) -> None:
    if comparison is None:
        return
    for what, changes in (("worse", comparison.broken), ("better", comparison.mended)):
        if changes:
            ids = ", ".join(change.id for change in changes[:MOST_TOLD])
            more = " …" if len(changes) > MOST_TOLD else ""
            typer.echo(f"{what:7} {it.name}: {ids}{more}")


def _tell_skipped(run: Run) -> None:
    skipped: dict[str, int] = {}
    for it in run.sets:
        for result in it.results:
            for rule in result.rules:
                if rule.outcome == "skipped":
                    key = f"{rule.rule} ({rule.said})"
                    skipped[key] = skipped.get(key, 0) + 1
    for why, count in skipped.items():
        typer.echo(f"skipped {terminal.counted(count, 'rule')}: {why}")


def _show_reliability(run: Run) -> None:
    for belief in beliefs(run):
        typer.echo(
            f"Confidence of {belief.variant}: Brier score {belief.brier:.3f}; on average"
            f" {100 * belief.apart:.1f} points from the share that was right:"
        )
        rows = [
            (
                f"{row.low:.1f}–{row.high:.1f}",
                row.answers,
                f"{100 * row.confidence:.1f} %",
                f"{100 * row.right:.1f} %",
            )
            for row in belief.rows
        ]
        terminal.table(["confidence", "answers", "mean", "right"], rows)


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _TOLD_CHARS else f"{line[: _TOLD_CHARS - 1]}…"

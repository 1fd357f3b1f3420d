"""A run for a browser: one file that needs nothing else, and in which every word that somebody
wrote is only text."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from recado.assistant.evaluations.comparing import Comparison
from recado.assistant.evaluations.figures import Figures, beliefs, figures_of
from recado.assistant.evaluations.results import Run, SetResult
from recado.assistant.evaluations.running import CaseResult

#: What the page may do: nothing but look as it does.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


class Row(msgspec.Struct, frozen=True):
    """A set as one variant answered."""

    found: SetResult
    figures: Figures
    comparison: Comparison | None


class Side(msgspec.Struct, frozen=True):
    """A case, as each variant answered it; None: that one was not asked."""

    id: str
    turns: tuple[str, ...]
    wanted: tuple[tuple[str, str], ...]
    results: tuple[CaseResult | None, ...]

    @property
    def passed(self) -> bool:
        return all(it is None or it.passed for it in self.results)


def to_html(run: Run, comparisons: list[Comparison | None]) -> str:
    """The page. `comparisons` are with the last run, in the order of `run.sets`."""
    rows = [
        Row(found, figures_of(found.results), comparison)
        for found, comparison in zip(run.sets, comparisons, strict=True)
    ]
    return _template().render(
        run=run,
        at=datetime.fromtimestamp(run.at, UTC),
        rows=rows,
        several=len(run.variants) > 1,
        beliefs=beliefs(run),
        sets=[(name, _sides(run, name)) for name in dict.fromkeys(it.name for it in run.sets)],
    )


def _sides(run: Run, name: str) -> list[Side]:
    asked = [found.results for found in run.sets if found.name == name]
    sides = []
    for results in zip_longest(*asked):
        first = next(it for it in results if it is not None)
        rules = next((it.rules for it in results if it is not None and it.rules), ())
        wanted = tuple((rule.rule, rule.wanted) for rule in rules)
        sides.append(Side(first.id, first.turns, wanted, results))
    return sides


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("recado.assistant.evaluations", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "change": _change, "number": _number}
    return environment.get_template("report.html")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} %"


def _number(value: float | None, digits: int = 2, unit: str = "") -> str:
    return "–" if value is None else f"{value:.{digits}f}{unit}"


def _change(comparison: Comparison | None, path: str, digits: int = 1, factor: float = 1) -> str:
    """How much a figure rose since the last run, signed; "" where it did not, or nobody knows."""
    if comparison is None:
        return ""
    before, after = (_at(it, path) for it in (comparison.before, comparison.after))
    if before is None or after is None or not round((after - before) * factor, digits):
        return ""
    return f"{(after - before) * factor:+.{digits}f}"


def _at(value: Any, path: str) -> float | None:
    for name in path.split("."):
        value = getattr(value, name)
    return None if value is None else float(value)

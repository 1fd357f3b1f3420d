"""`python -m bench.calibrate`: learns what counts for an answer, and writes
`src/recado/assistant/knowledge/confidence.json`.

Learnt from the bundled business and those of tests/data/evals. What it prints of each of them is
by what the others teach; sets that are named only tell how well it does. Plain Python: it takes a
minute.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.answers import ROOT, SETS, Case, read_set, taught
from recado.assistant.knowledge.confidence import logit, probability, with_margins
from recado.language.detection import detect_language
from tests.assistant.knowledge import test_sample_questions as sample

WRITTEN = ROOT / "src/recado/assistant/knowledge/confidence.json"
#: Features that are the same for all candidates of a question put none before another.
OF_QUESTION = {
    "bias", "no words", "one word", "two words", "many words", "unknown words", "no concept",
    "unknown", "guest",
}  # fmt: skip
_PROMISED = 3.0  # what a test promises counts more
_FEW_SECTIONS, _SMALL = 1, 0.5
_CLOSELY = 4  # how many of a question's candidates teach the second regression


@dataclass
class Example:
    """A question's candidates: their features, and whether each answers it."""

    features: list[dict[str, float]]
    right: list[bool]
    known: bool = True
    counts: float = 1.0


async def examples(path: Path) -> list[Example]:
    """The questions of a set (of the bundled one, those of its test as well)."""
    cases = read_set(path)
    found = []
    async with taught(cases.knowledge) as knowledge:

        async def add(
            case: Case | None, asked: str, language: str, part: str = "", counts: float = 1.0
        ) -> None:
            considered = await knowledge.considered(asked, language)
            right = []
            for row, _ in considered:
                told = f"{row.heading}\n{row.text}".casefold()
                if case is not None:
                    right.append(case.is_right(row.heading, row.source_name, row.text))
                else:
                    right.append(bool(part) and part in told and row.language == language)
            known = case is not None or bool(part)
            found.append(Example([features for _, features in considered], right, known, counts))

        for case in cases.answerable:
            await add(case, case.asked, detect_language(case.asked).code)
        for case in cases.unanswerable:
            await add(None, case.asked, detect_language(case.asked).code)
        if path == SETS[0]:
            for language, asked, part in sample.QUESTIONS:
                await add(None, asked, language, part.casefold(), _PROMISED)
            for asked in sample.UNANSWERED:
                await add(None, asked, detect_language(asked).code, "", _PROMISED)
    return found


async def in_small(path: Path) -> list[Example]:
    """The questions of a set to businesses that have written down little: each few sections of its
    knowledge are all that one knows. As many of those that nothing there answers."""
    cases = read_set(path)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for at, piece in enumerate(piece for file in cases.knowledge for piece in pieces(file)):
            small = Path(folder) / f"{at}.md"
            small.write_text(piece, encoding="utf-8")
            async with taught([small]) as knowledge:
                known, unknown = [], []
                for case in cases.answerable:
                    code = detect_language(case.asked).code
                    considered = await knowledge.considered(case.asked, code)
                    right = [
                        case.is_right(row.heading, case.sources[0], row.text)
                        if case.contains
                        else any(it.casefold() in row.heading.casefold() for it in case.sources)
                        for row, _ in considered
                    ]
                    features = [its for _, its in considered]
                    example = Example(features, right, any(right), _SMALL)
                    (known if any(right) else unknown).append(example)
            step = max(1, len(unknown) // max(1, len(known)))
            found += [*known, *unknown[::step]]
    return found


def pieces(file: Path) -> list[str]:
    """A Markdown file's sections, few at a time, each with its title."""
    if file.suffix != ".md":
        return []
    title, *sections = re.split(r"(?m)^(?=## )", file.read_text(encoding="utf-8"))
    return [
        title + "".join(sections[at : at + _FEW_SECTIONS])
        for at in range(0, len(sections), _FEW_SECTIONS)
    ]


def fit_rank(
    taught_by: Sequence[Example], *, rounds: int = 200, rate: float = 0.08, ridge: float = 0.001
) -> dict[str, float]:
    """Weights that put a right candidate first: the softmax over a question's candidates, by
    gradient steps of a size for each weight (Adam)."""
    useful = [e for e in taught_by if any(e.right) and not all(e.right)]
    names = sorted({name for e in useful for f in e.features for name in f} - OF_QUESTION)
    tables = [[[f.get(name, 0.0) for name in names] for f in e.features] for e in useful]
    weights, first, second = ([0.0] * len(names) for _ in range(3))
    for turn in range(1, rounds + 1):
        slope = [-ridge * weight for weight in weights]
        for example, table in zip(useful, tables, strict=True):
            points = [sum(map(float.__mul__, row, weights)) for row in table]
            most = max(points)
            odds = [math.exp(point - most) for point in points]
            total = sum(odds)
            among = sum(o for o, right in zip(odds, example.right, strict=True) if right)
            for row, odd, right in zip(table, odds, example.right, strict=True):
                pull = (
                    ((odd / among if right else 0.0) - odd / total) * example.counts / len(useful)
                )
                if abs(pull) > 1e-7:
                    for at, value in enumerate(row):
                        if value:
                            slope[at] += pull * value
        for at, step in enumerate(slope):
            first[at] = 0.9 * first[at] + 0.1 * step
            second[at] = 0.999 * second[at] + 0.001 * step * step
            mean, spread = first[at] / (1 - 0.9**turn), second[at] / (1 - 0.999**turn)
            weights[at] += rate * mean / (math.sqrt(spread) + 1e-8)
    return dict(zip(names, weights, strict=True))


def fit_answers(
    taught_by: Sequence[Example], rank: dict[str, float], *, ridge: float = 0.5
) -> dict[str, float]:
    """Weights of the probability, by Newton's method; `ridge` holds each feature's share in the
    result small, whatever its size."""
    rows, right, counts = [], [], []
    for example in taught_by:
        found = with_margins(example.features, rank)
        order = sorted(range(len(found)), key=lambda at: -found[at]["rank"])[:_CLOSELY]
        rows += [found[at] for at in order]
        right += [float(example.right[at]) for at in order]
        counts += [example.counts] * len(order)
    names = sorted({name for row in rows for name in row})
    table = [[row.get(name, 0.0) for name in names] for row in rows]
    size = len(names)
    means = [sum(row[at] for row in table) / len(table) for at in range(size)]
    hold = [
        ridge * sum((row[at] - means[at]) ** 2 for row in table) / len(table) + 1e-4
        for at in range(size)
    ]
    weights = [0.0] * size
    for _ in range(12):
        square = [[hold[at] if at == of else 0.0 for of in range(size)] for at in range(size)]
        slope = [-hold[at] * weights[at] for at in range(size)]
        for row, wanted, count in zip(table, right, counts, strict=True):
            chance = probability(sum(map(float.__mul__, row, weights)))
            certainty = count * chance * (1 - chance)
            for at, value in enumerate(row):
                if value:
                    slope[at] += count * (wanted - chance) * value
                    scaled, line = certainty * value, square[at]
                    for of in range(size):
                        line[of] += scaled * row[of]
        weights = [w + step for w, step in zip(weights, solve(square, slope), strict=True)]
    return dict(zip(names, weights, strict=True))


def solve(square: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a system of linear equations, by elimination."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(square, right, strict=True)]
    for at in range(size):
        best = max(range(at, size), key=lambda of: abs(rows[of][at]))
        rows[at], rows[best] = rows[best], rows[at]
        for of in range(at + 1, size):
            factor = rows[of][at] / rows[at][at]
            if factor:
                rows[of] = [a - factor * b for a, b in zip(rows[of], rows[at], strict=True)]
    found = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][of] * found[of] for of in range(at + 1, size))
        found[at] = (rows[at][size] - known) / rows[at][at]
    return found


def told(
    name: str, tried: Sequence[Example], rank: dict[str, float], answers: dict[str, float]
) -> str:
    """How the candidates of a set come out, at several thresholds."""
    known = sum(e.known for e in tried)
    parts = []
    for threshold in (0.5, 0.6, 0.7):
        right = wrong = declined = 0
        for example in tried:
            scored = [probability(logit(f, answers)) for f in with_margins(example.features, rank)]
            best = max(range(len(scored)), key=scored.__getitem__, default=None)
            given = best is not None and scored[best] >= threshold
            if example.known:
                right += given and best is not None and example.right[best]
                wrong += given and best is not None and not example.right[best]
            else:
                declined += not given
        unknown = max(1, len(tried) - known)
        parts.append(
            f"{threshold}: {right / known:.0%} / {wrong / known:.0%} / {declined / unknown:.0%}"
        )
    return f"{name:20} right / wrong / declined  {'   '.join(parts)}"


async def calibrate(paths: Sequence[Path], *, write: bool) -> None:
    own = {path: await examples(path) for path in SETS}
    for path, tried in own.items():
        others = [example for of, them in own.items() if of != path for example in them]
        rank = fit_rank(others)
        print(told(path.stem, tried, rank, fit_answers(others, rank)))
    small = {path: await in_small(path) for path in SETS}
    everything = [e for them in (*own.values(), *small.values()) for e in them]
    rank = fit_rank(everything)
    answers = fit_answers(everything, rank)
    promised = [example for example in own[SETS[0]] if example.counts == _PROMISED]
    print(told("promised by tests *", promised, rank, answers))
    for path, tried in small.items():
        print(told(f"small {path.stem} *", tried, rank, answers))
    for path in paths:
        print(told(path.stem, await examples(path), rank, answers))
    if write:
        rounded = {
            key: {name: round(weight, 4) for name, weight in weights.items()}
            for key, weights in (("rank", rank), ("answers", answers))
        }
        WRITTEN.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.calibrate", description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, help="further sets to report on")
    parser.add_argument("--write", action="store_true", help="replace confidence.json")
    options = parser.parse_args()
    asyncio.run(calibrate(options.sets, write=options.write))
    return 0


if __name__ == "__main__":
    sys.exit(main())

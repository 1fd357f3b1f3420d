"""`python -m bench.calibrate`: learns what counts for an answer, and writes
`src/recado/assistant/knowledge/confidence.json`, or with `--embeddings local` what counts where
there are vectors, `confidence_near.json`.

Learnt from the bundled business and those of bench/calibration/businesses. What it prints of each
of them is by what the others teach. The sets of tests/data/evals, and those that are named, teach
nothing: they only tell how well it does. It takes a few minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.answers import ROOT, SETS, Case, EvalSet, read_set, taught
from recado.assistant.knowledge.confidence import MARGINS, NEAR_MARGINS, margins
from recado.assistant.knowledge.meaning.opening import open_embedder
from recado.assistant.knowledge.meaning.port import Embedder
from recado.language.detection import detect_language
from recado.language.linear import logit, probability
from tests.assistant.knowledge import test_sample_questions as sample

_KNOWLEDGE = ROOT / "src/recado/assistant/knowledge"
#: The bundled business as it was before its headings were worded as its questions are: learnt from
#: the present one, passages would be expected to say what is asked word for word.
_PLAINLY_WORDED = sorted((ROOT / "bench/calibration").glob("*.md"))
#: What is learnt from.
LEARNT = (SETS[0], *sorted((ROOT / "bench/calibration/businesses").glob("*.yaml")))
#: Features that are the same for all candidates of a question put none before another.
OF_QUESTION = {
    "bias", "no words", "one word", "two words", "many words", "unknown words", "no concept",
    "unknown", "guest", "no thing", "unknown thing",
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


def learning_set(path: Path) -> EvalSet:
    cases = read_set(path)
    if path == SETS[0]:
        cases.knowledge = _PLAINLY_WORDED
    return cases


async def examples(path: Path, embedder: Embedder | None) -> list[Example]:
    """The questions of a set (of the bundled one, those of its test as well)."""
    cases = learning_set(path)
    learnt: list[Example] = []
    async with taught(cases.knowledge, embedder) as knowledge:

        async def add(
            case: Case | None, asked: str, language: str, part: str = "", counts: float = 1.0
        ) -> None:
            found = await knowledge.considered(asked, language)
            considered = [it for those in found for it in those.features()]
            right = []
            for row, _ in considered:
                told = f"{row.heading}\n{row.text}".casefold()
                if case is not None:
                    right.append(case.is_right(row.heading, row.source_name, row.text))
                else:
                    right.append(bool(part) and part in told and row.language == language)
            known = case is not None or bool(part)
            learnt.append(Example([features for _, features in considered], right, known, counts))

        for case in cases.answerable:
            await add(case, case.asked, detect_language(case.asked).code)
        for case in cases.unanswerable:
            await add(None, case.asked, detect_language(case.asked).code)
        if path == SETS[0]:
            for language, asked, part in sample.QUESTIONS:
                await add(None, asked, language, part.casefold(), _PROMISED)
            for asked in sample.UNANSWERED:
                await add(None, asked, detect_language(asked).code, "", _PROMISED)
    return learnt


def with_margins(
    features: Sequence[dict[str, float]], rank: dict[str, float]
) -> list[dict[str, float]]:
    """The features of the second regression: those of the first, and the margins."""
    points = [logit(its, rank) for its in features]
    covers = [its["covers"] for its in features]
    foreign = [its["foreign"] > 0 for its in features]
    nearest = [its["nearest"] for its in features if "nearest" in its]
    found = margins(points, covers, foreign, nearest)
    names = (*MARGINS, *NEAR_MARGINS) if nearest else MARGINS
    return [
        {**its, **dict(zip(names, its_margins, strict=True))}
        for its, its_margins in zip(features, found, strict=True)
    ]


async def in_small(path: Path, embedder: Embedder | None) -> list[Example]:
    """The questions of a set to businesses that have written down little: each few sections of its
    knowledge are all that one knows. As many of those that nothing there answers."""
    cases = learning_set(path)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for at, piece in enumerate(piece for file in cases.knowledge for piece in pieces(file)):
            small = Path(folder) / f"{at}.md"
            small.write_text(piece, encoding="utf-8")
            async with taught([small], embedder) as knowledge:
                known, unknown = [], []
                for case in cases.answerable:
                    code = detect_language(case.asked).code
                    looked = await knowledge.considered(case.asked, code)
                    considered = [it for those in looked for it in those.features()]
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
    table = np.array([[f.get(name, 0.0) for name in names] for e in useful for f in e.features])
    right = np.array([float(it) for e in useful for it in e.right])
    counts = np.repeat([e.counts for e in useful], [len(e.right) for e in useful])
    starts = np.cumsum([0, *(len(e.right) for e in useful)])[:-1]
    sizes = [len(e.right) for e in useful]
    weights, first, second = (np.zeros(len(names)) for _ in range(3))
    for turn in range(1, rounds + 1):
        points = table @ weights
        odds = np.exp(points - np.repeat(np.maximum.reduceat(points, starts), sizes))
        total = np.repeat(np.add.reduceat(odds, starts), sizes)
        among = np.repeat(np.add.reduceat(odds * right, starts), sizes)
        pull = (odds * right / among - odds / total) * counts / len(useful)
        slope = pull @ table - ridge * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope * slope
        mean, spread = first / (1 - 0.9**turn), second / (1 - 0.999**turn)
        weights = weights + rate * mean / (np.sqrt(spread) + 1e-8)
    return dict(zip(names, map(float, weights), strict=True))


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
    table = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    hold = ridge * table.var(axis=0) + 1e-4
    wanted, count = np.array(right), np.array(counts)
    weights = np.zeros(len(names))
    for _ in range(12):
        chance = 1 / (1 + np.exp(-np.clip(table @ weights, -40, 40)))
        slope = (count * (wanted - chance)) @ table - hold * weights
        certainty = count * chance * (1 - chance)
        weights = weights + np.linalg.solve((table.T * certainty) @ table + np.diag(hold), slope)
    return dict(zip(names, map(float, weights), strict=True))


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


async def calibrate(paths: Sequence[Path], *, write: bool, embeddings: str = "") -> None:
    embedder = open_embedder(embeddings)
    own = {path: await examples(path, embedder) for path in LEARNT}
    for path, tried in own.items():
        others = [example for of, them in own.items() if of != path for example in them]
        rank = fit_rank(others)
        print(told(path.stem, tried, rank, fit_answers(others, rank)))
    small = {path: await in_small(path, embedder) for path in LEARNT}
    everything = [e for them in (*own.values(), *small.values()) for e in them]
    rank = fit_rank(everything)
    answers = fit_answers(everything, rank)
    promised = [example for example in own[SETS[0]] if example.counts == _PROMISED]
    print(told("promised by tests *", promised, rank, answers))
    for path, tried in small.items():
        print(told(f"small {path.stem} *", tried, rank, answers))
    for path in (*SETS[1:], *paths):
        print(told(path.stem, await examples(path, embedder), rank, answers))
    if write:
        rounded = {
            key: {name: round(weight, 4) for name, weight in weights.items()}
            for key, weights in (("rank", rank), ("answers", answers))
        }
        written = _KNOWLEDGE / ("confidence_near.json" if embedder else "confidence.json")
        written.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.calibrate", description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, help="further sets to report on")
    parser.add_argument("--write", action="store_true", help="replace confidence.json")
    parser.add_argument("--embeddings", default="", help="as RECADO_EMBEDDINGS: local")
    options = parser.parse_args()
    run = calibrate(options.sets, write=options.write, embeddings=options.embeddings)
    asyncio.run(run)
    return 0


if __name__ == "__main__":
    sys.exit(main())

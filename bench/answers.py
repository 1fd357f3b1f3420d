"""`python -m bench.answers [SET.yaml …]`: how often the embedded model quotes the right passage,
a wrong one, or says that it does not know, on sets of questions with what answers them.

Without a set: the bundled business and those of tests/data/evals.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from recado.assistant.evaluations import case_files
from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.knowledge.meaning.embedding import embed_missing
from recado.assistant.knowledge.meaning.meaning import Meaning
from recado.assistant.knowledge.meaning.opening import open_embedder
from recado.assistant.knowledge.meaning.port import Embedder
from recado.assistant.models import EmbeddedModel
from recado.assistant.port import Answer, ContextMessage, Persona, Question
from recado.language.detection import detect_language
from recado.store import open_store
from recado.store.migrate import migrate

ROOT = Path(__file__).parent.parent
SETS = (
    ROOT / "src/recado/assistant/samples/cafe-aurora.eval.yaml",
    *sorted((ROOT / "tests/data/evals").glob("*.yaml")),
)
_PERSONA = Persona(id="p", name="Eva", prompt="", time_zone="America/Bogota")


@dataclass
class Case:
    """`turns` are what the contact says, one after the other; the last is judged. `sources` are
    parts of headings or names of sources, any of which is right; none: it is not to be known."""

    id: str
    turns: list[str]
    sources: list[str]
    contains: list[str] = field(default_factory=list)

    @property
    def asked(self) -> str:
        return self.turns[-1]

    def is_right(self, heading: str, source: str, text: str = "") -> bool:
        """Whether a passage is one of those that answer."""
        found = f"{source} › {heading}".casefold()
        named = not self.sources or any(it.casefold() in found for it in self.sources)
        return named and all(part.casefold() in text.casefold() for part in self.contains)


@dataclass
class EvalSet:
    name: str
    knowledge: list[Path]
    answerable: list[Case]
    unanswerable: list[Case]


def read_set(path: Path) -> EvalSet:
    """A set of questions, as docs/guide/evaluations.md describes it."""
    found = case_files.read_set(path)
    assert found is not None, f"{path} is empty"
    known: list[Case] = []
    unknown: list[Case] = []
    for it in found.cases:
        expect = it.expect
        case = Case(it.id, list(it.turns), list(expect.source), list(expect.contains))
        (unknown if expect.declined else known).append(case)
    return EvalSet(found.name, list(found.knowledge), known, unknown)


_EMPTY: list[bytes] = []


async def _empty() -> bytes:
    """A database in which nothing is known, made once: migrations take their time."""
    if not _EMPTY:
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(f"sqlite:///{folder}/recado.db", sync="off")
            await migrate(store)
            await store.close()
            _EMPTY.append(await asyncio.to_thread(Path(folder, "recado.db").read_bytes))
    return _EMPTY[0]


@asynccontextmanager
async def taught(
    files: Iterable[Path], embedder: Embedder | None = None
) -> AsyncIterator[KnowledgeBase]:
    """A knowledge base of its own with these files in it, and their vectors."""
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(Path(folder, "recado.db").write_bytes, await _empty())
        store = open_store(f"sqlite:///{folder}/recado.db", sync="off")
        meaning = Meaning(store, embedder) if embedder is not None else None
        knowledge = KnowledgeBase(store, meaning=meaning)
        for file in files:
            await knowledge.add(file.name, file.read_bytes())
        if embedder is not None:
            await embed_missing(store, embedder, most_seconds=3600, rest=0)
        yield knowledge
        await store.close()


async def answer_to(model: EmbeddedModel, turns: Sequence[str]) -> Answer:
    """What the model says to the last of `turns`, having answered those before."""
    history: list[ContextMessage] = []
    for at, said in enumerate(turns):
        language = detect_language(said).code
        answer = await model.answer(Question(_PERSONA, said, language, tuple(history)))
        history.append(ContextMessage("user", said, float(at)))
        history.append(ContextMessage("assistant", answer.text, float(at)))
    return answer


@dataclass
class Judged:
    case: Case
    outcome: str
    answer: Answer


async def judge(knowledge: KnowledgeBase, cases: EvalSet) -> list[Judged]:
    """Every case with its outcome: right, wrong, missed (known, but declined), declined (rightly)
    or invented (answered though nothing is known)."""
    model = EmbeddedModel(knowledge)
    judged = []
    for case in (*cases.answerable, *cases.unanswerable):
        answer = await answer_to(model, case.turns)
        wanted = case in cases.answerable
        if not answer.sources:
            outcome = "missed" if wanted else "declined"
        elif not wanted:
            outcome = "invented"
        else:
            right = any(
                case.is_right(s.heading, s.source_name, answer.text) for s in answer.sources
            )
            outcome = "right" if right else "wrong"
        judged.append(Judged(case, outcome, answer))
    return judged


def reliability(judged: Sequence[Judged]) -> list[str]:
    """What the answers said of their passages' chance to be right, and how often they were."""
    lines = []
    for low in range(10):
        inside = [
            j
            for j in judged
            if j.answer.sources and low <= min(9, int(j.answer.sources[0].score * 10)) < low + 1
        ]
        if inside:
            said = sum(j.answer.sources[0].score for j in inside) / len(inside)
            right = sum(j.outcome == "right" for j in inside) / len(inside)
            lines.append(
                f"{low / 10:.1f}+  said {said:5.0%}  was right {right:5.0%}  of {len(inside)}"
            )
    return lines


async def report(paths: Sequence[Path], *, show: Sequence[str], embeddings: str = "") -> None:
    embedder = open_embedder(embeddings)
    everything: list[Judged] = []
    for path in paths:
        cases = read_set(path)
        async with taught(cases.knowledge, embedder) as knowledge:
            judged = await judge(knowledge, cases)
        everything += judged
        counts = Counter(j.outcome for j in judged)
        known, unknown = len(cases.answerable) or 1, len(cases.unanswerable) or 1
        right, wrong = counts["right"] / known, counts["wrong"] / known
        print(
            f"{cases.name:24} right {right:6.1%}  wrong {wrong:6.1%}"
            f"  missed {counts['missed'] / known:6.1%}  of {known:4}"
            f"   declined {counts['declined'] / unknown:6.1%} of {unknown}"
        )
        for j in judged:
            if j.outcome in show:
                said = " | ".join(f"{s.score:.2f} {s.heading}" for s in j.answer.sources)
                print(f"    {j.outcome:8} {j.case.id:14} {j.case.asked}  →  {said}")
    print("\n".join(reliability(everything)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.answers", description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, help="sets of questions (YAML)")
    parser.add_argument("--show", default="", help="outcomes to list: right,wrong,missed,invented")
    parser.add_argument("--embeddings", default="", help="as RECADO_EMBEDDINGS: local")
    options = parser.parse_args()
    show = options.show.split(",")
    asyncio.run(report(options.sets or SETS, show=show, embeddings=options.embeddings))
    return 0


if __name__ == "__main__":
    sys.exit(main())

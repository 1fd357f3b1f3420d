"""Answers to questions about the businesses of the tests, with what the model was given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import yaml

from recado.assistant.knowledge import Hit, KnowledgeBase
from recado.assistant.models.prompting import passages_for
from recado.assistant.port import Persona, Question
from recado.store import open_store
from recado.store.migrate import migrate

_DATA = Path(__file__).parent.parent / "data"
_EVALS = _DATA / "evals"
_SAMPLES = Path(str(files("recado.assistant.samples")))
PROMPT = (_SAMPLES / "character.md").read_text("utf-8")
PERSONAS = {
    "aurora": Persona(id="aurora", name="Aurora", prompt=PROMPT, business="Café Aurora"),
    "vertice": Persona(id="v", name="Vera", prompt="Eres Vera, del Gimnasio Vértice."),
    "clinic": Persona(id="c", name="Bia", prompt="Você é a Bia, da Clínica Boa Saúde."),
    "lumbre": Persona(id="l", name="Lumi", prompt="You are Lumi, of Lumbre Outdoor."),
}
_FILES: dict[str, list[Path]] = {
    "aurora": sorted(_SAMPLES.glob("cafe-aurora.*.md")),
    "vertice": [_EVALS / "vertice.es.md", _EVALS / "precios.csv"],
    "clinic": [_EVALS / "clinica.pt.md", _EVALS / "convenios.csv"],
    "lumbre": [_EVALS / "lumbre.en.md", _EVALS / "lumbre.es.md"],
}


class Case(NamedTuple):
    """`code` is the check that has to find what is wrong, "" where nothing is."""

    business: str
    language: str
    asked: str
    answer: str
    code: str = ""


def cases(name: str) -> list[Case]:
    groups = yaml.safe_load((_DATA / "quality" / f"{name}.yaml").read_text("utf-8"))
    return [
        Case(group["business"], group["language"], *row)
        for group in groups
        for row in group["answers"]
    ]


class Businesses:
    """What each business knows."""

    def __init__(self, known: dict[str, KnowledgeBase]) -> None:
        self._known = known

    async def given(self, case: Case) -> tuple[Question, list[Hit]]:
        question = Question(PERSONAS[case.business], case.asked, case.language)
        return question, await passages_for(self._known[case.business], question)


@asynccontextmanager
async def businesses(folder: Path) -> AsyncIterator[Businesses]:
    stores, known = [], {}
    for name, paths in _FILES.items():
        store = open_store(f"sqlite:///{folder}/{name}.db", sync="off")
        stores.append(store)
        await migrate(store)
        knowledge = known[name] = KnowledgeBase(store)
        async for _ in knowledge.add_paths(paths):
            pass
    yield Businesses(known)
    for store in stores:
        await store.close()

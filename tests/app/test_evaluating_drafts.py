"""A draft is evaluated beside the desk, with the cases that lie there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.app.evaluating_drafts import evaluate_next
from recado.assistant import publishing
from recado.assistant.characters import default_character
from recado.assistant.evaluations.results import Runs
from recado.assistant.publishing import DraftEvaluation
from recado.assistant.versions import find_draft, save_draft
from recado.runtime import Runtime
from recado.store import Tx
from tests.support.runtime import make_runtime

CASES = """\
name: Café
cases:
  - {id: hours, ask: a q hora abren los sabados, expect: {source: Horarios, contains: "9:00"}}
  - {id: wrong, ask: tienen wifi?, expect: {source: Nothing like it}}
  - {id: cars, ask: venden autos usados?, expect: {declined: true}}
  - {id: hello, ask: hola, expect: {contains: de la casa}}
"""


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path) as runtime:
        yield runtime


async def asked(runtime: Runtime) -> DraftEvaluation:
    """A draft that greets "de la casa" is written and evaluated."""

    def ask(tx: Tx) -> str:
        character_id = default_character(tx).id
        save_draft(tx, character_id, {"greeting": "Un saludo de la casa"}, author="api")
        publishing.ask_for_evaluation(tx, character_id, asked_by="api")
        return character_id

    character_id = await runtime.store.write(ask)
    assert await evaluate_next(runtime)
    draft = await runtime.store.read(lambda tx: find_draft(tx, character_id))
    assert draft is not None
    assert draft.evaluation is not None
    return draft.evaluation


async def test_the_draft_answers_all_cases_and_its_figures_stand_with_it(runtime: Runtime) -> None:
    runs = Runs(runtime.settings.data)
    runs.cases.mkdir(parents=True)
    (runs.cases / "cafe.yaml").write_text(CASES)
    found = await asked(runtime)
    assert (found.state, found.done, found.total, found.failed) == ("done", 4, 4, 1)
    assert (round(found.right or 0), found.declined, found.problem) == (67, 100.0, "")
    (kept,) = runs.newest(5)
    assert kept.id == found.run_id
    assert kept.variants == ["character:Aurora@draft"]
    assert not await evaluate_next(runtime)


async def test_without_cases_it_is_said_what_to_do(runtime: Runtime) -> None:
    found = await asked(runtime)
    assert found.state == "done"
    assert "Make some of conversations" in found.problem


async def test_cases_that_cannot_be_read_are_named(runtime: Runtime) -> None:
    runs = Runs(runtime.settings.data)
    runs.cases.mkdir(parents=True)
    (runs.cases / "broken.yaml").write_text("cases: [{id: x}]")
    found = await asked(runtime)
    assert "broken.yaml" in found.problem

"""What comes with Recado is asked of it: the bundled business, and three that nobody tuned for, by
the embedded model. Nothing is learnt from the three (bench/calibrate.py). The bounds are what holds
today; whoever makes it better raises them."""

from __future__ import annotations

from pathlib import Path

import pytest

from recado.app.evaluating import Evaluation
from recado.assistant.evaluations.case_files import read_sets
from recado.assistant.evaluations.cases import CaseSet
from recado.assistant.evaluations.figures import figures_of
from recado.settings import load_settings

ROOT = Path(__file__).parents[2]
SETS = (ROOT / "src/recado/assistant/samples/cafe-aurora.eval.yaml", ROOT / "tests/data/evals")
#: In percent: right at least, wrong at most, declined at least.
BOUNDS = {
    "Café Aurora": (87.0, 5.5, 89.0),
    "Clínica Boa Saúde": (67.0, 6.0, 90.0),
    "Gimnasio Vértice": (71.0, 4.0, 87.0),
    "Lumbre Outdoor": (64.0, 3.0, 82.0),
}


def test_every_bundled_set_has_its_bounds() -> None:
    assert {it.name for it in read_sets(SETS)} == set(BOUNDS)


@pytest.mark.parametrize("asked", read_sets(SETS), ids=lambda it: it.path.stem)
async def test_a_bundled_set_is_answered_as_well_as_it_was(asked: CaseSet, tmp_path: Path) -> None:
    run = await Evaluation(load_settings(None, RECADO_DATA=tmp_path), [asked]).run()
    (found,) = run.sets
    figures = figures_of(found.results)
    shares = (figures.right.percent, figures.wrong.percent, figures.declined.percent)
    right, wrong, declined = (share or 0.0 for share in shares)
    least_right, most_wrong, least_declined = BOUNDS[asked.name]
    failed = "\n".join(f"{it.id}: {it.why}" for it in found.results if not it.passed)
    assert right >= least_right, failed
    assert wrong <= most_wrong, failed
    assert declined >= least_declined, failed
    assert not [it.error for it in found.results if it.error]

"""What evaluations have found, on the desk."""

from __future__ import annotations

import pytest

from recado.assistant.evaluations.cases import Case, Expected
from recado.assistant.evaluations.results import Run, Runs, SetResult, new_run
from recado.assistant.evaluations.running import run_cases
from recado.turns.rehearsal import AskOnStage
from tests.desk.conftest import DeskUser

CASES = [
    Case("hours", ("a q hora abren los sabados",), Expected(source=("Horarios",))),
    Case("wrong", ("tienen wifi? <b>x</b>",), Expected(source=("Nothing like it",))),
    Case("cars", ("venden autos usados?",), Expected(declined=True)),
]


async def evaluated(desk: DeskUser) -> Run:
    results = await run_cases(CASES, AskOnStage(desk.runtime))
    run = new_run([SetResult("Café <i>A</i>", "embedded", tuple(results))])
    Runs(desk.runtime.settings.data).put(run)
    return run


async def test_each_run_is_shown_with_its_figures_and_leads_to_its_report(
    admin: DeskUser,
) -> None:
    assert "recado eval run" in await admin.page("/evaluations")
    run = await evaluated(admin)
    page = await admin.page("/evaluations")
    assert "Café &lt;i&gt;A&lt;/i&gt;" in page
    assert "<td>2 / 3</td><td>50 %</td><td>50 %</td><td>100 %</td>" in page
    assert f'href="/evaluations/{run.id}/report"' in page
    assert 'href="/evaluations"' in await admin.page("/characters")


async def test_a_report_shows_every_answer_and_runs_nothing(admin: DeskUser) -> None:
    run = await evaluated(admin)
    response = await admin.get(f"/evaluations/{run.id}/report")
    assert "tienen wifi? &lt;b&gt;x&lt;/b&gt;" in response.text
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("run_id", ["none", "last", "..%2fsecret_key"])
async def test_what_is_no_run_is_not_found(admin: DeskUser, run_id: str) -> None:
    assert (await admin.get(f"/evaluations/{run_id}/report")).status_code == 404

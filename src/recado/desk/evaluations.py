"""What evaluations have found: each run with its figures, and its report."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from starlette.responses import HTMLResponse, Response

from recado.assistant.evaluations.comparing import since
from recado.assistant.evaluations.figures import Figures, figures_of
from recado.assistant.evaluations.report import POLICY, to_html
from recado.assistant.evaluations.results import Run, Runs, SetResult
from recado.desk.visit import Visit

_SHOWN = 20


class RunShown(NamedTuple):
    run: Run
    sets: list[tuple[SetResult, Figures]]


async def show(visit: Visit) -> Response:
    """`GET /evaluations`"""
    found = await asyncio.to_thread(_newest, Runs(visit.runtime.settings.data))
    return visit.render("evaluations.html", runs=found)


async def show_report(visit: Visit) -> Response:
    """`GET /evaluations/{id}/report`: the page that `recado eval run` writes."""
    runs, run_id = Runs(visit.runtime.settings.data), visit.request.path_params["id"]
    page = await asyncio.to_thread(_report, runs, run_id)
    return HTMLResponse(page, headers={"content-security-policy": POLICY})


def _newest(runs: Runs) -> list[RunShown]:
    return [
        RunShown(run, [(it, figures_of(it.results)) for it in run.sets])
        for run in runs.newest(_SHOWN)
    ]


def _report(runs: Runs, run_id: str) -> str:
    run = runs.read(run_id)
    return to_html(run, since(runs, run))

"""Drafts that are evaluated before they are published: in the background, beside the desk.

Asking writes on the draft (assistant/publishing.py). Whoever hosts the desk asks the cases that lie
on its machine and tells how far it is; a process that is killed leaves the rest to the next, which
begins again: nothing was sent, and nothing but the run is kept.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import structlog

from recado.app.evaluating import Evaluation, Variant
from recado.assistant.characters import persona_of
from recado.assistant.evaluations.case_files import read_sets
from recado.assistant.evaluations.figures import figures_of
from recado.assistant.evaluations.results import Run, Runs
from recado.assistant.publishing import (
    DraftEvaluation,
    DraftToEvaluate,
    is_any_asked,
    take_one,
    tell_evaluation,
)
from recado.assistant.versions import find_draft
from recado.errors import NotFound, RecadoError
from recado.runtime import Runtime
from recado.store import Tx, now

log = structlog.get_logger(__name__)

#: How soon an evaluation begins that was asked for, and how often it says how far it is.
LOOK_SECONDS = 1.0


async def keep_evaluating(runtime: Runtime) -> None:
    """Runs beside the pages of a process that hosts the desk, until it is cancelled."""
    while True:
        try:
            while await evaluate_next(runtime):
                pass
        except RecadoError as error:
            log.warning("an evaluation waits", error=str(error))
        await asyncio.sleep(LOOK_SECONDS)


async def evaluate_next(runtime: Runtime) -> bool:
    """Evaluate the next draft that waits for it. False: none does."""
    if not await runtime.store.read(is_any_asked, brief=True):
        return False
    draft = await runtime.store.write(take_one)
    if draft is None:
        return False
    counted = _Counted()
    telling = asyncio.create_task(_tell_progress(runtime, draft, counted))
    try:
        found = outcome_of(await _evaluate(runtime, draft, counted), draft)
    except RecadoError as error:
        found = _told(draft, state="done", problem=error.detail)
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
    await runtime.store.write(lambda tx: tell_evaluation(tx, draft.version_id, found))
    return True


def outcome_of(run: Run, draft: DraftToEvaluate) -> DraftEvaluation:
    """A run as it stands with the draft: the figures of its worst set."""
    figures = [figures_of(it.results) for it in run.sets]
    right = [it.right.percent for it in figures if it.right.percent is not None]
    declined = [it.declined.percent for it in figures if it.declined.percent is not None]
    total = sum(it.cases.total for it in figures)
    return _told(
        draft,
        state="done",
        run_id=run.id,
        done=total,
        total=total,
        right=min(right, default=None),
        declined=min(declined, default=None),
        failed=total - sum(it.cases.count for it in figures),
    )


class _Counted:
    done = 0
    total = 0

    def __call__(self, done: int, total: int) -> None:
        self.done, self.total = done, total


async def _evaluate(runtime: Runtime, draft: DraftToEvaluate, counted: _Counted) -> Run:
    """Raises RecadoError: there are no cases, or they cannot be asked."""
    runs = Runs(runtime.settings.data)
    if not runs.cases.is_dir():
        raise NotFound(
            "There are no cases yet. Make some of conversations, under “Why this answer”."
        )
    sets = await asyncio.to_thread(read_sets, [runs.cases])
    view = await runtime.store.read(lambda tx: find_draft(tx, draft.character_id))
    if view is None:
        raise NotFound("This character has no draft: everything is published.")
    variant = Variant(
        character=f"{view.content.name}@draft",
        persona=persona_of(draft.character_id, view.content, version=view.number),
    )
    run = await Evaluation(runtime.settings, sets, [variant]).run(runtime, on_done=counted)
    await asyncio.to_thread(runs.put, run)
    return run


async def _tell_progress(runtime: Runtime, draft: DraftToEvaluate, counted: _Counted) -> None:
    def work(tx: Tx) -> None:
        so_far = _told(draft, state="running", done=counted.done, total=counted.total)
        tell_evaluation(tx, draft.version_id, so_far)

    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with suppress(RecadoError):  # told again in a second
            await runtime.store.write(work)


def _told(draft: DraftToEvaluate, **values: Any) -> DraftEvaluation:
    return DraftEvaluation(asked_by=draft.asked_by, at=now(), **values)

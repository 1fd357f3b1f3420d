"""The admin API of evaluations: what runs have found, and cases of real conversations."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.assistant.evaluations.figures import Figures, figures_of
from recado.assistant.evaluations.from_conversation import MadeCase, keep_case
from recado.assistant.evaluations.results import Run, Runs
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.store.paging import Page

router = APIRouter(tags=["assistant"])


class SetView(msgspec.Struct, frozen=True):
    """A set as `variant`, a model or a character, answered it."""

    name: str
    variant: str
    figures: Figures


class RunView(msgspec.Struct, frozen=True):
    """A run of `recado eval run`. `judge` is the judge's model, "" without one."""

    id: str
    created_at: float
    version: str
    judge: str
    sets: tuple[SetView, ...]


class Answered(Body):
    """Which answer of the conversation; without a turn, the assistant's last."""

    turn_id: Annotated[Text, Field(max_length=64)] = ""


@router.get("/evaluations", summary="List evaluations", responses=answers(RunView, 422, paged=True))
async def list_evaluations(
    runtime: RuntimeDep, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Response:
    """The runs that are stored on this machine, newest first, with their figures."""
    found = await asyncio.to_thread(Runs(runtime.settings.data).newest, limit)
    return json_response(Page([_view(run) for run in found], None))


@router.get("/evaluations/{run_id}", summary="An evaluation", responses=answers(RunView, 404, 422))
async def get_evaluation(run_id: IdPath, runtime: RuntimeDep) -> Response:
    """One of them."""
    return json_response(_view(await asyncio.to_thread(Runs(runtime.settings.data).read, run_id)))


@router.post(
    "/conversations/{conversation_id}/evaluation-cases",
    status_code=201,
    summary="Make an evaluation's case",
    responses=answers(MadeCase, 404, 422, status=201),
)
async def add_evaluation_case(
    conversation_id: IdPath, answered: Answered, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """What the contact asked, masked, with what came of it: stored where `recado eval run` finds
    it, unless it is there already, and returned as YAML."""
    made = await keep_case(runtime, conversation_id, answered.turn_id, actor=caller.actor)
    return json_response(made, 201)


def _view(run: Run) -> RunView:
    sets = tuple(SetView(it.name, it.variant, figures_of(it.results)) for it in run.sets)
    return RunView(run.id, run.at, run.version, run.judge, sets)

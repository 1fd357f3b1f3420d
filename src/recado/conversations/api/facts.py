"""The admin API's facts about a contact: shown, written, corrected, erased."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.conversations import queries
from recado.conversations.facts.keeping import (
    FactView,
    correct_fact,
    erase_fact,
    list_facts,
    write_fact,
)
from recado.conversations.facts.values import LONGEST
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(tags=["conversations"])

Value = Annotated[Text, Field(min_length=1, max_length=LONGEST, examples=["Lucía Pérez"])]


class NewFact(Body):
    kind: Literal[
        "name",
        "email",
        "phone",
        "address",
        "birthday",
        "company",
        "order",
        "diet",
        "preference",
        "other",
    ]
    value: Value


class CorrectedFact(Body):
    value: Value


@router.get(
    "/contacts/{contact_id}/facts",
    summary="List what is known about a contact",
    responses=answers(FactView, 404, paged=True),
)
async def list_contact_facts(
    contact_id: IdPath,
    runtime: RuntimeDep,
    history: Annotated[
        bool, Query(description="Also what newer facts have replaced", examples=[True])
    ] = False,
) -> Response:
    """Found in the contact's messages, or written by people, on one page."""

    def work(tx: Tx) -> list[FactView]:
        queries.contact_view(tx, contact_id)  # 404 where there is none
        return list_facts(tx, contact_id, history=history)

    return json_response(Page(await runtime.store.read(work), None))


@router.post(
    "/contacts/{contact_id}/facts",
    status_code=201,
    summary="Write down a fact about a contact",
    responses=answers(FactView, 400, 404, 422, status=201),
)
async def add_contact_fact(
    contact_id: IdPath, new: NewFact, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """It takes the place of what was known, where a contact has one only, such as a name."""

    def work(tx: Tx) -> FactView:
        return write_fact(tx, contact_id, new.kind, new.value, actor=caller.actor)

    return json_response(await runtime.store.write(work), 201)


@router.patch(
    "/contacts/{contact_id}/facts/{fact_id}",
    summary="Correct a fact about a contact",
    responses=answers(FactView, 400, 404, 422),
)
async def correct_contact_fact(
    contact_id: IdPath,
    fact_id: IdPath,
    corrected: CorrectedFact,
    runtime: RuntimeDep,
    caller: CallerDep,
) -> Response:
    """Answers with the fact that holds now; the one before is history, and is not found again in
    the message that it was from."""

    def work(tx: Tx) -> FactView:
        return correct_fact(tx, contact_id, fact_id, corrected.value, actor=caller.actor)

    return json_response(await runtime.store.write(work))


@router.delete(
    "/contacts/{contact_id}/facts/{fact_id}",
    status_code=204,
    summary="Erase a fact about a contact",
    responses=answers(FactView, 404),
)
async def erase_contact_fact(
    contact_id: IdPath, fact_id: IdPath, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """With what it had replaced. It is not found again in the message that it was from."""
    await runtime.store.write(lambda tx: erase_fact(tx, contact_id, fact_id, actor=caller.actor))
    return Response(status_code=204)

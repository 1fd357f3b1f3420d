"""The admin API of departments, their members, and who is online."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from recado.assistant.bodies import Holidays, Hours, TimeZone
from recado.errors import Forbidden, Unprocessable
from recado.escalation.departments import registry
from recado.escalation.departments.availability import (
    Availability,
    availability_of,
    set_availability,
)
from recado.escalation.departments.registry import (
    DEFAULT_CAPACITY,
    DepartmentView,
    IfNobody,
    Strategy,
)
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.security.rights import may
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(tags=["departments"])

KeyPath = Annotated[Text, Path(max_length=40, description="The department's key")]
Key = Annotated[Text, Field(max_length=40, examples=["sales"])]
Name = Annotated[Text, Field(max_length=60, examples=["Ventas"])]
TakeSeconds = Annotated[
    float, Field(ge=0, le=7 * 86_400, description="0: nobody is held to a limit")
]
Settings = Annotated[dict[Text, Text], Field(examples=[{"ticket_email": "help@shop.example"}])]
Words = Annotated[list[Text], Field(max_length=30)]


class DepartmentBody(Body):
    key: Key
    name: Name | None = None
    strategy: Strategy = "least_busy"
    sticky: bool = True
    take_seconds: TakeSeconds = 300
    if_nobody: IfNobody = "promise"
    hours: Hours = Field(default_factory=dict)
    time_zone: TimeZone = ""
    holidays: Holidays = Field(default_factory=list)
    settings: Settings = Field(default_factory=dict)


class DepartmentChange(Body):
    """What is left out stays as it is."""

    name: Name | None = None
    strategy: Strategy | None = None
    sticky: bool | None = None
    take_seconds: TakeSeconds | None = None
    if_nobody: IfNobody | None = None
    hours: Hours | None = None
    time_zone: TimeZone | None = None
    holidays: Holidays | None = None
    settings: Settings | None = None


class MemberBody(Body):
    """`skills`, `languages` none: everything. `capacity` is the most conversations at once."""

    skills: Words = Field(default_factory=list)
    languages: Words = Field(default_factory=list)
    capacity: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_CAPACITY


class AvailabilityBody(Body):
    state: Availability


class AvailabilityView(msgspec.Struct, frozen=True):
    """online: they are given conversations; away: they are not."""

    user_id: str
    state: str


@router.get(
    "/departments", summary="List the departments", responses=answers(DepartmentView, paged=True)
)
async def list_departments(runtime: RuntimeDep) -> Response:
    """By name, on one page, each with its members."""
    return json_response(Page(await runtime.store.read(registry.list_departments), None))


@router.post(
    "/departments",
    status_code=201,
    summary="Add a department",
    responses=answers(DepartmentView, 400, 409, 422, status=201),
)
async def add_department(new: DepartmentBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    given = _given(new.model_dump())
    view = await runtime.store.write(
        lambda tx: registry.add_department(tx, given, actor=caller.actor)
    )
    return json_response(view, 201)


@router.get(
    "/departments/{key}", summary="Get a department", responses=answers(DepartmentView, 404)
)
async def get_department(key: KeyPath, runtime: RuntimeDep) -> Response:
    return json_response(await runtime.store.read(lambda tx: registry.get_department(tx, key)))


@router.patch(
    "/departments/{key}",
    summary="Change a department",
    responses=answers(DepartmentView, 400, 404, 422),
)
async def change_department(
    key: KeyPath, change: DepartmentChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    changes = _given(change.model_dump(exclude_unset=True))
    view = await runtime.store.write(
        lambda tx: registry.change_department(tx, key, changes, actor=caller.actor)
    )
    return json_response(view)


@router.delete(
    "/departments/{key}",
    summary="Remove a department",
    responses=answers(DepartmentView, 404),
)
async def remove_department(key: KeyPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """What waits for it waits for everybody. Answers with what was removed."""
    view = await runtime.store.write(
        lambda tx: registry.remove_department(tx, key, actor=caller.actor)
    )
    return json_response(view)


@router.put(
    "/departments/{key}/members/{user_id}",
    summary="Add somebody to a department, or change what they do there",
    responses=answers(DepartmentView, 404, 422),
)
async def set_department_member(
    key: KeyPath, user_id: IdPath, member: MemberBody, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    def work(tx: Tx) -> DepartmentView:
        return registry.set_member(tx, key, user_id, actor=caller.actor, **member.model_dump())

    return json_response(await runtime.store.write(work))


@router.delete(
    "/departments/{key}/members/{user_id}",
    summary="Take somebody out of a department",
    responses=answers(DepartmentView, 404),
)
async def remove_department_member(
    key: KeyPath, user_id: IdPath, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """The conversations that they have stay theirs."""
    view = await runtime.store.write(
        lambda tx: registry.remove_member(tx, key, user_id, actor=caller.actor)
    )
    return json_response(view)


@router.get(
    "/users/{user_id}/availability",
    summary="Say whether somebody takes conversations",
    responses=answers(AvailabilityView, 404),
)
async def get_availability(user_id: IdPath, runtime: RuntimeDep) -> Response:
    state = await runtime.store.read(lambda tx: availability_of(tx, user_id))
    return json_response(AvailabilityView(user_id, state))


@router.put(
    "/users/{user_id}/availability",
    summary="Set whether somebody takes conversations",
    responses=answers(AvailabilityView, 403, 404, 422),
)
async def change_availability(
    user_id: IdPath, body: AvailabilityBody, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """One's own; of others, who may change departments."""
    if caller.actor != f"user:{user_id}" and not may(caller.role, "departments.change"):
        raise Forbidden("Only a supervisor says this for somebody else.")
    await runtime.store.write(lambda tx: set_availability(tx, user_id, body.state))
    return json_response(AvailabilityView(user_id, body.state))


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("name") == "":
        raise Unprocessable("The name of a department has 1 to 60 characters.")
    return {name: value for name, value in fields.items() if value is not None}

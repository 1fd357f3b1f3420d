"""The admin API of service levels."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from recado.assistant.bodies import HolidayBody, Hours, TimeZone
from recado.calendars.week import Holiday
from recado.escalation.clocks.levels import (
    FIRST_REPLY_SECONDS,
    LEAST_SECONDS,
    LONGEST_DEPARTMENT,
    MOST_LEVELS,
    MOST_SECONDS,
    WARN_PERCENT,
    Level,
    ServiceLevels,
    calendar_from,
    check_levels,
    read_levels,
    write_levels,
)
from recado.escalation.clocks.what_if import OutcomeView, what_if
from recado.http.answers import answers, json_response
from recado.http.fields import Body, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(prefix="/service-levels", tags=["escalations"])

Target = Annotated[float, Field(ge=LEAST_SECONDS, le=MOST_SECONDS, description="Working time")]


class LevelBody(Body):
    """A promise to hand-overs of a department and a priority; "" is all of them."""

    department: Annotated[Text, Field(max_length=LONGEST_DEPARTMENT)] = ""
    priority: Literal["", "low", "normal", "high", "urgent"] = ""
    first_reply_seconds: Target = FIRST_REPLY_SECONDS
    resolution_seconds: Target | None = None
    warn_percent: Annotated[int, Field(ge=10, le=100, description="100: not warned")] = WARN_PERCENT


class CalendarBody(Body):
    """When the business works; without `hours`, always."""

    hours: Hours = Field(default_factory=dict)
    time_zone: TimeZone = ""
    holidays: list[HolidayBody] = Field(default_factory=list)
    region: Annotated[
        Text,
        Field(max_length=20, examples=["ES-MD"], description="Whose public holidays are free"),
    ] = ""


class ServiceLevelsBody(Body):
    levels: Annotated[list[LevelBody], Field(max_length=MOST_LEVELS)] = Field(default_factory=list)
    calendar: CalendarBody = Field(default_factory=CalendarBody)


class CalendarView(msgspec.Struct, frozen=True):
    """When the business works: as of a character. `region` is whose public holidays are free."""

    hours: dict[str, Any]
    time_zone: str
    holidays: tuple[Holiday, ...]
    region: str


class ServiceLevelsView(msgspec.Struct, frozen=True):
    """All that is promised; the most exact level counts. Times are working time in seconds."""

    levels: tuple[Level, ...]
    calendar: CalendarView


@router.get("", summary="Get the service levels", responses=answers(ServiceLevelsView))
async def get_service_levels(runtime: RuntimeDep) -> Response:
    """Without any level, five minutes are promised for the first reply."""
    return json_response(_view(await runtime.store.read(read_levels)))


@router.put(
    "", summary="Replace the service levels", responses=answers(ServiceLevelsView, 400, 422)
)
async def replace_service_levels(
    body: ServiceLevelsBody, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """All of them at once. They hold for what is handed over from then on."""
    given = _given(body)

    def work(tx: Tx) -> ServiceLevels:
        write_levels(tx, given, actor=caller.actor)
        return read_levels(tx)

    return json_response(_view(await runtime.store.write(work)))


@router.post(
    "/preview",
    summary="See what other service levels would have meant",
    responses=answers(OutcomeView, 400, 422, paged=True),
)
async def preview_service_levels(body: ServiceLevelsBody, runtime: RuntimeDep) -> Response:
    """For the hand-overs of the last four weeks, on one page. Nothing is changed."""
    given = _given(body)
    check_levels(given)
    return json_response(Page(await runtime.store.read(lambda tx: what_if(tx, given)), None))


def _given(body: ServiceLevelsBody) -> ServiceLevels:
    calendar = body.calendar.model_dump()
    return ServiceLevels(
        tuple(Level(**it.model_dump()) for it in body.levels),
        calendar_from(
            calendar["hours"], calendar["time_zone"], calendar["holidays"], calendar["region"]
        ),
    )


def _view(levels: ServiceLevels) -> ServiceLevelsView:
    calendar = levels.calendar
    hours = msgspec.to_builtins(calendar.week)
    return ServiceLevelsView(
        levels.levels, CalendarView(hours, calendar.time_zone, calendar.holidays, calendar.region)
    )

"""The admin API of CRMs: which there are, what a mapping would send, what each was told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.crm import keeping
from recado.crm.keeping import SECRETS, CrmConnectionView, CrmSyncView
from recado.crm.port import Activity, CrmRefused, Person, Remote
from recado.crm.rest import REQUIRED, STEPS, check_mapping, request_of
from recado.errors import Unprocessable
from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Body, Cursor, IdPath, JsonObject, Limit, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.http.outward import AddressRefused
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx, now
from recado.store.paging import Page

router = APIRouter(prefix="/crm", tags=["crm"])

Secrets = Annotated[
    dict[Text, Annotated[Text, Field(max_length=4000)]],
    Field(description="hubspot: token. rest: key, or client_id and client_secret. Never shown."),
]
Names = Annotated[list[Text], Field(max_length=20, description="Null is all that are offered")]


class CrmBody(Body):
    kind: Literal["hubspot", "rest"]
    name: Annotated[Text, Field(max_length=80)] = ""
    settings: JsonObject = Field(
        default_factory=dict,
        description="hubspot: portal_id, for links. rest: the mapping (docs/guide/crm.md).",
    )
    secrets: Secrets = Field(default_factory=dict)
    events: Names | None = None


class CrmChange(Body):
    """What is left out stays as it is."""

    name: Annotated[Text, Field(max_length=80)] | None = None
    settings: JsonObject | None = None
    secrets: Secrets | None = None
    events: Names | None = None
    state: Literal["active", "paused"] | None = None


class CrmMapping(Body):
    settings: JsonObject = Field(description="A mapping as a rest CRM has it")


class CrmRequestView(msgspec.Struct, frozen=True):
    """What a step of a mapping sends, for a contact made up."""

    step: str
    method: str
    url: str
    headers: dict[str, str]
    body: Any


class CrmReplayedView(msgspec.Struct, frozen=True):
    """How many are on their way again."""

    count: int


@router.get("", summary="List the CRMs", responses=answers(CrmConnectionView, paged=True))
async def list_crms(runtime: RuntimeDep) -> Response:
    """By name, on one page."""
    return json_response(Page(await runtime.store.read(keeping.list_connections), None))


@router.post(
    "",
    status_code=201,
    summary="Connect a CRM",
    responses=answers(CrmConnectionView, 422, status=201),
)
async def add_crm(new: CrmBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """It hears of what happens from now on."""
    values = _checked(runtime, new.model_dump())
    secrets = _secrets(new.kind, new.secrets)
    keeping.check_secrets(new.kind, secrets)
    sealed = runtime.crms.sealed(secrets)

    def work(tx: Tx) -> CrmConnectionView:
        view = keeping.add_connection(tx, values, sealed)
        record(tx, caller.actor, "crm.add", view.id, {"name": view.name, "kind": view.kind})
        return view

    view = await runtime.store.write(work)
    await runtime.crms.refresh()
    return json_response(view, 201)


@router.post(
    "/try",
    summary="See what a mapping would send",
    responses=answers(CrmRequestView, 422, paged=True),
)
async def try_crm_mapping(given: CrmMapping) -> Response:
    """For a contact made up; nothing is sent. On one page."""
    check_mapping(given.settings)
    return json_response(Page(tried(given.settings), None))


@router.get("/{crm_id}", summary="Get a CRM", responses=answers(CrmConnectionView, 404))
async def get_crm(crm_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(await runtime.store.read(lambda tx: keeping.get_connection(tx, crm_id)))


@router.patch("/{crm_id}", summary="Change a CRM", responses=answers(CrmConnectionView, 404, 422))
async def change_crm(
    crm_id: IdPath, change: CrmChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """Secrets that are given replace those of the same name."""
    changes = change.model_dump(exclude_unset=True)

    def work(tx: Tx) -> CrmConnectionView:
        tx.lock(keeping.LOCK)
        view = keeping.get_connection(tx, crm_id)
        before = {name: getattr(view, name) for name in ("name", "settings", "events", "state")}
        given = {k: v for k, v in changes.items() if v is not None or k == "events"}
        values = _checked(runtime, {"kind": view.kind, **before, **given})
        sealed = None
        if change.secrets:
            known = runtime.crms.opened(keeping.secrets_of(tx, crm_id))
            sealed = runtime.crms.sealed(known | _secrets(view.kind, change.secrets))
        record(tx, caller.actor, "crm.change", crm_id, {"fields": sorted(changes)})
        return keeping.change_connection(tx, crm_id, values, sealed)

    view = await runtime.store.write(work)
    await runtime.crms.refresh()
    return json_response(view)


@router.delete("/{crm_id}", summary="Remove a CRM", responses=answers(CrmConnectionView, 404))
async def remove_crm(crm_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """With its log and its links. Answers with what was removed."""

    def work(tx: Tx) -> CrmConnectionView:
        view = keeping.remove_connection(tx, crm_id)
        record(tx, caller.actor, "crm.remove", crm_id, {"name": view.name})
        return view

    view = await runtime.store.write(work)
    await runtime.crms.refresh()
    return json_response(view)


@router.get(
    "/{crm_id}/log",
    summary="List what a CRM was told",
    responses=answers(CrmSyncView, 400, 404, paged=True),
)
async def list_crm_log(
    crm_id: IdPath,
    runtime: RuntimeDep,
    state: Annotated[Text, Query(description="In this state")] = "",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The newest first."""

    def work(tx: Tx) -> Page[CrmSyncView]:
        return keeping.list_syncs(tx, crm_id, state=state, limit=limit, cursor=cursor)

    return json_response(await runtime.store.read(work))


@router.post(
    "/{crm_id}/replay",
    summary="Tell a CRM once more",
    responses=answers(CrmReplayedView, 404),
)
async def replay_crm(
    crm_id: IdPath,
    runtime: RuntimeDep,
    caller: CallerDep,
    entry: Annotated[Text, Query(description="This one; else all that failed")] = "",
) -> Response:
    """What is there already is found there, and not written twice."""
    total, moment = 0, now()

    def work(tx: Tx) -> int:
        return keeping.replay(tx, crm_id, entry, before=moment)

    while count := await runtime.store.write(work):
        total += count
        if entry:
            break
    actor, detail = caller.actor, {"count": total}
    await runtime.store.write(lambda tx: record(tx, actor, "crm.replay", crm_id, detail))
    return json_response(CrmReplayedView(total))


def tried(settings: dict[str, Any]) -> list[CrmRequestView]:
    """What each step sends. Raises Unprocessable."""
    person = Person("01a2", "Lucía Gómez", "5491155550000", "es", "https://chat.example/c/1")
    activity = Activity("01b3", "rating_given", 1_790_000_000.0, "Rated 5 of 5.", {"score": 5})
    about = {
        "person": asdict(person),
        "contact": asdict(Remote("42")),
        "activity": asdict(activity),
    }
    try:
        return [
            CrmRequestView(step, **request_of(settings, step, about))
            for step in STEPS
            if step in settings or step in REQUIRED
        ]
    except CrmRefused as error:
        raise Unprocessable(error.detail) from error


def _checked(runtime: Runtime, given: dict[str, Any]) -> dict[str, Any]:
    """Raises Unprocessable."""
    values = keeping.checked(given)
    settings = values["settings"]
    auth = settings.get("auth")
    token_url = auth.get("token_url") if isinstance(auth, dict) else None
    for address in filter(None, (settings.get("base_url"), token_url)):
        try:
            runtime.crms.outward.check(str(address))
        except AddressRefused as error:
            raise Unprocessable(error.detail) from error
    return values


def _secrets(kind: str, given: dict[str, str]) -> dict[str, str]:
    """Raises Unprocessable."""
    if unknown := sorted(set(given) - set(SECRETS[kind])):
        names = ", ".join(SECRETS[kind])
        raise Unprocessable(f"{kind} has no secret {unknown[0][:40]!r}. It has: {names}.")
    return {name: value.strip() for name, value in given.items() if value.strip()}

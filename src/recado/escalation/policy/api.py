"""The admin API of the escalation policy: write the draft, try it, publish it, go back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from recado.assistant.bodies import Note
from recado.escalation.policy import trials, versions
from recado.escalation.policy.rules import content_from
from recado.escalation.policy.versions import (
    PolicyVersionSummaryView,
    PolicyVersionView,
    PolicyView,
)
from recado.http.answers import answers, json_response
from recado.http.fields import Body, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.security.audit import record
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(prefix="/escalation-policy", tags=["escalations"])

SUBJECT = "escalation-policy"
_HIGHEST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=_HIGHEST, description="The version's number")]
Earlier = Annotated[int, Path(ge=0, le=_HIGHEST, description="0 is what the settings say")]
Patterns = Annotated[list[Text], Field(examples=[["dar{me|} de baja", "hoja de reclamaciones"]])]
Share = Annotated[float, Field(ge=0, le=1)]


class Rules(Body):
    """What is left out, or null, is as the settings have it; of a line, as for everybody."""

    threshold: int | None = None
    weights: dict[Text, int] = Field(default_factory=dict)
    negative_sentiment_over: Share | None = None
    confidence_under: Share | None = None
    messages_over: int | None = None
    complexity_over: Share | None = None
    silence_hours: float | None = None
    words: dict[Text, Patterns] = Field(default_factory=dict)
    bundled_words: bool | None = None
    ignored_words: Patterns = Field(default_factory=list)


class Policy(Rules):
    """`lines` and `characters` have rules of their own, by their ids."""

    lines: dict[Text, Rules] = Field(default_factory=dict)
    characters: dict[Text, Rules] = Field(default_factory=dict)


class Publication(Body):
    note: Note = ""


@router.get("", summary="Get the escalation policy", responses=answers(PolicyView))
async def get_policy(runtime: RuntimeDep) -> Response:
    """What holds, and the draft."""
    return json_response(await runtime.store.read(versions.describe_policy))


@router.put("", summary="Write the escalation policy's draft", responses=answers(PolicyView, 422))
async def write_policy(policy: Policy, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The whole of it: it holds once it is published."""
    content = content_from(policy.model_dump(exclude_defaults=True))

    def work(tx: Tx) -> PolicyView:
        view = versions.save_draft(tx, content, author=caller.actor)
        record(tx, caller.actor, "escalation.change", SUBJECT)
        return view

    return json_response(await runtime.store.write(work))


@router.delete(
    "/draft", summary="Discard the escalation policy's draft", responses=answers(PolicyView)
)
async def discard_policy(runtime: RuntimeDep, caller: CallerDep) -> Response:
    def work(tx: Tx) -> PolicyView:
        record(tx, caller.actor, "escalation.discard", SUBJECT)
        return versions.discard_draft(tx)

    return json_response(await runtime.store.write(work))


@router.post(
    "/publish", summary="Publish the escalation policy", responses=answers(PolicyView, 400, 422)
)
async def publish_policy(
    runtime: RuntimeDep, caller: CallerDep, publication: Publication | None = None
) -> Response:
    """The draft holds from the next message on, in every process. Without one nothing changes."""
    note = publication.note if publication else ""

    def work(tx: Tx) -> PolicyView:
        view = versions.publish(tx, author=caller.actor, note=note)
        number = view.published.number if view.published else 0
        record(tx, caller.actor, "escalation.publish", SUBJECT, {"version": number})
        return view

    return json_response(await runtime.store.write(work))


@router.post(
    "/try",
    status_code=202,
    summary="Try the escalation policy's draft",
    responses=answers(PolicyView, 404, status=202),
)
async def try_policy(runtime: RuntimeDep) -> Response:
    """On the conversations of the last seven days, where the desk runs. How far it is, and which
    conversations would have been handed over or not, stands in the draft's `trial`."""

    def work(tx: Tx) -> PolicyView:
        trials.ask_for_trial(tx)
        return versions.describe_policy(tx)

    return json_response(await runtime.store.write(work), 202)


@router.get(
    "/versions",
    summary="List the versions of the escalation policy",
    responses=answers(PolicyVersionSummaryView, paged=True),
)
async def list_policy_versions(runtime: RuntimeDep) -> Response:
    """The newest first, without their contents, on one page."""
    return json_response(Page(await runtime.store.read(versions.list_versions), None))


@router.get(
    "/versions/{number}",
    summary="Get a version of the escalation policy",
    responses=answers(PolicyVersionView, 404, 422),
)
async def get_policy_version(number: Number, runtime: RuntimeDep) -> Response:
    return json_response(await runtime.store.read(lambda tx: versions.get_version(tx, number)))


@router.post(
    "/versions/{number}/restore",
    summary="Go back to an earlier escalation policy",
    responses=answers(PolicyView, 400, 404, 409, 422),
)
async def restore_policy(
    number: Earlier,
    runtime: RuntimeDep,
    caller: CallerDep,
    publication: Publication | None = None,
) -> Response:
    """It is published again, as a new version; a draft stays as it is."""
    note = publication.note if publication else ""

    def work(tx: Tx) -> PolicyView:
        view = versions.restore(tx, number, author=caller.actor, note=note)
        record(tx, caller.actor, "escalation.restore", SUBJECT, {"restored_from": number})
        return view

    return json_response(await runtime.store.write(work))

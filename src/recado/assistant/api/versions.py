"""The admin API of a character's versions: publish the draft, compare, go back, try."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from recado.assistant import publishing, versions
from recado.assistant.api.characters import written
from recado.assistant.bodies import Note, Revision
from recado.assistant.diff import FieldChangeView, changes_between
from recado.assistant.publishing import PublishingNeeds
from recado.assistant.versions import CharacterView, VersionSummaryView, VersionView
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx
from recado.store.paging import Page
from recado.turns.comparison import MOST_QUESTIONS, ComparisonView, compare_versions

router = APIRouter(prefix="/characters", tags=["assistant"])

_HIGHEST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=_HIGHEST, description="The version's number")]
Which = Annotated[Text, Query(pattern=r"^(draft|published|[1-9]\d{0,8})$")]
Percent = Annotated[float, Field(ge=0, le=100)]
Asked = Annotated[Text, Field(min_length=1, max_length=2000)]


class Publication(Body):
    note: Note = ""
    revision: Revision = None


class Trial(Body):
    """`version` is the one to compare with what is published, null the draft."""

    questions: Annotated[
        list[Asked],
        Field(min_length=1, max_length=MOST_QUESTIONS, examples=[["¿a qué hora abren?"]]),
    ]
    version: Annotated[int, Field(ge=1, le=_HIGHEST)] | None = None
    asks_tools: bool = Field(
        False, description="Really ask tools that only read; what changes something is never done"
    )


@router.post(
    "/{character_id}/publish",
    summary="Publish the draft",
    responses=answers(CharacterView, 400, 404, 409, 422),
)
async def publish_character(
    character_id: IdPath,
    runtime: RuntimeDep,
    caller: CallerDep,
    publication: Publication | None = None,
) -> Response:
    """It answers from the next turn on; a turn that has begun ends with the version it read.
    Without a draft nothing changes."""
    asked = publication or Publication()

    def work(tx: Tx) -> CharacterView:
        character = versions.publish(
            tx, character_id, author=caller.actor, note=asked.note, revision=asked.revision
        )
        detail = {"version": character.version}
        record(tx, caller.actor, "character.publish", character_id, detail)
        return character

    return await written(runtime, work)


class Needs(Body):
    """What every set of cases has to reach, in percent."""

    right: Percent = 92.0
    declined: Percent = 96.0


@router.post(
    "/{character_id}/evaluate",
    status_code=202,
    summary="Evaluate the draft",
    responses=answers(CharacterView, 404, status=202),
)
async def evaluate_draft(character_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Begins within seconds, where the desk runs and with the cases that lie there; how far it is,
    and what it has found, stands in the draft's `evaluation`."""

    def work(tx: Tx) -> CharacterView:
        publishing.ask_for_evaluation(tx, character_id, asked_by=caller.actor)
        record(tx, caller.actor, "character.evaluate", character_id)
        return versions.describe_character(tx, character_id)

    return json_response(await runtime.store.write(work), 202)


@router.put(
    "/{character_id}/publish-needs",
    summary="Publish only what was evaluated",
    responses=answers(CharacterView, 404, 422),
)
async def require_evaluation(
    character_id: IdPath, needs: Needs, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """From now on a draft is published only after an evaluation that reaches these figures. Going
    back to an earlier version needs none."""
    return await _with_needs(
        runtime, caller.actor, character_id, PublishingNeeds(needs.right, needs.declined)
    )


@router.delete(
    "/{character_id}/publish-needs",
    summary="Publish without an evaluation",
    responses=answers(CharacterView, 404),
)
async def require_nothing(character_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """From now on any draft may be published."""
    return await _with_needs(runtime, caller.actor, character_id, None)


async def _with_needs(
    runtime: Runtime, actor: str, character_id: str, needs: PublishingNeeds | None
) -> Response:
    def work(tx: Tx) -> CharacterView:
        publishing.require_evaluation(tx, character_id, needs)
        record(tx, actor, "character.change", character_id, {"fields": ["publish_needs"]})
        return versions.describe_character(tx, character_id)

    return json_response(await runtime.store.write(work))


@router.delete(
    "/{character_id}/draft",
    summary="Discard the draft",
    responses=answers(CharacterView, 404),
)
async def discard_draft(character_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Answers with the character as it is published."""

    def work(tx: Tx) -> CharacterView:
        character = versions.discard_draft(tx, character_id)
        record(tx, caller.actor, "character.discard", character_id)
        return character

    return await written(runtime, work)


@router.get(
    "/{character_id}/versions",
    summary="List a character's versions",
    responses=answers(VersionSummaryView, 404, paged=True),
)
async def list_versions(character_id: IdPath, runtime: RuntimeDep) -> Response:
    """The newest first, without their contents, on one page."""
    found = await runtime.store.read(lambda tx: versions.list_versions(tx, character_id))
    return json_response(Page(found, None))


@router.get(
    "/{character_id}/versions/{number}",
    summary="Get a version of a character",
    responses=answers(VersionView, 404, 422),
)
async def get_version(character_id: IdPath, number: Number, runtime: RuntimeDep) -> Response:
    return json_response(
        await runtime.store.read(lambda tx: versions.get_version(tx, character_id, number))
    )


@router.post(
    "/{character_id}/versions/{number}/restore",
    summary="Go back to an earlier version",
    responses=answers(CharacterView, 400, 404, 409, 422),
)
async def restore_version(
    character_id: IdPath,
    number: Number,
    runtime: RuntimeDep,
    caller: CallerDep,
    publication: Publication | None = None,
) -> Response:
    """It is published again, as a new version; a draft stays as it is."""
    asked = publication or Publication()

    def work(tx: Tx) -> CharacterView:
        character = versions.restore(
            tx, character_id, number, author=caller.actor, note=asked.note, revision=asked.revision
        )
        detail = {"version": character.version, "restored_from": number}
        record(tx, caller.actor, "character.restore", character_id, detail)
        return character

    return await written(runtime, work)


@router.get(
    "/{character_id}/diff",
    summary="Compare two versions of a character",
    responses=answers(FieldChangeView, 404, 422, paged=True),
)
async def compare_character(
    character_id: IdPath,
    runtime: RuntimeDep,
    before: Which = "published",
    after: Which = "draft",
) -> Response:
    """The fields that differ; each with what stayed, came and went in its words. `before` and
    `after` are `draft`, `published` or a number."""

    def read(tx: Tx) -> list[FieldChangeView]:
        old, new = (versions.find_version(tx, character_id, it) for it in (before, after))
        return changes_between(old.content, new.content)

    return json_response(Page(await runtime.store.read(read), None))


@router.post(
    "/{character_id}/try",
    summary="Try a character's draft",
    responses=answers(ComparisonView, 404, 422, paged=True),
)
async def try_character(
    character_id: IdPath, trial: Trial, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """The same questions to what is published and to the draft, each as somebody's first message.
    Nothing is sent and nothing is stored; a provider's model costs what it costs. `calls` are the
    tools that an answer would call."""
    if trial.asks_tools:
        await runtime.store.write(
            lambda tx: record(tx, caller.actor, "character.try_tools", character_id)
        )
    found = await compare_versions(
        runtime, character_id, trial.questions, trial.version, asks_tools=trial.asks_tools
    )
    return json_response(Page(found, None))

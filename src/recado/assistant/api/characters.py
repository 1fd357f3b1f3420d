"""The admin API of characters: who answers, in which words, with which model and knowledge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from recado.assistant import characters, versions
from recado.assistant.bodies import CharacterChange, NewCharacter
from recado.assistant.tools.registry import check_tools_exist
from recado.assistant.versions import CharacterView
from recado.http.answers import answers, json_response
from recado.http.fields import IdPath
from recado.http.keys import CallerDep, RuntimeDep
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(prefix="/characters", tags=["assistant"])


@router.get("", summary="List the characters", responses=answers(CharacterView, paged=True))
async def list_characters(
    runtime: RuntimeDep,
    archived: Annotated[bool, Query(description="The archived ones instead")] = False,
) -> Response:
    """By name, on one page. Each as it answers now; `draft` is what is not published yet."""

    def read(tx: Tx) -> list[CharacterView]:
        return versions.describe_all(tx, characters.list_characters(tx, archived=archived))

    return json_response(Page(await runtime.store.read(read), None))


@router.post(
    "",
    status_code=201,
    summary="Add a character",
    responses=answers(CharacterView, 400, 409, 422, status=201),
)
async def add_character(new: NewCharacter, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """It is published as its version 1, and answers where it is the default or a line names it."""
    given = new.model_dump(exclude={"is_default"})

    def work(tx: Tx) -> CharacterView:
        answers_now = new.is_default
        if answers_now is None:
            answers_now = characters.is_default_unwritten(tx)
        asked = msgspec.convert(given | {"is_default": answers_now}, characters.NewCharacter)
        check_tools_exist(tx, asked.tools)
        character = characters.create_character(tx, asked, author=caller.actor)
        record(tx, caller.actor, "character.add", character.id, {"name": character.name})
        return versions.describe_character(tx, character.id)

    return await written(runtime, work, 201)


@router.get("/{character_id}", summary="Get a character", responses=answers(CharacterView, 404))
async def get_character(character_id: IdPath, runtime: RuntimeDep) -> Response:
    """As it answers now; `draft` is what is not published yet."""
    return json_response(
        await runtime.store.read(lambda tx: versions.describe_character(tx, character_id))
    )


@router.patch(
    "/{character_id}",
    summary="Change a character's draft",
    responses=answers(CharacterView, 400, 404, 409, 422),
)
async def change_character(
    character_id: IdPath,
    change: CharacterChange,
    runtime: RuntimeDep,
    caller: CallerDep,
    publish: Annotated[bool, Query(description="Publish the draft with this change")] = False,
) -> Response:
    """The draft begins as what is published; customers see nothing of it until it is published.
    `is_default` takes effect at once, and takes that from the one before."""
    changes = change.model_dump(exclude_unset=True, exclude={"is_default", "revision"})

    def work(tx: Tx) -> CharacterView:
        versions.save_draft(
            tx, character_id, changes, author=caller.actor, revision=change.revision
        )
        if change.is_default:
            characters.make_default(tx, character_id)
        elif change.is_default is not None:
            characters.make_no_default(tx, character_id)
        if publish:
            versions.publish(tx, character_id, author=caller.actor)
        fields = sorted(change.model_fields_set - {"revision"})
        detail = {"fields": fields, "published": publish}
        record(tx, caller.actor, "character.change", character_id, detail)
        return versions.describe_character(tx, character_id)

    return await written(runtime, work)


@router.post(
    "/{character_id}/archive",
    summary="Archive a character",
    responses=answers(CharacterView, 404, 409),
)
async def archive_character(
    character_id: IdPath, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """It takes no new conversations; those that have it keep it. One that a line names stays."""

    def work(tx: Tx) -> CharacterView:
        characters.archive_character(tx, character_id)
        record(tx, caller.actor, "character.archive", character_id)
        return versions.describe_character(tx, character_id)

    return await written(runtime, work)


async def written(
    runtime: Runtime, work: Callable[[Tx], CharacterView], status: int = 200
) -> Response:
    """The character after `work`, whose change this process answers with at once."""
    character = await runtime.store.write(work)
    runtime.characters.forget()
    return json_response(character, status)

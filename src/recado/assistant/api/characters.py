"""The admin API of characters: who answers, in which words, with which model and knowledge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, Self, get_args

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from starlette.responses import Response

from recado.assistant import characters
from recado.assistant.characters import CharacterView
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, JsonObject, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(prefix="/characters", tags=["assistant"])

Name = Annotated[Text, Field(min_length=1, max_length=80, examples=["Aurora"])]
Prompt = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=20_000,
        examples=["You are Aurora, the assistant of Café Aurora. You are warm and brief."],
    ),
]
Description = Annotated[Text, Field(max_length=1000)]
Tone = Annotated[Text, Field(max_length=500, examples=["Warm and brief"])]
Greeting = Annotated[Text, Field(max_length=1000, description="To a first hello")]
Hours = Annotated[
    dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], list[list[Text]]],
    Field(
        description="Spans of each day; a day that is missing is closed",
        examples=[{"tue": [["07:30", "20:00"]], "sun": [["09:00", "14:00"]]}],
    ),
]
TimeZone = Annotated[Text, Field(max_length=60, examples=["Europe/Madrid"])]
Language = Literal["es", "pt", "en"]
Languages = Annotated[list[Language], Field(min_length=1, max_length=3)]
ALL_LANGUAGES: tuple[Language, ...] = get_args(Language)
ModelName = Annotated[
    Text, Field(max_length=200, description='"" is RECADO_MODEL', examples=["embedded"])
]
Rules = Annotated[list[JsonObject], Field(max_length=50)]
Sources = Annotated[list[Text], Field(max_length=1000, description="Ids or names; null is all")]


class NewCharacter(Body):
    name: Name
    prompt: Prompt
    description: Description = ""
    tone: Tone = ""
    greeting: Greeting = ""
    hours: Hours = Field(default_factory=dict)
    time_zone: TimeZone = ""
    languages: Languages = Field(default_factory=lambda: list(ALL_LANGUAGES))
    model: ModelName = ""
    model_settings: JsonObject = Field(default_factory=dict, examples=[{"temperature": 0.4}])
    model_rules: Rules = Field(default_factory=list)
    sources: Sources | None = None
    is_default: bool | None = Field(
        None,
        description="It answers where no character is named. Left out: your first character takes"
        " the place of the sample, further ones do not",
    )


class CharacterChange(Body):
    """What is left out stays as it is."""

    name: Name | None = None
    prompt: Prompt | None = None
    description: Description | None = None
    tone: Tone | None = None
    greeting: Greeting | None = None
    hours: Hours | None = None
    time_zone: TimeZone | None = None
    languages: Languages | None = None
    model: ModelName | None = None
    model_settings: JsonObject | None = None
    model_rules: Rules | None = None
    sources: Sources | None = None
    is_default: bool | None = None

    @model_validator(mode="after")
    def _clears_nothing_but_sources(self) -> Self:
        empty = [name for name in self.model_fields_set if getattr(self, name) is None]
        for name in empty:
            if name != "sources":  # for which null means all
                raise ValueError(f"{name} cannot be null; leave it out to keep it")
        return self


@router.get("", summary="List the characters", responses=answers(CharacterView, paged=True))
async def list_characters(
    runtime: RuntimeDep,
    archived: Annotated[bool, Query(description="The archived ones instead")] = False,
) -> Response:
    """By name, on one page."""
    found = await runtime.store.read(lambda tx: characters.list_characters(tx, archived=archived))
    return json_response(Page(found, None))


@router.post(
    "",
    status_code=201,
    summary="Add a character",
    responses=answers(CharacterView, 400, 409, 422, status=201),
)
async def add_character(new: NewCharacter, runtime: RuntimeDep, caller: CallerDep) -> Response:
    given = new.model_dump(exclude={"is_default"})

    def work(tx: Tx) -> CharacterView:
        answers_now = new.is_default
        if answers_now is None:
            answers_now = characters.is_default_unwritten(tx)
        asked = msgspec.convert(given | {"is_default": answers_now}, characters.NewCharacter)
        character = characters.create_character(tx, asked)
        record(tx, caller.actor, "character.add", character.id, {"name": character.name})
        return character

    return await _written(runtime, work, 201)


@router.get("/{character_id}", summary="Get a character", responses=answers(CharacterView, 404))
async def get_character(character_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(
        await runtime.store.read(lambda tx: characters.get_character(tx, character_id))
    )


@router.patch(
    "/{character_id}",
    summary="Change a character",
    responses=answers(CharacterView, 400, 404, 409, 422),
)
async def change_character(
    character_id: IdPath, change: CharacterChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """Making it the default takes that from the one before."""
    changes = change.model_dump(exclude_unset=True)

    def work(tx: Tx) -> CharacterView:
        character = characters.update_character(tx, character_id, changes)
        fields = sorted(changes)
        record(tx, caller.actor, "character.change", character_id, {"fields": fields})
        return character

    return await _written(runtime, work)


@router.post(
    "/{character_id}/archive",
    summary="Archive a character",
    responses=answers(CharacterView, 404, 409),
)
async def archive_character(
    character_id: IdPath, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """It takes no new conversations; those that have it keep it."""

    def work(tx: Tx) -> CharacterView:
        character = characters.archive_character(tx, character_id)
        record(tx, caller.actor, "character.archive", character_id)
        return character

    return await _written(runtime, work)


async def _written(
    runtime: Runtime, work: Callable[[Tx], CharacterView], status: int = 200
) -> Response:
    character = await runtime.store.write(work)
    runtime.characters.forget()  # this process answers with the change at once
    return json_response(character, status)

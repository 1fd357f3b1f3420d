"""Characters: who there is, and the page on which a person writes one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import available_timezones

import msgspec
from starlette.responses import Response

from recado.assistant import characters, versions
from recado.assistant.content import CharacterContent, content_of
from recado.assistant.diff import FieldChangeView, changes_between
from recado.assistant.knowledge import KnowledgeSourceView
from recado.assistant.models.budgets import unpriced_models
from recado.assistant.neutral import NEUTRAL_DESCRIPTION, NEUTRAL_PROMPT
from recado.assistant.versions import CharacterView
from recado.desk.character_form import (
    Values,
    changes_in,
    values_in,
    values_of,
    without_lost_spaces,
)
from recado.desk.character_words import (
    day_names,
    department_names,
    describe_fields,
    language_names,
    matter_names,
    then_names,
)
from recado.desk.visit import Visit
from recado.errors import Conflict, RequestError
from recado.escalation.departments.registry import names_of_departments
from recado.security.audit import record
from recado.store import Tx


async def show_default(visit: Visit) -> Response:
    """`GET /character`: the one that answers where no other is named."""
    view = await visit.runtime.store.read(characters.default_character)
    return visit.done(f"/characters/{view.id}")


async def show_all(visit: Visit) -> Response:
    """`GET /characters`"""
    return await _list_page(visit)


async def add(visit: Visit) -> Response:
    """`POST /characters`: a new one, like another or neutral; nothing names it yet."""
    name, like = (await visit.field("name")).strip(), await visit.field("like")

    def work(tx: Tx) -> str:
        content = CharacterContent(name, NEUTRAL_PROMPT, NEUTRAL_DESCRIPTION)
        if like:
            content = content_of(characters.get_character(tx, like))
        new = msgspec.structs.asdict(msgspec.structs.replace(content, name=name))
        asked = characters.NewCharacter(**new)
        made = characters.create_character(tx, asked, author=visit.user.actor)
        record(tx, visit.user.actor, "character.add", made.id, {"name": made.name})
        return made.id

    try:
        made = await visit.runtime.store.write(work)
    except RequestError as error:
        return await _list_page(visit, problem=error.detail, name=name)
    said = visit.say("It is there. It answers where a line names it, or as the default.")
    return visit.done(f"/characters/{made}", said)


async def _list_page(visit: Visit, *, problem: str = "", name: str = "") -> Response:
    def read(tx: Tx) -> list[CharacterView]:
        return versions.describe_all(tx, characters.list_characters(tx))

    return visit.render(
        "characters.html",
        status=422 if problem else 200,
        characters=await visit.runtime.store.read(read),
        problem=visit.say(problem) if problem else "",
        name=name,
    )


async def show(visit: Visit) -> Response:
    """`GET /characters/{id}`: the draft, or what is published where there is none."""
    view, sources = await view_of(visit), await visit.runtime.knowledge.list()
    tools = await visit.runtime.tools.all()
    return await _page(visit, view, sources, values_of(written(view), sources, tools))


async def save(visit: Visit) -> Response:
    """`POST /characters/{id}`: into the draft. What is wrong, or what somebody else has saved
    meanwhile, is said beside what was typed."""
    form, sources = await visit.form(), await visit.runtime.knowledge.list()
    values = values_in(form)
    revision = await revision_of(visit)
    view = await view_of(visit)
    try:
        changes = changes_in(values)
        await visit.runtime.store.write(lambda tx: _write(tx, visit, view.id, changes, revision))
    except Conflict as error:
        view = await view_of(visit)
        described = describe_fields(visit.say, sources, await visit.runtime.tools.all())
        stale = revision not in (None, view.revision)
        theirs = _theirs(view, values, described) if stale else None
        return await _page(visit, view, sources, values, error.detail, theirs=theirs, status=409)
    except RequestError as error:
        return await _page(visit, view, sources, values, error.detail)
    if await visit.field("then") == "try":
        return visit.done(f"/characters/{view.id}/try", visit.say("The draft is saved."))
    said = visit.say("The draft is saved. Customers hear it once it is published.")
    return visit.done(f"/characters/{view.id}", said)


async def archive(visit: Visit) -> Response:
    """`POST /characters/{id}/archive`"""
    character_id = id_of(visit)

    def work(tx: Tx) -> None:
        characters.archive_character(tx, character_id)
        record(tx, visit.user.actor, "character.archive", character_id)

    await visit.runtime.store.write(work)
    visit.runtime.characters.forget()
    return visit.done("/characters", visit.say("Archived."))


async def make_default(visit: Visit) -> Response:
    """`POST /characters/{id}/default`"""
    character_id = id_of(visit)

    def work(tx: Tx) -> None:
        characters.make_default(tx, character_id)
        detail = {"fields": ["is_default"]}
        record(tx, visit.user.actor, "character.change", character_id, detail)

    await visit.runtime.store.write(work)
    visit.runtime.characters.forget()
    return visit.done("/characters", visit.say("It answers where no other is named."))


def id_of(visit: Visit) -> str:
    return str(visit.request.path_params["id"])


async def view_of(visit: Visit) -> CharacterView:
    """The character of the address. Raises NotFound."""
    character_id = id_of(visit)
    return await visit.runtime.store.read(lambda tx: versions.describe_character(tx, character_id))


def written(view: CharacterView) -> CharacterContent:
    """What is written of it: the draft, else what is published."""
    return view.draft.content if view.draft else content_of(view)


async def revision_of(visit: Visit) -> int | None:
    """The revision that the page was made from; None: the form does not say."""
    given = await visit.field("revision")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def _write(
    tx: Tx, visit: Visit, character_id: str, changes: dict[str, Any], revision: int | None
) -> None:
    actor = visit.user.actor
    before = written(versions.describe_character(tx, character_id))
    changes = without_lost_spaces(changes, before)
    after = versions.save_draft(tx, character_id, changes, author=actor, revision=revision)
    changed = changes_between(before, written(after))
    record(tx, actor, "character.change", character_id, {"fields": [it.field for it in changed]})


def _theirs(
    view: CharacterView, values: Values, described: Callable[[str, Any], str]
) -> list[FieldChangeView]:
    """How what was typed differs from what somebody else has saved."""
    stored = written(view)
    try:
        changes = without_lost_spaces(changes_in(values), stored)
        typed = characters.changed_content(stored, changes)
    except RequestError:
        return []
    return changes_between(stored, typed, described)


async def _page(
    visit: Visit,
    view: CharacterView,
    sources: Sequence[KnowledgeSourceView],
    values: Values,
    problem: str = "",
    *,
    theirs: Sequence[FieldChangeView] | None = None,
    status: int = 0,
) -> Response:
    named = await visit.runtime.store.read(names_of_departments)
    unpriced = await asyncio.to_thread(unpriced_models, visit.runtime, [written(view)])
    return visit.render(
        "character.html",
        status=status or (422 if problem else 200),
        character=view,
        values=values,
        problem=visit.say(problem) if problem else "",
        theirs=theirs,
        day_names=day_names(visit.say),
        language_names=language_names(visit.say),
        matter_names=matter_names(visit.say),
        department_names=department_names(visit.say, named),
        then_names=then_names(visit.say),
        unpriced=unpriced,
        sources=sources,
        tools=[it for it in await visit.runtime.tools.all() if it.enabled],
        zones=sorted(available_timezones()),
    )

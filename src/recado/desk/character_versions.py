"""A character's draft beside what is published: tried, compared, published; and its history."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.responses import Response

from recado.assistant import versions
from recado.assistant.content import CharacterContent, content_of
from recado.assistant.diff import FieldChangeView, changes_between
from recado.assistant.versions import CharacterView, VersionView
from recado.desk.character import id_of, revision_of, view_of, written
from recado.desk.character_words import describe_fields
from recado.desk.numbers import whole_in
from recado.desk.simulator import suggestions
from recado.desk.visit import Visit
from recado.errors import Conflict, NotFound
from recado.security.audit import record
from recado.store import Tx
from recado.turns.comparison import MOST_QUESTIONS, ComparisonView, compare_versions

_LONGEST_QUESTION = 500


async def show_trial(visit: Visit) -> Response:
    """`GET /characters/{id}/try?version=`: questions to ask, those that the simulator suggests."""
    questions = [it for it in await suggestions(visit) if it.strip()]
    return await _trial_page(visit, questions, ())


async def try_questions(visit: Visit) -> Response:
    """`POST /characters/{id}/try`: the same questions to both; nothing is stored."""
    lines = (await visit.field("questions")).splitlines()
    questions = [line.strip()[:_LONGEST_QUESTION] for line in lines if line.strip()]
    if not questions:
        return await _trial_page(visit, (), (), problem=visit.say("Write a question, one a line."))
    if len(questions) > MOST_QUESTIONS:
        problem = visit.say("Up to ten questions at once.")
        return await _trial_page(visit, questions, (), problem=problem)
    number = _number(await visit.field("version"))
    asks_tools = visit.may("tools.change") and await visit.field("asks_tools") == "1"
    if asks_tools:
        actor, character_id = visit.user.actor, id_of(visit)
        await visit.runtime.store.write(
            lambda tx: record(tx, actor, "character.try_tools", character_id)
        )
    compared = await compare_versions(
        visit.runtime, id_of(visit), questions, number, asks_tools=asks_tools
    )
    return await _trial_page(visit, questions, compared)


async def _trial_page(
    visit: Visit,
    questions: Sequence[str],
    compared: Sequence[ComparisonView],
    *,
    problem: str = "",
) -> Response:
    view = await view_of(visit)
    given = visit.request.query_params.get("version") or await visit.field("version")
    number = _number(given)
    return visit.render(
        "character_try.html",
        status=422 if problem and not visit.is_partial else 200,
        character=view,
        number=number,
        questions=questions,
        compared=compared,
        tools=await visit.runtime.tools.all(),
        asks_tools=await visit.field("asks_tools") == "1",
        problem=problem,
    )


async def show_changes(visit: Visit) -> Response:
    """`GET /characters/{id}/changes`: field by field, with what publishing would change."""
    view = await view_of(visit)
    return visit.render(
        "character_changes.html",
        character=view,
        changes=await _differences(visit, view, written(view)),
    )


async def publish(visit: Visit) -> Response:
    """`POST /characters/{id}/publish`"""
    note, revision = await visit.field("note"), await revision_of(visit)
    actor = visit.user.actor

    def work(tx: Tx, character_id: str) -> CharacterView:
        view = versions.publish(tx, character_id, author=actor, note=note, revision=revision)
        record(tx, actor, "character.publish", character_id, {"version": view.version})
        return view

    return await _changed(visit, work, _answers_now)


async def discard(visit: Visit) -> Response:
    """`POST /characters/{id}/discard`"""
    revision = await revision_of(visit)

    def work(tx: Tx, character_id: str) -> CharacterView:
        view = versions.discard_draft(tx, character_id, revision=revision)
        record(tx, visit.user.actor, "character.discard", character_id)
        return view

    return await _changed(visit, work, _draft_is_gone)


async def show_history(visit: Visit) -> Response:
    """`GET /characters/{id}/versions`: what it was, the newest first."""
    view, character_id = await view_of(visit), id_of(visit)
    found = await visit.runtime.store.read(lambda tx: versions.list_versions(tx, character_id))
    return visit.render("character_history.html", character=view, versions=found)


async def show_version(visit: Visit) -> Response:
    """`GET /characters/{id}/versions/{number}`: how it differs from what is published."""
    view, version = await view_of(visit), await _version(visit)
    return visit.render(
        "character_version.html",
        character=view,
        version=version,
        changes=await _differences(visit, view, version.content),
    )


async def restore(visit: Visit) -> Response:
    """`POST /characters/{id}/versions/{number}/restore`"""
    version, note = await _version(visit), await visit.field("note")
    actor, revision = visit.user.actor, await revision_of(visit)

    def work(tx: Tx, character_id: str) -> CharacterView:
        view = versions.restore(
            tx, character_id, version.number, author=actor, note=note, revision=revision
        )
        detail = {"version": view.version, "restored_from": version.number}
        record(tx, actor, "character.restore", character_id, detail)
        return view

    return await _changed(visit, work, _answers_now)


def _answers_now(visit: Visit, number: int) -> str:
    return visit.say("Version {number} answers from now on.", number=number)


def _draft_is_gone(visit: Visit, number: int) -> str:
    return visit.say("The draft is gone; version {number} answers as before.", number=number)


async def _changed(
    visit: Visit,
    work: Callable[[Tx, str], CharacterView],
    say: Callable[[Visit, int], str],
) -> Response:
    """On to the history after a change. Who decided about what somebody has changed meanwhile sees
    the changes as they are now."""
    character_id = id_of(visit)
    try:
        view = await visit.runtime.store.write(lambda tx: work(tx, character_id))
    except Conflict as error:
        return visit.done(f"/characters/{character_id}/changes", visit.say(error.detail))
    visit.runtime.characters.forget()
    return visit.done(f"/characters/{character_id}/versions", say(visit, view.version))


async def _differences(
    visit: Visit, view: CharacterView, content: CharacterContent
) -> list[FieldChangeView]:
    """From what is published to the content."""
    runtime = visit.runtime
    described = describe_fields(
        visit.say, await runtime.knowledge.list(), await runtime.tools.all()
    )
    return changes_between(content_of(view), content, described)


async def _version(visit: Visit) -> VersionView:
    """The version of the address. Raises NotFound."""
    character_id, number = id_of(visit), _number(str(visit.request.path_params["number"]))
    if number is None:
        raise NotFound("There is no such version.")
    return await visit.runtime.store.read(lambda tx: versions.get_version(tx, character_id, number))


def _number(given: str) -> int | None:
    """A version's number as an address has it. Raises BadRequest."""
    return whole_in(given) if given else None

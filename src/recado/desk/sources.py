"""One source of knowledge: its passages, who answers from it, and what may be changed in it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from recado.assistant.knowledge import KnowledgeSourceView
from recado.assistant.knowledge.answering import answer_from, who_could
from recado.assistant.knowledge.sending import title_of
from recado.assistant.knowledge.shown import list_passages, used_by
from recado.desk.visit import Visit
from recado.security.audit import record
from recado.store import Tx

_SHOWN = 50


async def show(visit: Visit) -> Response:
    """`GET /knowledge/sources/{id}?cursor=`"""
    return await _page(visit, await visit.runtime.knowledge.get(_id(visit)))


async def add_answer(visit: Visit) -> Response:
    """`POST /knowledge/answers`: a question, other ways to ask it line by line, and its answer."""
    questions, text = await _written(visit)
    source = await visit.runtime.knowledge.add_answer(questions, text)
    await _record(visit, "knowledge.added", source)
    return visit.done("/knowledge", visit.say("The assistant answers from it now."))


async def change_answer(visit: Visit) -> Response:
    """`POST /knowledge/sources/{id}/answer`"""
    questions, text = await _written(visit)
    source = await visit.runtime.knowledge.change_answer(_id(visit), questions, text)
    await _record(visit, "knowledge.changed", source)
    return visit.done(_path(source), visit.say("The assistant answers from it now."))


async def add_page(visit: Visit) -> Response:
    """`POST /knowledge/pages`: an address, and whether it is read again every day."""
    daily = await visit.field("refresh") == "daily"
    url = await visit.field("url")
    source = await visit.runtime.pages.add(url, refresh="daily" if daily else "never")
    await _record(visit, "knowledge.added", source)
    return await _page(visit, source)


async def read_again(visit: Visit) -> Response:
    """`POST /knowledge/sources/{id}/read`: a page, now; what changed is shown."""
    source = await visit.runtime.pages.look_again(_id(visit))
    await _record(visit, "knowledge.read_again", source)
    return await _page(visit, source)


async def offer(visit: Visit) -> Response:
    """`POST /knowledge/sources/{id}/file`: whether customers may be sent it, and as what."""
    sendable = await visit.field("sendable") == "yes"
    title = await visit.field("title")
    source = await visit.runtime.knowledge.offer(_id(visit), sendable=sendable, title=title)
    await _record(visit, "knowledge.offered" if sendable else "knowledge.withheld", source)
    return visit.done(_path(source), visit.say("Saved."))


async def add_character(visit: Visit) -> Response:
    """`POST /knowledge/sources/{id}/characters`: a character answers from it, too."""
    character, actor = await visit.field("character"), visit.user.actor

    def work(tx: Tx) -> None:
        answer_from(tx, character, _id(visit), author=actor)
        record(tx, actor, "character.answers_from", character, {"source": _id(visit)})

    await visit.runtime.store.write(work)
    visit.runtime.characters.forget()
    source = await visit.runtime.knowledge.get(_id(visit))
    return visit.render("parts/source_users.html", source=source, **await users_of(visit, source))


async def users_of(visit: Visit, source: KnowledgeSourceView) -> dict[str, Any]:
    """Who answers from it, and who else could."""

    def work(tx: Tx) -> dict[str, Any]:
        return {"users": used_by(tx, source), "others": who_could(tx, source.id)}

    return await visit.runtime.store.read(work)


async def _page(visit: Visit, source: KnowledgeSourceView) -> Response:
    store, cursor = visit.runtime.store, visit.request.query_params.get("cursor")
    passages = await store.read(
        lambda tx: list_passages(tx, source.id, limit=_SHOWN, cursor=cursor)
    )
    users = await users_of(visit, source)
    return visit.render(
        "source.html", source=source, passages=passages, named=title_of(source.name), **users
    )


async def _written(visit: Visit) -> tuple[list[str], str]:
    question, wordings = await visit.field("question"), await visit.field("wordings")
    return [question, *wordings.splitlines()], await visit.field("text")


async def _record(visit: Visit, action: str, source: KnowledgeSourceView) -> None:
    actor, detail = visit.user.actor, {"name": source.name}
    await visit.runtime.store.write(lambda tx: record(tx, actor, action, source.id, detail))


def _id(visit: Visit) -> str:
    return str(visit.request.path_params["id"])


def _path(source: KnowledgeSourceView) -> str:
    return f"/knowledge/sources/{source.id}"

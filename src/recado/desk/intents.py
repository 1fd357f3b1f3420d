"""The intents of a character: what it does step by step, written and tried in the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from recado.assistant import versions
from recado.assistant.content import CharacterContent
from recado.assistant.intents import Intent
from recado.assistant.intents.rehearsal import rehearse
from recado.assistant.slots import KINDS
from recado.assistant.slots.reading import When
from recado.assistant.tools import registry
from recado.desk.character import id_of, revision_of, view_of, written
from recado.desk.character_words import department_names, language_names
from recado.desk.intent_form import MOST_SLOTS, intent_in, values_in, values_of
from recado.desk.visit import Visit
from recado.desk.words import Translator
from recado.errors import BadRequest, NotFound, RequestError
from recado.escalation.departments.registry import names_of_departments
from recado.http.edge import read_natural
from recado.language.detection import known_language
from recado.language.spoken import first_language
from recado.security.audit import record
from recado.store import Tx, now

#: In the address, the one that is not there yet.
NEW = "new"


async def show(visit: Visit) -> Response:
    """`GET /characters/{id}/intents`: all of them, and a box to try them."""
    return await _list(visit)


async def try_talk(visit: Visit) -> Response:
    """`POST /characters/{id}/intents/try`: the messages of a contact, one a line."""
    said = await visit.field("said")
    content = written(await view_of(visit))
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    default = known_language(visit.runtime.settings.default_language)
    language = first_language("\n".join(lines[:3]), default)
    when = When(now(), content.time_zone)
    return await _list(visit, said=said, seen=rehearse(content.intents, lines, language, when))


async def show_one(visit: Visit) -> Response:
    """`GET /characters/{id}/intents/{name}`: its form; `new` is an empty one."""
    content = written(await view_of(visit))
    intent = _named(visit, content)
    return await _form(visit, intent, values_of(intent, content.languages))


async def save(visit: Visit) -> Response:
    """`POST /characters/{id}/intents/{name}`: into the draft; what is wrong is said beside what
    was typed."""
    content = written(await view_of(visit))
    before, values = _named(visit, content), values_in(await visit.form())
    try:
        made = intent_in(values, before, content.languages)
        intents = [msgspec.to_builtins(it) for it in content.intents]
        at = content.intents.index(before) if before is not None else len(intents)
        intents[at : at + 1] = [made]
        await _write(visit, {"intents": intents})
    except RequestError as error:
        return await _form(visit, before, values, error.detail)
    said = visit.say("The draft is saved. Customers hear it once it is published.")
    return visit.done(f"/characters/{id_of(visit)}/intents/{made['name']}", said)


async def remove(visit: Visit) -> Response:
    """`POST /characters/{id}/intents/{name}/remove`: from the draft."""
    content = written(await view_of(visit))
    intent = _named(visit, content)
    left = [msgspec.to_builtins(it) for it in content.intents if it is not intent]
    await _write(visit, {"intents": left})
    return visit.done(f"/characters/{id_of(visit)}/intents", visit.say("Removed."))


async def save_engine(visit: Visit) -> Response:
    """`POST /characters/{id}/intent-engine`: who leads all of them, into the draft."""
    engine = (await visit.field("engine")).strip()
    try:
        await _write(visit, {"intent_engine": engine})
    except RequestError as error:
        return await _list(visit, engine=engine, problem=visit.say(error.detail))
    return visit.done(f"/characters/{id_of(visit)}/intents", visit.say("The draft is saved."))


async def _write(visit: Visit, changes: dict[str, Any]) -> None:
    actor, character_id, revision = visit.user.actor, id_of(visit), await revision_of(visit)

    def work(tx: Tx) -> None:
        versions.save_draft(tx, character_id, changes, author=actor, revision=revision)
        record(tx, actor, "character.change", character_id, {"fields": list(changes)})

    await visit.runtime.store.write(work)


def _named(visit: Visit, content: CharacterContent) -> Intent | None:
    """The intent of the address; None: a new one. Raises NotFound."""
    name = str(visit.request.path_params["name"])
    found = next((it for it in content.intents if it.name == name), None)
    if found is None and name != NEW:
        raise NotFound("There is no such intent.")
    return found


async def _list(
    visit: Visit,
    *,
    said: str = "",
    seen: Sequence[Any] = (),
    engine: str | None = None,
    problem: str = "",
) -> Response:
    view = await view_of(visit)
    content = written(view)
    return visit.render(
        "intents.html",
        status=422 if problem else 200,
        problem=problem,
        engine=content.intent_engine if engine is None else engine,
        character=view,
        intents=content.intents,
        said=said,
        seen=seen,
        here="intents",
    )


async def _form(
    visit: Visit, intent: Intent | None, values: dict[str, str], problem: str = ""
) -> Response:
    view = await view_of(visit)
    content = written(view)
    count = read_natural(values.get("slots", "0"))
    if count is None or count > MOST_SLOTS:
        raise BadRequest("The form is not whole.")
    tools = await visit.runtime.store.read(registry.list_tools)
    named = await visit.runtime.store.read(names_of_departments)
    names = language_names(visit.say)
    return visit.render(
        "intent.html",
        status=422 if problem else 200,
        character=view,
        intent=intent,
        values=defaultdict(str, values),
        count=count,
        kinds={it: kind_names(visit.say)[it] for it in KINDS},
        languages={code: names[code] for code in content.languages},
        tools=tools,
        department_names=department_names(visit.say, named),
        problem=visit.say(problem) if problem else "",
        here="intents",
    )


def kind_names(say: Translator) -> dict[str, str]:
    """By the kinds of slots."""
    return {
        "text": say("Text"),
        "code": say("Number or code of something"),
        "number": say("Quantity"),
        "money": say("Amount of money"),
        "date": say("Day"),
        "time": say("Time of day"),
        "choice": say("One of several"),
        "yes_no": say("Yes or no"),
        "phone": say("Phone"),
        "email": say("E-mail"),
    }

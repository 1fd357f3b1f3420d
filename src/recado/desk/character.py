"""The character that answers: its name, tone, greeting, instructions, and the business's hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from starlette.responses import Response

from recado.assistant import characters
from recado.assistant.characters import StoredCharacter
from recado.assistant.hours import DAYS
from recado.desk.visit import Visit
from recado.errors import BadRequest, Conflict, RequestError
from recado.security.audit import record
from recado.store import Tx

DAY_NAMES = dict(
    zip(
        DAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
_TEXTS = ("name", "tone", "greeting", "prompt", "time_zone")


async def show(visit: Visit) -> Response:
    """`GET /character`: the one that answers where no other is named."""
    view = await visit.runtime.store.read(characters.default_character)
    return _page(visit, view, _values_of(view))


async def save(visit: Visit) -> Response:
    """`POST /character`: what is wrong is said beside what was typed."""
    view = await visit.runtime.store.read(characters.default_character)
    names = (*_TEXTS, *DAYS)
    values = {name: (await visit.field(name)).strip() for name in names}
    if not visit.may("characters.change"):
        return _page(visit, view, values)
    try:
        changes = _changes(values)
        await visit.runtime.store.write(lambda tx: _write(tx, visit, view.id, changes))
    except Conflict:
        return _page(visit, view, values, "Another character has this name.")
    except RequestError as error:
        return _page(visit, view, values, error.detail)
    visit.runtime.characters.forget()
    return visit.done("/character", visit.say("The assistant answers like this from now on."))


def _write(tx: Tx, visit: Visit, character_id: str, changes: dict[str, Any]) -> None:
    characters.update_character(tx, character_id, changes, author=visit.user.actor)
    fields = {"fields": sorted(changes)}
    record(tx, visit.user.actor, "character.change", character_id, fields)


def _page(
    visit: Visit, view: StoredCharacter, values: Mapping[str, str], problem: str = ""
) -> Response:
    return visit.render(
        "character.html",
        status=422 if problem else 200,
        character=view,
        values=values,
        problem=visit.say(problem) if problem else "",
        days=DAY_NAMES,
        zones=sorted(available_timezones()),
    )


def _values_of(view: StoredCharacter) -> dict[str, str]:
    texts = {name: str(getattr(view, name)) for name in _TEXTS}
    hours = {day: ", ".join("-".join(span) for span in view.hours.get(day, ())) for day in DAYS}
    return texts | hours


def _changes(values: Mapping[str, str]) -> dict[str, Any]:
    """Raises BadRequest."""
    hours = {day: _spans(values[day]) for day in DAYS if values[day]}
    return {name: values[name] for name in _TEXTS} | {"hours": hours}


def _spans(text: str) -> list[list[str]]:
    """ "9-13, 15:00–20:00" as spans."""
    spans = []
    for part in text.replace("–", "-").replace(";", ",").split(","):
        times = [_time(time) for time in part.split("-")]
        if len(times) != 2:
            raise BadRequest("Hours: a span is written like 09:00-18:00.")
        spans.append(times)
    return spans


def _time(text: str) -> str:
    hour, _, minute = text.strip().partition(":")
    return f"{hour.strip().zfill(2)}:{minute.strip().zfill(2)}"

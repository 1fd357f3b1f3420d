"""What providers' models were asked, and what it cost."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from recado.assistant.models.calls import Why
from recado.assistant.models.costs import (
    CostView,
    ModelCallView,
    dearest_first,
    read_costs,
    summed,
    why_in_words,
)
from recado.desk.visit import Visit
from recado.desk.words import Translator

DAYS = (7, 30, 90)


async def show(visit: Visit) -> Response:
    """`GET /costs`: by day, by line and by model."""
    asked = visit.request.query_params.get("days", "")
    days = next((it for it in DAYS if str(it) == asked), DAYS[1])
    found = await visit.runtime.store.read(lambda tx: read_costs(tx, days))
    return visit.render("costs.html", days=days, choices=DAYS, **_sums(found))


def _sums(found: list[CostView]) -> dict[str, Any]:
    by_day = summed(found, lambda it: it.day)
    return {
        "all": next(iter(summed(found, lambda _: "")), None),
        "by_day": by_day,
        "dearest": max((it.cost for it in by_day), default=0.0),
        "by_line": dearest_first(summed(found, lambda it: it.line_name or it.line_id)),
        "by_character": dearest_first(summed(found, lambda it: it.character_name or "–")),
        "by_model": dearest_first(summed(found, lambda it: it.model)),
    }


def why_of(call: ModelCallView, say: Translator) -> str:
    """Why that model was asked, in the words of the desk."""
    return why_in_words(Why(call.why_code, call.why_values), say)


def purpose_names(say: Translator) -> dict[str, str]:
    return {
        "answer": say("answer"),
        "again": say("one more try"),
        "summary": say("summary"),
        "writing": say("writing"),
        "looking": say("looking at a picture"),
        "listening": say("listening to a recording"),
        "reading": say("reading a page"),
    }


def outcome_names(say: Translator) -> dict[str, str]:
    """What came of a request; an error that is not here stands as it is kept."""
    return {
        "answered": say("answered"),
        "empty": say("said nothing"),
        "inside": say("nothing for the contact"),
        "cut": say("its end is missing"),
        "model-unavailable": say("no answer"),
        "model-refused": say("refused"),
    }

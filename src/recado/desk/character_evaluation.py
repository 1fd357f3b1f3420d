"""A draft's evaluation before it is published: asked for, followed, and what publishing needs."""

from __future__ import annotations

from starlette.responses import Response

from recado.assistant import publishing
from recado.assistant.publishing import PublishingNeeds
from recado.desk.character import id_of, view_of
from recado.desk.visit import Visit
from recado.errors import BadRequest, NotFound
from recado.security.audit import record
from recado.store import Tx


async def show_progress(visit: Visit) -> Response:
    """`GET /characters/{id}/evaluation`: how far it is, for the page that shows it. Once it is
    done, the page shows what may be done now."""
    view = await view_of(visit)
    found = view.draft.evaluation if view.draft else None
    if found is None or found.state == "done":
        return Response(headers={"hx-redirect": f"/characters/{view.id}/changes"})
    return visit.render("parts/character_evaluation.html", character=view)


async def evaluate(visit: Visit) -> Response:
    """`POST /characters/{id}/evaluate`"""
    character_id, actor = id_of(visit), visit.user.actor

    def work(tx: Tx) -> None:
        publishing.ask_for_evaluation(tx, character_id, asked_by=actor)
        record(tx, actor, "character.evaluate", character_id)

    changes = f"/characters/{character_id}/changes"
    try:
        await visit.runtime.store.write(work)
    except NotFound as error:
        return visit.done(changes, visit.say(error.detail))
    return visit.done(changes)


async def require(visit: Visit) -> Response:
    """`POST /characters/{id}/publish-needs`: figures, or none where the box is not ticked."""
    character_id, actor = id_of(visit), visit.user.actor
    needs = None
    if await visit.field("needed"):
        right, declined = [_percent(await visit.field(it)) for it in ("right", "declined")]
        needs = PublishingNeeds(right, declined)

    def work(tx: Tx) -> None:
        publishing.require_evaluation(tx, character_id, needs)
        record(tx, actor, "character.change", character_id, {"fields": ["publish_needs"]})

    await visit.runtime.store.write(work)
    told = visit.say("Any draft may be published.")
    if needs:
        told = visit.say("It is published only after an evaluation.")
    return visit.done(f"/characters/{character_id}/changes", told)


def _percent(given: str) -> float:
    """Raises BadRequest."""
    text = given.strip().rstrip("%").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) <= 100):
        raise BadRequest("What publishing needs are two percentages, each from 0 to 100.")
    return float(text)

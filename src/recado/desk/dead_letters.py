"""Dead letters: what could not be processed, and what a person does about it."""

from __future__ import annotations

from starlette.responses import Response

from recado.desk.visit import Visit
from recado.errors import BadRequest
from recado.queue.dead_letters import DeadLetters
from recado.queue.replays import Replays, begin_in
from recado.security.audit import record
from recado.store import Tx

STATES = ("open", "replayed", "dropped")
#: Of more than that, the page says "more".
MOST_COUNTED = 100_000


def _letters(visit: Visit) -> DeadLetters:
    return DeadLetters(visit.runtime.store, visit.runtime.queue)


def _replays(visit: Visit) -> Replays:
    return Replays(visit.runtime.store, visit.runtime.queue)


async def show(visit: Visit) -> Response:
    """`GET /dead-letters?state=&cursor=`"""
    query = visit.request.query_params
    state = query.get("state", "open")
    if state not in STATES:
        raise BadRequest(f"There is no state {state!r}; there are {', '.join(STATES)}.")
    letters = _letters(visit)
    page = await letters.list(state, 50, query.get("cursor"))
    count = await letters.count_open(MOST_COUNTED)
    replay = await _replays(visit).current()
    return visit.render(
        "dead_letters.html",
        page=page,
        state=state,
        states=STATES,
        count=count,
        counted=f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else count,
        replay=replay,
    )


async def progress(visit: Visit) -> Response:
    """`GET /dead-letters/replays/{id}`: how far it is, for the page that shows it."""
    replay = await _replays(visit).get(visit.request.path_params["id"])
    return visit.render("parts/replay.html", replay=replay)


async def replay(visit: Visit) -> Response:
    """`POST /dead-letters/{id}/replay`"""
    letter_id = visit.request.path_params["id"]
    await _letters(visit).replay(letter_id)
    await _record(visit, "dead_letter.replayed", letter_id)
    return visit.done("/dead-letters", visit.say("It is on its way again."))


async def replay_many(visit: Visit) -> Response:
    """`POST /dead-letters/replay`: those that are ticked; all that are open, in the background,
    when it says so."""
    form = await visit.form()
    if form.get("all"):
        actor = visit.user.actor

        def work(tx: Tx) -> None:
            replay = begin_in(tx)
            record(tx, actor, "dead_letter.replayed", "all", {"replay": replay.id})

        await visit.runtime.store.write(work)
        return visit.done("/dead-letters")
    ids = [str(it) for it in form.getlist("letter")]
    if not ids:
        return visit.done("/dead-letters", visit.say("Tick those to replay first."))
    count = await _letters(visit).replay_these(ids)
    await _record(visit, "dead_letter.replayed", f"{count} selected")
    said = visit.ngettext("{count} is on its way again.", "{count} are on their way again.", count)
    return visit.done("/dead-letters", said)


async def drop(visit: Visit) -> Response:
    """`POST /dead-letters/{id}/drop`"""
    letter_id = visit.request.path_params["id"]
    await _letters(visit).drop(letter_id)
    await _record(visit, "dead_letter.dropped", letter_id)
    return visit.done("/dead-letters", visit.say("Dropped."))


async def _record(visit: Visit, action: str, subject: str) -> None:
    actor = visit.user.actor
    await visit.runtime.store.write(lambda tx: record(tx, actor, action, subject))

"""What the assistant did not know: who asked, and a place to answer it."""

from __future__ import annotations

from typing import get_args

from starlette.responses import Response

from recado.assistant.unanswered import questions
from recado.assistant.unanswered.answering import answer_group
from recado.assistant.unanswered.grouping import group_new
from recado.assistant.unanswered.questions import Order, State
from recado.desk.visit import Visit
from recado.errors import BadRequest
from recado.security.audit import record
from recado.store import Tx

PATH = "/knowledge/unanswered"
STATES: tuple[State, ...] = get_args(State)
_SHOWN = 50


async def show(visit: Visit) -> Response:
    """`GET /knowledge/unanswered?state=&order=`"""
    query = visit.request.query_params
    state = next((it for it in STATES if it == query.get("state", "open")), None)
    if state is None:
        raise BadRequest(f"There is no such state; there are {', '.join(STATES)}.")
    order: Order = "newest" if query.get("order") == "newest" else "often"
    store = visit.runtime.store
    await group_new(store)
    groups = await store.read(
        lambda tx: questions.list_groups(tx, state=state, order=order, limit=_SHOWN)
    )
    count = await store.read(questions.count_open)
    return visit.render(
        "unanswered.html", groups=groups, state=state, states=STATES, order=order, count=count
    )


async def answer(visit: Visit) -> Response:
    """`POST /knowledge/unanswered/{id}/answer`: `text`, and the wordings that stay ticked, with
    one more that somebody wrote."""
    form = await visit.form()
    ticked = [it for it in form.getlist("questions") if isinstance(it, str)]
    own = (await visit.field("question")).strip()
    wordings = list(filter(None, [own, *ticked]))
    if not wordings:
        raise BadRequest("Leave at least one wording of the question.")
    runtime, group_id = visit.runtime, visit.request.path_params["id"]
    text = await visit.field("text")
    source = await answer_group(
        runtime.store, runtime.knowledge, group_id, text, questions=wordings
    )
    await _record(visit, "unanswered.answered", source.id)
    return visit.done(PATH, visit.say("The assistant answers from it now."))


async def dismiss(visit: Visit) -> Response:
    """`POST /knowledge/unanswered/{id}/dismiss`"""
    await _decide(visit, "unanswered.dismissed", questions.dismiss_group)
    return visit.done(PATH, visit.say("Dismissed."))


async def reopen(visit: Visit) -> Response:
    """`POST /knowledge/unanswered/{id}/reopen`"""
    await _decide(visit, "unanswered.reopened", questions.reopen_group)
    return visit.done(PATH, visit.say("It waits for an answer again."))


async def split(visit: Visit) -> Response:
    """`POST /knowledge/unanswered/{id}/split`: one question of a group."""
    await _decide(visit, "unanswered.split", questions.split_question)
    return visit.done(PATH, visit.say("It stands by itself now."))


async def merge(visit: Visit) -> Response:
    """`POST /knowledge/unanswered/merge`: the ticked `group`s, into the first."""
    form = await visit.form()
    ticked = [it for it in form.getlist("group") if isinstance(it, str)]
    if len(ticked) < 2:
        raise BadRequest("Tick two questions that ask the same.")

    def work(tx: Tx) -> None:
        for other in ticked[1:]:
            questions.merge_groups(tx, ticked[0], other)
        record(tx, visit.user.actor, "unanswered.merged", ticked[0])

    await visit.runtime.store.write(work)
    return visit.done(PATH, visit.say("They are one question now."))


async def _decide(visit: Visit, action: str, change: questions.Decide) -> None:
    id = visit.request.path_params["id"]

    def work(tx: Tx) -> None:
        change(tx, id)
        record(tx, visit.user.actor, action, id)

    await visit.runtime.store.write(work)


async def _record(visit: Visit, action: str, subject: str) -> None:
    actor = visit.user.actor
    await visit.runtime.store.write(lambda tx: record(tx, actor, action, subject))

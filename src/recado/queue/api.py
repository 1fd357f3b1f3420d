"""The admin API of dead letters: what could not be processed, until somebody deals with it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Cursor, IdPath, Limit, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.queue.dead_letters import DeadLetter, DeadLetters
from recado.queue.replays import Replay, Replays, begin_in
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(prefix="/dead-letters", tags=["dead letters"])


class DeadLetterView(msgspec.Struct, frozen=True):
    """`state`: open · replayed · dropped. `body` is the job: JSON, or text where it is none."""

    id: str
    queue: str
    lane: str
    cause: str
    body: Any
    receives: int
    trace_id: str
    conversation_id: str | None
    state: str
    created_at: float
    closed_at: float | None


class ReplayView(msgspec.Struct, frozen=True):
    """A replay of all that were open when it was asked for. `left` is 0 once it is finished."""

    id: str
    queue: str | None
    total: int
    replayed: int
    left: int
    created_at: float
    finished_at: float | None


@router.get(
    "", summary="List the dead letters", responses=answers(DeadLetterView, 400, 422, paged=True)
)
async def list_dead_letters(
    runtime: RuntimeDep,
    state: Annotated[Literal["open", "replayed", "dropped", "all"], Query()] = "open",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Newest first; those that nobody has dealt with, unless told otherwise."""
    page = await _letters(runtime).list(None if state == "all" else state, limit, cursor)
    return json_response(Page([dead_letter_view(letter) for letter in page.items], page.next))


@router.post(
    "/replay",
    summary="Replay all open dead letters",
    status_code=202,
    responses=answers(ReplayView, status=202),
)
async def replay_all(
    runtime: RuntimeDep,
    caller: CallerDep,
    queue: Annotated[Text | None, Query(description="Those of one queue")] = None,
) -> Response:
    """Those open now, oldest first, in the background: `Location` says where to see how far it is.
    What dies again meanwhile is not replayed again."""

    def work(tx: Tx) -> Replay:
        replay = begin_in(tx, queue)
        detail = {"total": replay.total, "replay": replay.id}
        record(tx, caller.actor, "dead_letter.replay_all", queue or "", detail)
        return replay

    replay = await runtime.store.write(work)
    response = json_response(replay_view(replay), 202)
    response.headers["location"] = f"/api/v1{router.prefix}/replays/{replay.id}"
    return response


@router.get(
    "/replays/{replay_id}",
    summary="See how far a replay of all is",
    responses=answers(ReplayView, 404),
)
async def get_replay(replay_id: IdPath, runtime: RuntimeDep) -> Response:
    replay = await Replays(runtime.store, runtime.queue).get(replay_id)
    return json_response(replay_view(replay))


@router.get("/{letter_id}", summary="Get a dead letter", responses=answers(DeadLetterView, 404))
async def get_dead_letter(letter_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(dead_letter_view(await _letters(runtime).get(letter_id)))


@router.post(
    "/{letter_id}/replay",
    summary="Replay a dead letter",
    responses=answers(DeadLetterView, 404, 409),
)
async def replay_dead_letter(letter_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The job goes back to its queue, at the end of its lane."""
    await _letters(runtime).replay(letter_id)
    return await _dealt_with(runtime, caller.actor, "dead_letter.replay", letter_id)


@router.post(
    "/{letter_id}/drop", summary="Drop a dead letter", responses=answers(DeadLetterView, 404, 409)
)
async def drop_dead_letter(letter_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The job is given up. Its record stays until the retention ends."""
    await _letters(runtime).drop(letter_id)
    return await _dealt_with(runtime, caller.actor, "dead_letter.drop", letter_id)


async def _dealt_with(runtime: Runtime, actor: str, action: str, letter_id: str) -> Response:
    await runtime.store.write(lambda tx: record(tx, actor, action, letter_id))
    return json_response(dead_letter_view(await _letters(runtime).get(letter_id)))


def replay_view(replay: Replay) -> ReplayView:
    return ReplayView(
        id=replay.id,
        queue=replay.queue,
        total=replay.total,
        replayed=replay.replayed,
        left=replay.left,
        created_at=replay.created_at,
        finished_at=replay.finished_at,
    )


def dead_letter_view(letter: DeadLetter) -> DeadLetterView:
    try:
        body = msgspec.json.decode(letter.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = letter.text
    return DeadLetterView(
        id=letter.id,
        queue=letter.queue,
        lane=letter.lane,
        cause=letter.cause,
        body=body,
        receives=letter.receives,
        trace_id=letter.trace_id,
        conversation_id=letter.conversation_id,
        state=letter.state,
        created_at=letter.created_at,
        closed_at=letter.closed_at,
    )


def _letters(runtime: Runtime) -> DeadLetters:
    return DeadLetters(runtime.store, runtime.queue)

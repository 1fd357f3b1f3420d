"""The admin API of conversations, their messages and their contacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from recado.conversations import ownership, queries
from recado.conversations.api.messages import (
    IdempotencyKey,
    Knowing,
    NewMessage,
    ask_first,
    list_transcript,
    say_once,
    shown_content,
)
from recado.conversations.views import (
    ConversationView,
    EventView,
    MessageView,
    TurnView,
)
from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Cursor, IdPath, Limit, Text
from recado.http.keys import Caller, CallerDep, RuntimeDep
from recado.http.times import from_iso
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(tags=["conversations"])
Raw = Annotated[bool, Query(description="Add `raw`, the vendor's item as it came")]


@router.get(
    "/conversations",
    summary="List conversations",
    responses=answers(ConversationView, 400, 422, paged=True),
)
async def list_conversations(
    runtime: RuntimeDep,
    state: Annotated[
        Literal["bot", "waiting", "human", "snoozed", "resolved"] | None,
        Query(description="Who has the word"),
    ] = None,
    contact: Annotated[Text | None, Query(description="A contact's id")] = None,
    line: Annotated[Text | None, Query(description="A line's id")] = None,
    assignee: Annotated[Text | None, Query(description="A user's id")] = None,
    search: Annotated[
        Text | None,
        Query(
            max_length=200,
            description="Words of a message, a name or a title (their ends may lack), or part of a"
            " phone number; accents and case do not matter",
        ),
    ] = None,
    archived: Annotated[bool, Query(description="The archived ones instead")] = False,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """By last activity, newest first."""
    page = await runtime.store.read(
        lambda tx: queries.list_conversations(
            tx,
            state=state,
            contact_id=contact,
            line_id=line,
            assignee_id=assignee,
            search=search,
            archived=archived,
            limit=limit,
            cursor=cursor,
        )
    )
    return json_response(page)


@router.get(
    "/conversations/{conversation_id}",
    summary="Get a conversation",
    responses=answers(ConversationView, 404),
)
async def get_conversation(conversation_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(
        await runtime.store.read(lambda tx: queries.get_conversation(tx, conversation_id))
    )


@router.get(
    "/conversations/{conversation_id}/messages",
    summary="List a conversation's messages",
    responses=answers(MessageView, 400, 404, 422, paged=True),
)
async def list_conversation_messages(
    conversation_id: IdPath,
    runtime: RuntimeDep,
    order: Annotated[Literal["asc", "desc"], Query(description="asc: oldest first")] = "asc",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    raw: Raw = False,
) -> Response:
    """In the order in which they took effect."""
    page = await runtime.store.read(
        lambda tx: list_transcript(
            tx, conversation_id, order=order, limit=limit, cursor=cursor, raw=raw
        )
    )
    return json_response(page)


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=201,
    summary="Say something",
    responses=answers(MessageView, 404, 409, 422, status=201),
)
async def say(
    conversation_id: IdPath,
    new: NewMessage,
    runtime: RuntimeDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """A person or a program speaks. As `agent` it takes the conversation over, so that the
    assistant does not talk as well; as `system` it leaves the owner as it is.

    With an `Idempotency-Key`, a repeated request answers with the message of the first one.
    """
    content = new.content
    if content:
        view = await runtime.store.read(lambda tx: queries.get_conversation(tx, conversation_id))
        content = await shown_content(runtime, view.channel, new)

    def work(tx: Tx) -> MessageView:
        return say_once(tx, runtime, conversation_id, new, caller, idempotency_key, content=content)

    message = await runtime.store.write(work)
    return json_response(message, 201)


@router.get(
    "/conversations/{conversation_id}/events",
    summary="List what happened in a conversation",
    responses=answers(EventView, 404, paged=True),
)
async def list_events(
    conversation_id: IdPath, runtime: RuntimeDep, limit: Limit = LIMIT
) -> Response:
    """Hand-overs, take-overs, hand-backs, dropped replies: the newest, oldest of them first."""

    def work(tx: Tx) -> list[EventView]:
        queries.get_conversation(tx, conversation_id)
        return queries.list_events(tx, conversation_id, limit=limit)

    return json_response(Page(await runtime.store.read(work), None))


async def change_owner(
    runtime: Runtime,
    caller: Caller,
    conversation_id: str,
    action: str,
    change: Callable[[Tx], None],
) -> Response:
    """Change who has the word, note who did it, and show the conversation as it is then."""

    def work(tx: Tx) -> ConversationView:
        change(tx)
        record(tx, caller.actor, action, conversation_id)
        return queries.get_conversation(tx, conversation_id)

    return json_response(await runtime.store.write(work))


@router.post(
    "/conversations/{conversation_id}/takeover",
    summary="Take a conversation over",
    responses=answers(ConversationView, 404),
)
async def take_over(conversation_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """A person has the word. Replies of the assistant that have not gone out are taken back."""

    def change(tx: Tx) -> None:
        ownership.take_over(tx, conversation_id, actor=caller.actor, user_id=caller.user_id)

    return await change_owner(runtime, caller, conversation_id, "conversation.take_over", change)


@router.post(
    "/conversations/{conversation_id}/handback",
    summary="Hand a conversation back to the assistant",
    responses=answers(ConversationView, 404, 409, 422),
)
async def hand_back(
    conversation_id: IdPath,
    runtime: RuntimeDep,
    caller: CallerDep,
    knowing: Knowing | None = None,
) -> Response:
    """The assistant has the word, and answers what nobody has answered meanwhile."""

    def change(tx: Tx) -> None:
        ask_first(tx, caller, conversation_id, knowing)
        ownership.hand_back(tx, conversation_id, actor=caller.actor)

    return await change_owner(runtime, caller, conversation_id, "conversation.hand_back", change)


@router.post(
    "/conversations/{conversation_id}/resolve",
    summary="Resolve a conversation",
    responses=answers(ConversationView, 404, 409, 422),
)
async def resolve(
    conversation_id: IdPath,
    runtime: RuntimeDep,
    caller: CallerDep,
    knowing: Knowing | None = None,
) -> Response:
    """The matter is settled. The contact's next message goes to the assistant."""

    def change(tx: Tx) -> None:
        ask_first(tx, caller, conversation_id, knowing)
        ownership.resolve(tx, conversation_id, actor=caller.actor)

    return await change_owner(runtime, caller, conversation_id, "conversation.resolve", change)


@router.get(
    "/messages",
    summary="List messages of all conversations",
    responses=answers(MessageView, 400, 422, paged=True),
)
async def list_messages(
    runtime: RuntimeDep,
    direction: Annotated[Literal["inbound", "outbound"] | None, Query()] = None,
    line: Annotated[Text | None, Query(description="A line's id")] = None,
    since: Annotated[
        Text | None,
        Query(
            max_length=64,
            description="Those created then or later: ISO 8601, or Unix seconds",
            examples=["2026-03-14T09:26:53Z"],
        ),
    ] = None,
    order: Annotated[
        Literal["asc", "desc"] | None,
        Query(description="By age. Left out: oldest first with `since`, else newest first"),
    ] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    raw: Raw = False,
) -> Response:
    start = None if since is None else from_iso(since)
    page = await runtime.store.read(
        lambda tx: queries.list_all_messages(
            tx,
            direction=direction,
            line_id=line,
            since=start,
            order=order or ("desc" if start is None else "asc"),
            limit=limit,
            cursor=cursor,
            raw=raw,
        )
    )
    return json_response(page)


@router.get("/messages/{message_id}", summary="Get a message", responses=answers(MessageView, 404))
async def get_message(message_id: IdPath, runtime: RuntimeDep, raw: Raw = False) -> Response:
    return json_response(
        await runtime.store.read(lambda tx: queries.get_message(tx, message_id, raw=raw))
    )


@router.get("/turns/{turn_id}", summary="Get a turn", responses=answers(TurnView, 404))
async def get_turn(turn_id: IdPath, runtime: RuntimeDep) -> Response:
    """How the assistant came to an answer: a message's `turn_id` leads here."""
    return json_response(await runtime.store.read(lambda tx: queries.get_turn(tx, turn_id)))

"""The admin API of whose a conversation is, beside taking it, handing it back and resolving it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from recado.conversations import ownership
from recado.conversations.api.conversations import change_owner
from recado.conversations.api.messages import Knowing, ask_first
from recado.conversations.views import ConversationView
from recado.errors import Unprocessable
from recado.escalation.routing import requests
from recado.http.answers import answers
from recado.http.fields import IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.http.times import from_iso
from recado.store import Tx, now

router = APIRouter(tags=["conversations"])
_ANSWERS = answers(ConversationView, 404, 409, 422)


class Assignment(Knowing):
    """Whom it is for: a user, a department, or a user for a department."""

    user: Annotated[Text, Field(max_length=64)] | None = None
    department: Annotated[Text, Field(max_length=40)] | None = None


class Rest(Knowing):
    """How long it rests: `until` a time (ISO 8601), or for `seconds`."""

    until: Annotated[Text, Field(max_length=64)] | None = None
    seconds: Annotated[float, Field(gt=0, le=ownership.MOST_SNOOZED_SECONDS)] | None = None


@router.post(
    "/conversations/{conversation_id}/assign",
    summary="Give a conversation to a colleague or a department",
    responses=_ANSWERS,
)
async def assign(
    conversation_id: IdPath, body: Assignment, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """It waits for them: their first message, or taking it over, makes it theirs."""

    def change(tx: Tx) -> None:
        ask_first(tx, caller, conversation_id, body)
        given = {"user_id": body.user, "department": body.department}
        requests.assign(tx, conversation_id, actor=caller.actor, **given)

    return await change_owner(runtime, caller, conversation_id, "conversation.assign", change)


@router.post(
    "/conversations/{conversation_id}/requeue",
    summary="Put a conversation back into the queue",
    responses=_ANSWERS,
)
async def requeue(
    conversation_id: IdPath,
    runtime: RuntimeDep,
    caller: CallerDep,
    knowing: Knowing | None = None,
) -> Response:
    """It waits for somebody else of its department."""

    def change(tx: Tx) -> None:
        ask_first(tx, caller, conversation_id, knowing)
        requests.requeue(tx, conversation_id, actor=caller.actor, but=caller.user_id or "")

    return await change_owner(runtime, caller, conversation_id, "conversation.requeue", change)


@router.post(
    "/conversations/{conversation_id}/snooze",
    summary="Let a conversation rest until a time",
    responses=_ANSWERS,
)
async def snooze(
    conversation_id: IdPath, body: Rest, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """Whoever has it has it again then, or when the contact writes."""
    if (body.until is None) == (body.seconds is None):
        raise Unprocessable("Say `until` when it rests, or for how many `seconds`.")

    def change(tx: Tx) -> None:
        ask_first(tx, caller, conversation_id, body)
        until = now() + (body.seconds or 0.0) if body.until is None else from_iso(body.until)
        ownership.snooze(tx, conversation_id, actor=caller.actor, until=until)

    return await change_owner(runtime, caller, conversation_id, "conversation.snooze", change)


@router.post(
    "/conversations/{conversation_id}/escalate",
    summary="Ask a supervisor to take a conversation",
    responses=_ANSWERS,
)
async def escalate(
    conversation_id: IdPath,
    runtime: RuntimeDep,
    caller: CallerDep,
    knowing: Knowing | None = None,
) -> Response:
    """It waits for a supervisor of its department, as urgent."""

    def change(tx: Tx) -> None:
        ask_first(tx, caller, conversation_id, knowing)
        requests.escalate(tx, conversation_id, actor=caller.actor)

    return await change_owner(runtime, caller, conversation_id, "conversation.escalate", change)

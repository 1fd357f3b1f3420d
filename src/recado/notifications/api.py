"""The admin API of notifications: what each was told, who wants to be told, and by which rules."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.errors import Unprocessable
from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Body, Cursor, IdPath, Limit, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.notifications import keeping, rules
from recado.notifications.choices import NotificationSettings, choice_of, choose
from recado.notifications.keeping import NotificationView
from recado.notifications.rules import RuleView
from recado.security.audit import record
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(tags=["notifications"])

Channels = dict[Annotated[Text, Field(max_length=40)], list[Annotated[Text, Field(max_length=20)]]]
Clock = Annotated[Text, Field(max_length=5, examples=["22:00"])]
Occasions = Annotated[list[Text], Field(max_length=20, description="Null: all that concern a team")]


class RuleBody(Body):
    channel: Literal["email", "sms", "sns", "slack", "teams"]
    target: Annotated[
        Text, Field(max_length=2000, description="E-mail, +phone, a topic's ARN, a chat's address")
    ]
    name: Annotated[Text, Field(max_length=80)] = ""
    department: Annotated[Text, Field(max_length=80, description="Its key; empty: all")] = ""
    occasions: Occasions | None = None
    language: Annotated[Text, Field(max_length=2)] = ""


class RuleChange(Body):
    """What is left out stays as it is."""

    target: Annotated[Text, Field(max_length=2000)] | None = None
    name: Annotated[Text, Field(max_length=80)] | None = None
    department: Annotated[Text, Field(max_length=80)] | None = None
    occasions: Occasions | None = None
    language: Annotated[Text, Field(max_length=2)] | None = None
    enabled: bool | None = None


class ChoiceChange(Body):
    """What is left out stays as it is; of `channels`, the occasions that are left out do."""

    channels: Channels | None = None
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    urgent_passes: bool | None = None
    digest_minutes: Annotated[int, Field(ge=0, le=720)] | None = None
    sound: bool | None = None
    title: bool | None = None
    push: bool | None = None


@router.get(
    "/notifications",
    summary="List the notifications",
    responses=answers(NotificationView, 400, 422, paged=True),
)
async def list_notifications(
    runtime: RuntimeDep,
    state: Annotated[
        Literal["waiting", "sent", "dropped", "failed"] | None, Query(description="In this state")
    ] = None,
    occasion: Annotated[Text, Query(max_length=40)] = "",
    channel: Annotated[Text, Query(max_length=20)] = "",
    conversation: Annotated[Text, Query(max_length=64)] = "",
    recipient: Annotated[Text, Query(max_length=64, description="A user's id")] = "",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The newest first."""

    def work(tx: Tx) -> Page[NotificationView]:
        return keeping.list_notifications(
            tx,
            state=state or "",
            occasion=occasion,
            channel=channel,
            conversation_id=conversation,
            recipient=recipient,
            limit=limit,
            cursor=cursor,
        )

    return json_response(await runtime.store.read(work))


@router.get(
    "/notifications/{notification_id}",
    summary="Get a notification",
    responses=answers(NotificationView, 404),
)
async def get_notification(notification_id: IdPath, runtime: RuntimeDep) -> Response:
    found = await runtime.store.read(lambda tx: keeping.get_notification(tx, notification_id))
    return json_response(found)


@router.post(
    "/notifications/{notification_id}/replay",
    summary="Tell somebody once more",
    responses=answers(NotificationView, 404, 409),
)
async def replay_notification(
    notification_id: IdPath, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """Whatever became of it, to the same address."""

    def work(tx: Tx) -> NotificationView:
        record(tx, caller.actor, "notification.replay", notification_id, {})
        return keeping.replay(tx, notification_id)

    return json_response(await runtime.store.write(work))


@router.get(
    "/notification-rules",
    summary="List the rules of departments",
    responses=answers(RuleView, paged=True),
)
async def list_notification_rules(runtime: RuntimeDep) -> Response:
    """On one page."""
    return json_response(Page(await runtime.store.read(rules.list_rules), None))


@router.post(
    "/notification-rules",
    status_code=201,
    summary="Tell an address of what concerns a department",
    responses=answers(RuleView, 422, status=201),
)
async def add_notification_rule(new: RuleBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    def work(tx: Tx) -> RuleView:
        made = runtime.notifications.rules.add(tx, new.model_dump(), caller.user_id)
        record(tx, caller.actor, "notification_rule.add", made.id, {"shown": made.shown})
        return made

    made = await runtime.store.write(work)
    await runtime.notifications.refresh()
    return json_response(made, 201)


@router.patch(
    "/notification-rules/{rule_id}",
    summary="Change a rule",
    responses=answers(RuleView, 404, 409, 422),
)
async def change_notification_rule(
    rule_id: IdPath, change: RuleChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    changes = _given(change, nullable=("occasions",))

    def work(tx: Tx) -> RuleView:
        record(tx, caller.actor, "notification_rule.change", rule_id, {"fields": sorted(changes)})
        return runtime.notifications.rules.change(tx, rule_id, changes)

    changed = await runtime.store.write(work)
    await runtime.notifications.refresh()
    return json_response(changed)


@router.delete(
    "/notification-rules/{rule_id}",
    summary="Remove a rule",
    responses=answers(RuleView, 404),
)
async def remove_notification_rule(
    rule_id: IdPath, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """What waits for it is not told any more. Answers with what was removed."""

    def work(tx: Tx) -> RuleView:
        removed = rules.remove_rule(tx, rule_id)
        record(tx, caller.actor, "notification_rule.remove", rule_id, {"shown": removed.shown})
        return removed

    removed = await runtime.store.write(work)
    await runtime.notifications.refresh()
    return json_response(removed)


@router.get(
    "/notification-settings",
    summary="Get how the caller is told",
    responses=answers(NotificationSettings, 422),
)
async def get_notification_settings(runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Of the user whose token it is."""
    user_id = _own(caller.user_id)
    return json_response(await runtime.store.read(lambda tx: choice_of(tx, user_id)))


@router.patch(
    "/notification-settings",
    summary="Change how the caller is told",
    responses=answers(NotificationSettings, 422),
)
async def change_notification_settings(
    change: ChoiceChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    user_id, changes = _own(caller.user_id), _given(change)
    chosen = await runtime.store.write(lambda tx: choose(tx, user_id, changes))
    await runtime.notifications.refresh()
    return json_response(chosen)


def _own(user_id: str | None) -> str:
    if user_id is None:
        raise Unprocessable("Ask with a user's own token: a program is told nothing.")
    return user_id


def _given(change: Body, nullable: tuple[str, ...] = ()) -> dict[str, Any]:
    given = change.model_dump(exclude_unset=True)
    return {name: value for name, value in given.items() if value is not None or name in nullable}

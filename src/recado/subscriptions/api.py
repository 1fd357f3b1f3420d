"""The admin API of outgoing webhooks: who is told of which events, and what became of each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Body, Cursor, IdPath, Limit, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx
from recado.store.paging import Page
from recado.subscriptions import keeping, making
from recado.subscriptions.keeping import DeliveryView, SubscriptionView
from recado.subscriptions.making import MadeSubscription
from recado.subscriptions.registry import OFFERED

router = APIRouter(tags=["webhooks"])

Url = Annotated[Text, Field(max_length=2000, examples=["https://shop.example/recado"])]
Names = Annotated[list[Text], Field(max_length=100, description="Null is all of them")]


class SubscriptionBody(Body):
    url: Url
    name: Annotated[Text, Field(max_length=80)] = ""
    events: Names | None = None
    lines: Names | None = None


class SubscriptionChange(Body):
    """What is left out stays as it is. `state` active puts what was held on its way."""

    url: Url | None = None
    name: Annotated[Text, Field(max_length=80)] | None = None
    events: Names | None = None
    lines: Names | None = None
    state: Literal["active", "paused"] | None = None


class EventKindView(msgspec.Struct, frozen=True):
    """A kind of events, as subscriptions name it; `fields` are what its `data` holds."""

    name: str
    fields: list[str]


class ReplayedView(msgspec.Struct, frozen=True):
    """How many deliveries are on their way again."""

    count: int


@router.get(
    "/webhooks", summary="List the subscriptions", responses=answers(SubscriptionView, paged=True)
)
async def list_webhooks(runtime: RuntimeDep) -> Response:
    """By name, on one page."""
    return json_response(Page(await runtime.store.read(keeping.list_subscriptions), None))


@router.post(
    "/webhooks",
    status_code=201,
    summary="Subscribe to events",
    responses=answers(MadeSubscription, 422, status=201),
)
async def add_webhook(new: SubscriptionBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The answer holds the secret to verify them with, this once."""
    made = await making.add(runtime, caller.actor, new.model_dump())
    return json_response(made, 201)


@router.get(
    "/webhooks/{webhook_id}",
    summary="Get a subscription",
    responses=answers(SubscriptionView, 404),
)
async def get_webhook(webhook_id: IdPath, runtime: RuntimeDep) -> Response:
    view = await runtime.store.read(lambda tx: keeping.get_subscription(tx, webhook_id))
    return json_response(view)


@router.patch(
    "/webhooks/{webhook_id}",
    summary="Change a subscription",
    responses=answers(SubscriptionView, 404, 422),
)
async def change_webhook(
    webhook_id: IdPath, change: SubscriptionChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    changes = change.model_dump(exclude_unset=True)
    nullable = ("events", "lines")
    changes = {k: v for k, v in changes.items() if v is not None or k in nullable}
    return json_response(await making.change(runtime, caller.actor, webhook_id, changes))


@router.delete(
    "/webhooks/{webhook_id}",
    summary="Remove a subscription",
    responses=answers(SubscriptionView, 404),
)
async def remove_webhook(webhook_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """With the log of its deliveries. Answers with what was removed."""
    return json_response(await making.remove(runtime, caller.actor, webhook_id))


@router.post(
    "/webhooks/{webhook_id}/rotate",
    summary="Give a subscription a new secret",
    responses=answers(MadeSubscription, 404),
)
async def rotate_webhook(webhook_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """For a day, deliveries are signed with the former one, too. The new one is shown this once."""
    return json_response(await making.rotate(runtime, caller.actor, webhook_id))


@router.post(
    "/webhooks/{webhook_id}/test",
    status_code=202,
    summary="Send a subscription a test event",
    responses=answers(DeliveryView, 404, status=202),
)
async def test_webhook(webhook_id: IdPath, runtime: RuntimeDep) -> Response:
    """`webhook.test`; what became of it stands among its deliveries."""
    return json_response(await making.send_test(runtime, webhook_id), 202)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    summary="List a subscription's deliveries",
    responses=answers(DeliveryView, 400, 404, paged=True),
)
async def list_deliveries(
    webhook_id: IdPath,
    runtime: RuntimeDep,
    state: Annotated[Text, Query(description="In this state")] = "",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The newest first."""

    def work(tx: Tx) -> Page[DeliveryView]:
        return keeping.list_deliveries(tx, webhook_id, state=state, limit=limit, cursor=cursor)

    return json_response(await runtime.store.read(work))


@router.post(
    "/webhooks/{webhook_id}/replay",
    summary="Deliver all that failed once more",
    responses=answers(ReplayedView, 404, 409),
)
async def replay_failed(webhook_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The oldest first, each under its own id."""
    count = await making.replay_all(runtime, webhook_id, "failed")
    await _record(runtime, caller.actor, webhook_id, {"count": count})
    return json_response(ReplayedView(count))


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    summary="Deliver an event once more",
    responses=answers(DeliveryView, 404, 409),
)
async def replay_delivery(
    webhook_id: IdPath, delivery_id: IdPath, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """Whatever became of it, under the same `webhook-id`."""

    def work(tx: Tx) -> DeliveryView:
        record(tx, caller.actor, "webhook.replay", webhook_id, {"delivery": delivery_id})
        return keeping.replay(tx, webhook_id, delivery_id)

    return json_response(await runtime.store.write(work))


@router.get(
    "/webhook-events",
    summary="List the events that there are",
    responses=answers(EventKindView, paged=True),
)
async def list_webhook_events() -> Response:
    """On one page."""
    found = [EventKindView(name, list(it.__struct_fields__)) for name, it in OFFERED.items()]
    return json_response(Page(found, None))


async def _record(runtime: Runtime, actor: str, id: str, detail: dict[str, Any]) -> None:
    await runtime.store.write(lambda tx: record(tx, actor, "webhook.replay", id, detail))

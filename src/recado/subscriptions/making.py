"""What people and programs do with subscriptions: each with its line in the audit log, and seen by
the next event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import insert

from recado.errors import Unprocessable
from recado.http.outward import AddressRefused
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx, now
from recado.subscriptions import keeping
from recado.subscriptions.keeping import DeliveryView, SubscriptionView
from recado.subscriptions.model import EventDelivery
from recado.subscriptions.registry import delivery_row, job_of
from recado.subscriptions.signing import new_secret

#: For so long after a rotation, deliveries are signed with the former secret, too.
BOTH_SECONDS = 24 * 3600.0
TEST = "webhook.test"


class MadeSubscription(msgspec.Struct, frozen=True):
    """A subscription with the secret that its deliveries are signed with, which is shown once."""

    subscription: SubscriptionView
    secret: str


async def add(runtime: Runtime, actor: str, given: dict[str, Any]) -> MadeSubscription:
    """Raises Unprocessable."""
    _check_address(runtime, given["url"])
    secret = new_secret()
    sealed = runtime.subscriptions.sealed([{"secret": secret, "until": None}])

    def work(tx: Tx) -> SubscriptionView:
        view = keeping.add_subscription(tx, given, sealed)
        record(tx, actor, "webhook.add", view.id, {"name": view.name})
        return view

    return MadeSubscription(await _done(runtime, work), secret)


async def change(
    runtime: Runtime, actor: str, id: str, changes: dict[str, Any]
) -> SubscriptionView:
    """Raises NotFound, Unprocessable."""
    if "url" in changes:
        _check_address(runtime, changes["url"])

    def work(tx: Tx) -> SubscriptionView:
        view = keeping.change_subscription(tx, id, changes)
        record(tx, actor, "webhook.change", id, {"fields": sorted(changes)})
        return view

    view = await _done(runtime, work)
    if changes.get("state") == "active":
        await replay_all(runtime, id, "held")
    return view


async def remove(runtime: Runtime, actor: str, id: str) -> SubscriptionView:
    """Raises NotFound."""

    def work(tx: Tx) -> SubscriptionView:
        view = keeping.remove_subscription(tx, id)
        record(tx, actor, "webhook.remove", id, {"name": view.name})
        return view

    return await _done(runtime, work)


async def rotate(runtime: Runtime, actor: str, id: str) -> MadeSubscription:
    """Raises NotFound."""
    secret = new_secret()

    def work(tx: Tx) -> SubscriptionView:
        tx.lock(keeping.LOCK)
        former = runtime.subscriptions.opened(keeping.secrets_of(tx, id))[0]
        both = [
            {"secret": secret, "until": None},
            {"secret": former["secret"], "until": now() + BOTH_SECONDS},
        ]
        record(tx, actor, "webhook.rotate", id, {})
        return keeping.change_subscription(tx, id, {}, runtime.subscriptions.sealed(both))

    return MadeSubscription(await _done(runtime, work), secret)


async def send_test(runtime: Runtime, id: str) -> DeliveryView:
    """An event that tells of nothing. Raises NotFound."""

    def work(tx: Tx) -> DeliveryView:
        keeping.get_subscription(tx, id)
        row = delivery_row(
            id, TEST, "", {"text": "Recado reaches you."}, runtime.settings.service_name
        )
        tx.execute(insert(EventDelivery), row)
        tx.publish(job_of(row["id"], id, ""))
        return keeping.get_delivery(tx, id, row["id"])

    return await runtime.store.write(work)


async def replay_all(runtime: Runtime, id: str, state: str) -> int:
    """Put all deliveries in this state on their way again. Returns how many."""
    total = 0
    while count := await runtime.store.write(lambda tx: keeping.replay_some(tx, id, [state])):
        total += count
    return total


async def _done(runtime: Runtime, work: Callable[[Tx], SubscriptionView]) -> SubscriptionView:
    view = await runtime.store.write(work)
    await runtime.subscriptions.refresh()
    return view


def _check_address(runtime: Runtime, url: str) -> None:
    try:
        runtime.subscriptions.outward.check(url)
    except AddressRefused as error:
        raise Unprocessable(error.detail) from error

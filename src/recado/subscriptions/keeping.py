"""Subscriptions as they are made, changed and shown, and the log of their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update

from recado.errors import Conflict, NotFound, Unprocessable
from recado.lines.model import LineRow
from recado.store import Tx, new_id, now
from recado.store.keeping import Keeping, OfConversation, after_days
from recado.store.paging import Page, newest_page
from recado.subscriptions.model import EventDelivery, Subscription
from recado.subscriptions.registry import OFFERED, job_of

LOCK = "subscriptions"
MOST = 50
#: Deliveries are kept for so long, whatever became of them.
KEPT_DAYS = 30
#: One transaction puts so many deliveries on their way again.
_BATCH = 500


class SubscriptionView(msgspec.Struct, frozen=True, kw_only=True):
    """`events`, `lines` null: all. `state` is active or paused; `paused_because` is by_hand,
    failing (a day without a success) or gone (it answered 410). `failing_since` is the first of the
    failures in a row."""

    id: str
    name: str
    url: str
    events: list[str] | None
    lines: list[str] | None
    state: str
    paused_because: str
    failing_since: float | None
    created_at: float
    updated_at: float


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: waiting, held, delivered, failed. `status` is what HTTP answered last; `attempts`
    are the last tries, oldest first; `body` is what is posted."""

    id: str
    subscription_id: str
    event_type: str
    conversation_id: str
    body: str
    state: str
    tries: int
    status: int | None
    attempts: list[dict[str, Any]]
    created_at: float
    settled_at: float | None


_SHOWN = [it for it in Subscription.__table__.c if it.name != "secrets"]


def list_subscriptions(tx: Tx) -> list[SubscriptionView]:
    """By name."""
    return [_view(row) for row in tx.all(select(*_SHOWN).order_by(Subscription.name))]


def get_subscription(tx: Tx, id: str) -> SubscriptionView:
    """Raises NotFound."""
    row = tx.first(select(*_SHOWN).where(Subscription.id == id))
    if row is None:
        raise NotFound(f"There is no subscription {id!r}.")
    return _view(row)


def secrets_of(tx: Tx, id: str) -> str:
    """As they are stored. Raises NotFound."""
    found = tx.scalar(select(Subscription.secrets).where(Subscription.id == id))
    if found is None:
        raise NotFound(f"There is no subscription {id!r}.")
    return str(found)


def add_subscription(tx: Tx, given: dict[str, Any], sealed: str) -> SubscriptionView:
    """`sealed` are its secrets as they are stored. Raises Unprocessable."""
    tx.lock(LOCK)
    if (tx.scalar(select(func.count()).select_from(Subscription)) or 0) >= MOST:
        raise Unprocessable(f"There are {MOST} subscriptions already.")
    moment = now()
    row = {
        **_checked(tx, given),
        "id": new_id(),
        "secrets": sealed,
        "state": "active",
        "paused_because": "",
        "failing_since": None,
        "created_at": moment,
        "updated_at": moment,
    }
    tx.execute(insert(Subscription), row)
    return get_subscription(tx, row["id"])


def change_subscription(
    tx: Tx, id: str, changes: dict[str, Any], sealed: str | None = None
) -> SubscriptionView:
    """Change the named fields; the secrets stay where `sealed` is None.

    Once it is active again, `replay_some` puts what was held on its way. Raises NotFound,
    Unprocessable.
    """
    tx.lock(LOCK)
    view = get_subscription(tx, id)
    before = {name: getattr(view, name) for name in ("name", "url", "events", "lines")}
    values = _checked(tx, before | {k: v for k, v in changes.items() if k in before})
    values["updated_at"] = now()
    if sealed is not None:
        values["secrets"] = sealed
    state = changes.get("state", view.state)
    if state != view.state:
        because = "by_hand" if state == "paused" else ""
        values |= {"state": state, "paused_because": because, "failing_since": None}
    tx.execute(update(Subscription).where(Subscription.id == id).values(**values))
    return get_subscription(tx, id)


def remove_subscription(tx: Tx, id: str) -> SubscriptionView:
    """With the log of its deliveries. Raises NotFound."""
    tx.lock(LOCK)
    view = get_subscription(tx, id)
    tx.execute(delete(EventDelivery).where(EventDelivery.subscription_id == id))
    tx.execute(delete(Subscription).where(Subscription.id == id))
    return view


def list_deliveries(
    tx: Tx, subscription_id: str, *, state: str = "", limit: int, cursor: str | None
) -> Page[DeliveryView]:
    """The newest first. Raises BadRequest, NotFound."""
    get_subscription(tx, subscription_id)
    statement = select(EventDelivery.__table__)
    equal = [(EventDelivery.subscription_id, subscription_id), (EventDelivery.state, state)]
    return newest_page(
        tx,
        statement,
        EventDelivery.id,
        ("deliveries", subscription_id, state),
        equal=[(column, value) for column, value in equal if value],
        limit=limit,
        cursor=cursor,
        view=_delivery,
    )


def replay(tx: Tx, subscription_id: str, delivery_id: str) -> DeliveryView:
    """Deliver it once more, whatever became of it, under the same id.

    Raises NotFound, Conflict: the subscription is paused."""
    _check_active(tx, subscription_id)
    _again(tx, [get_delivery(tx, subscription_id, delivery_id)])
    return get_delivery(tx, subscription_id, delivery_id)


def get_delivery(tx: Tx, subscription_id: str, delivery_id: str) -> DeliveryView:
    """Raises NotFound."""
    mine = (EventDelivery.id == delivery_id) & (EventDelivery.subscription_id == subscription_id)
    row = tx.first(select(EventDelivery.__table__).where(mine))
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id!r}.")
    return _delivery(row)


def replay_some(tx: Tx, subscription_id: str, states: Sequence[str]) -> int:
    """Put deliveries in these states on their way again, the oldest first, so many at a time.
    Returns how many; 0: there are no more. Raises NotFound, Conflict: it is paused."""
    _check_active(tx, subscription_id)
    waiting = (
        select(EventDelivery.__table__)
        .where(EventDelivery.subscription_id == subscription_id, EventDelivery.state.in_(states))
        .order_by(EventDelivery.id)
        .limit(_BATCH)
    )
    rows = tx.all(waiting)
    _again(tx, rows)
    return len(rows)


def forget_what_tells_of(tx: Tx, conversation_id: str, message_id: str) -> int:
    """Remove the deliveries of a conversation's events that speak of one message. Returns how
    many."""
    mine = EventDelivery.conversation_id == conversation_id
    telling = mine & EventDelivery.body.contains(message_id, autoescape=True)
    return tx.execute(delete(EventDelivery).where(telling)).rowcount


def _check_active(tx: Tx, id: str) -> None:
    if get_subscription(tx, id).state == "paused":
        raise Conflict("The subscription is paused. Let it go on first.")


def _again(tx: Tx, rows: Sequence[Row[Any] | DeliveryView]) -> None:
    ids = [row.id for row in rows]
    changed = update(EventDelivery).where(EventDelivery.id.in_(ids))
    tx.execute(changed.values(state="waiting", tries=0, asked_at=now(), settled_at=None))
    jobs = [job_of(row.id, row.subscription_id, row.conversation_id) for row in rows]
    tx.publish(*jobs)


def _checked(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    """Raises Unprocessable."""
    url, events, lines = (
        str(given.get("url") or "").strip(),
        given.get("events"),
        given.get("lines"),
    )
    if len(url) > 2000 or urlsplit(url).scheme not in ("http", "https"):
        raise Unprocessable("Give the address as https://….")
    if unknown := [it for it in events or () if it not in OFFERED]:
        raise Unprocessable(
            f"There is no event {unknown[0][:80]!r}. There are {', '.join(OFFERED)}."
        )
    if lines is not None:
        known = {row.id for row in tx.all(select(LineRow.id))}
        if missing := [it for it in lines if it not in known]:
            raise Unprocessable(f"There is no line {missing[0][:80]!r}.")
    name = str(given.get("name") or "").strip() or (urlsplit(url).hostname or url)
    return {
        "name": name[:80],
        "url": url,
        "events": None if events is None else sorted(set(events)),
        "lines": None if lines is None else sorted(set(lines)),
    }


def _view(row: Row[Any]) -> SubscriptionView:
    return SubscriptionView(**row._mapping)


def _delivery(row: Row[Any]) -> DeliveryView:
    fields = {name: getattr(row, name) for name in DeliveryView.__struct_fields__}
    return DeliveryView(**fields | {"attempts": fields["attempts"] or []})


KEEPING = Keeping(
    of_conversation=(
        # They say what was said, so they stay no longer than it.
        OfConversation("event_deliveries", EventDelivery, "old deliveries of events removed"),
    ),
    past_time={
        f"deliveries of events removed after {KEPT_DAYS} days": after_days(
            EventDelivery.id, KEPT_DAYS
        )
    },
)

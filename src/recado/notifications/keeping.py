"""The log of notifications: what each was told, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, func, select, update

from recado.errors import Conflict, NotFound
from recado.notifications.making import job_of
from recado.notifications.model import Notification
from recado.security.model import User
from recado.store import Tx, now
from recado.store.keeping import Keeping, OfConversation, after_days
from recado.store.paging import Page, newest_page

#: Notifications are kept for so long, whatever became of them.
KEPT_DAYS = 30
STATES = ("waiting", "sent", "dropped", "failed")
#: The desk shows what is no older than this when a page is opened.
FRESH_SECONDS = 600.0
_MOST_ALERTS = 20


class NotificationView(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: waiting, sent, dropped (it was over before it was told), failed. `recipient` is a
    user's id with `recipient_name`; both are "" for the address of a rule. `answer` is the last,
    `attempts` the last tries, oldest first. `data` are the facts that it tells."""

    id: str
    occasion: str
    recipient: str
    recipient_name: str
    rule_id: str
    channel: str
    address: str
    language: str
    urgent: bool
    state: str
    tries: int
    answer: str
    attempts: list[dict[str, Any]]
    conversation_id: str
    data: dict[str, Any]
    created_at: float
    due_at: float
    settled_at: float | None


_NAMED = select(
    Notification.__table__, func.coalesce(User.name, "").label("recipient_name")
).outerjoin(User, User.id == Notification.recipient)


def list_notifications(
    tx: Tx,
    *,
    state: str = "",
    occasion: str = "",
    channel: str = "",
    conversation_id: str = "",
    recipient: str = "",
    limit: int,
    cursor: str | None,
) -> Page[NotificationView]:
    """The newest first; "" is any. Raises BadRequest."""
    of = Notification
    asked = (state, occasion, channel, conversation_id, recipient)
    columns = (of.state, of.occasion, of.channel, of.conversation_id, of.recipient)
    return newest_page(
        tx,
        _NAMED,
        of.id,
        ("notifications", *asked),
        equal=[(column, value) for column, value in zip(columns, asked, strict=True) if value],
        limit=limit,
        cursor=cursor,
        view=_view,
    )


def get_notification(tx: Tx, id: str) -> NotificationView:
    """Raises NotFound."""
    row = tx.first(_NAMED.where(Notification.id == id))
    if row is None:
        raise NotFound(f"There is no notification {id!r}.")
    return _view(row)


def replay(tx: Tx, id: str) -> NotificationView:
    """Tell it once more, whatever became of it. Raises NotFound, Conflict: it is on its way, or
    was for the desk, where it is too late."""
    row = tx.first(select(Notification.__table__).where(Notification.id == id).with_for_update())
    if row is None:
        raise NotFound(f"There is no notification {id!r}.")
    if row.state == "waiting":
        raise Conflict("It is still on its way.")
    if row.channel == "desk":
        raise Conflict("What was for the desk is not told again.")
    moment = now()
    values = {"state": "waiting", "due_at": moment, "asked_at": moment, "settled_at": None}
    tx.execute(update(Notification).where(Notification.id == id).values(**values))
    tx.publish(job_of({**row._asdict(), **values}))
    return get_notification(tx, id)


def desk_alerts(
    tx: Tx, user_id: str, after: str, known: Collection[str] = ()
) -> Sequence[Row[Any]]:
    """What the open pages of somebody have not shown yet: of the desk, with a greater id, and none
    of those that are `known`."""
    of = Notification
    mine = [of.recipient == user_id, of.channel == "desk", of.id > after]
    if known:
        mine.append(of.id.not_in(known))
    return tx.all(select(of.__table__).where(*mine).order_by(of.id).limit(_MOST_ALERTS))


def shown(tx: Tx, ids: Sequence[str]) -> None:
    """A page has shown these."""
    mine = Notification.id.in_(ids) & (Notification.state == "waiting")
    values = {"state": "sent", "answer": "shown", "tries": 1, "settled_at": now()}
    tx.execute(update(Notification).where(mine).values(**values))


def _view(row: Row[Any]) -> NotificationView:
    fields = {name: getattr(row, name) for name in NotificationView.__struct_fields__}
    return NotificationView(**fields | {"attempts": row.attempts or [], "data": row.data or {}})


KEEPING = Keeping(
    of_conversation=(
        # They name who it was about, so they stay no longer than it.
        OfConversation("notifications", Notification, "old notifications removed"),
    ),
    past_time={
        f"notifications removed after {KEPT_DAYS} days": after_days(Notification.id, KEPT_DAYS)
    },
)

"""Telling somebody: sent, tried again after longer and longer rests, and a dead letter at the end.

What is due for one address by then goes as one message where its channel can. What is over before
it was told is dropped. It may come twice (a process dies between the answer and its record): an
alert twice is better than none.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, select, update

from recado.conversations.model import Conversation
from recado.jobs import NOTIFICATIONS
from recado.notifications.making import job_of
from recado.notifications.model import Notification
from recado.notifications.occasions import Facts
from recado.notifications.registry import Notifications
from recado.notifications.senders.port import NotSent, Outgoing
from recado.notifications.texts import Told, render, together
from recado.queue.port import Delivery
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.store import Tx, now

#: How long after it was asked for, or came due, a notification is tried: then it waits for a
#: person's replay.
PATIENCE_SECONDS = 6 * 3600.0
#: The rests between tries; the last one goes on.
RESTS = (5, 30, 120, 300, 600)
#: So many go as one message, and so many tries are remembered.
MOST_TOGETHER = 20
MOST_ATTEMPTS = 20
#: What is told this late is looked at first: it may be over.
LATE_SECONDS = 5.0
#: In which states of its conversation an occasion is still one; where `_OWN`, for its holder.
_GOES_ON = {
    "waiting": ("waiting",),
    "unclaimed": ("waiting",),
    "assigned": ("human", "waiting"),
    "replied": ("human",),
}
_OWN = ("assigned", "replied")
_SETUP = {
    "email": "Nothing sends e-mail here: set SMTP_URL, then replay it.",
    "sms": "Nothing sends SMS here: set RECADO_SMS_URL, then replay it.",
}
_MINE = select(Notification.__table__)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """Notifications for one address, that of the job first; `target` is where they go, None where
    the rule that named it is gone."""

    rows: Sequence[Row[Any]]
    over: Sequence[Row[Any]]
    target: str | None


class NotificationWork:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: Notifications = runtime.notifications

    async def handle(self, delivery: Delivery) -> None:
        job = NOTIFICATIONS.body(delivery)
        id = job.notification_id
        task = await self._runtime.store.read(lambda tx: self._task(tx, id))
        if task is None:
            return  # told by an earlier try, or with another one, or it is gone
        first = (*task.rows, *task.over)[0]
        delivery.note(conversation=first.conversation_id or None)
        if first.due_at > now():
            raise Defer(first.due_at - now())
        if job.waits:  # from here on it is one of its address's, which are told one by one
            await self._runtime.store.write(lambda tx: tx.publish(job_of(first._asdict())))
            return
        if task.over:
            await self._runtime.store.write(lambda tx: _settle(tx, task.over, "dropped", "over"))
        if not task.rows:
            return
        if task.target is None:
            gone = "its rule is gone"
            await self._runtime.store.write(lambda tx: _settle(tx, task.rows, "dropped", gone))
            return
        rest = await self._tell(task.rows, task.target)
        if rest is not None:
            raise Defer(rest)

    async def _tell(self, rows: Sequence[Row[Any]], target: str) -> float | None:
        """Returns after how many seconds it is tried again; None: it is over."""
        started, at = time.perf_counter(), now()
        failure: NotSent | None = None
        answer = ""
        try:
            answer = await self._send(rows, target)
        except NotSent as error:
            failure, answer = error, error.detail
            log.warning("notification.not_sent", channel=rows[0].channel, final=error.final)
        took = int((time.perf_counter() - started) * 1000)
        told = {"at": at, "answer": answer[:500], "milliseconds": took}
        return await self._runtime.store.write(lambda tx: _note(tx, rows, told, failure))

    async def _send(self, rows: Sequence[Row[Any]], target: str) -> str:
        first = rows[0]
        sender = self._known.senders.get(first.channel)
        if sender is None:
            setup = _SETUP.get(first.channel, "Nothing sends by this channel.")
            raise NotSent(setup, final=True)
        rendered = together(
            [self._words_of(row) for row in rows],
            language=first.language,
            personal=bool(first.recipient),
        )
        return await sender.send(
            Outgoing(first.id, target, rendered, facts_of(first), first.created_at)
        )

    def _words_of(self, row: Row[Any]) -> Told:
        return words_of(row, self._runtime.settings.public_url, self._known)

    def _task(self, tx: Tx, id: str) -> Task | None:
        own = tx.first(_MINE.where(Notification.id == id, Notification.state == "waiting"))
        if own is None:
            return None
        rows = [own]
        sender = self._known.senders.get(own.channel)
        if own.due_at <= now() and sender is not None and sender.combines:
            rows += _others(tx, own)
        over = [row for row in rows if is_over(tx, row)]
        return Task([it for it in rows if it not in over], over, self._target(tx, own))

    def _target(self, tx: Tx, row: Row[Any]) -> str | None:
        if row.rule_id:
            return self._known.rules.target_of(tx, row.rule_id)
        return str(row.address)


def words_of(row: Row[Any], public_url: str, known: Notifications, *, language: str = "") -> Told:
    """A notification in its recipient's language, or in that of the page that shows it."""
    return render(
        row.occasion,
        row.conversation_id,
        facts_of(row),
        language=language or row.language,
        time_zone=row.time_zone,
        public_url=public_url,
        words=known.words,
    )


def facts_of(row: Row[Any]) -> Facts:
    return msgspec.convert(row.data or {}, Facts)


def _others(tx: Tx, own: Row[Any]) -> Sequence[Row[Any]]:
    """What else is due for the same address in the same language."""
    of = Notification
    return tx.all(
        _MINE.where(
            of.state == "waiting",
            of.channel == own.channel,
            of.address == own.address,
            of.due_at <= now(),
            of.rule_id == own.rule_id,
            of.recipient == own.recipient,
            of.language == own.language,
            of.id != own.id,
        )
        .order_by(of.id)
        .limit(MOST_TOGETHER - 1)
    )


def is_over(tx: Tx, row: Row[Any]) -> bool:
    """Whether somebody took it, or let it go, before it was told; it is not looked at in the first
    seconds. The topic's systems hear of all."""
    wanted = _GOES_ON.get(row.occasion)
    if wanted is None or row.channel == "sns" or now() - row.asked_at < LATE_SECONDS:
        return False
    columns = (Conversation.state, Conversation.assignee_id)
    found = tx.first(select(*columns).where(Conversation.id == row.conversation_id))
    if found is None or found.state not in wanted:
        return True
    return row.occasion in _OWN and found.assignee_id != row.recipient


def _note(
    tx: Tx, rows: Sequence[Row[Any]], told: dict[str, Any], failure: NotSent | None
) -> float | None:
    """Returns after how many seconds the first is tried again; None: it is over."""
    rest: float | None = None
    for row in rows:
        tries = row.tries + 1
        values: dict[str, Any] = {
            "tries": tries,
            "answer": told["answer"],
            "attempts": [*(row.attempts or []), told][-MOST_ATTEMPTS:],
        }
        if failure is None:
            values |= {"state": "sent", "settled_at": now()}
        elif failure.final or told["at"] - max(row.asked_at, row.due_at) > PATIENCE_SECONDS:
            values |= {"state": "failed", "settled_at": now()}
        elif row is rows[0]:
            rest = max(failure.wait_seconds, RESTS[min(tries, len(RESTS)) - 1])
        mine = (Notification.id == row.id) & (Notification.state == "waiting")
        tx.execute(update(Notification).where(mine).values(**values))
    return rest


def _settle(tx: Tx, rows: Sequence[Row[Any]], state: str, answer: str) -> None:
    mine = Notification.id.in_([row.id for row in rows]) & (Notification.state == "waiting")
    values = {"state": state, "answer": answer, "settled_at": now()}
    tx.execute(update(Notification).where(mine).values(**values))


def _give_up(tx: Tx, delivery: Delivery, _cause: str) -> None:
    """Nobody can tell it as it is, so a person sees it among what failed, and may replay it."""
    id = NOTIFICATIONS.body(delivery).notification_id
    mine = (Notification.id == id) & (Notification.state == "waiting")
    tx.execute(update(Notification).where(mine).values(state="failed", settled_at=now()))


def notifications_consumer(runtime: Runtime) -> Consumer:
    work = NotificationWork(runtime)
    return Consumer(NOTIFICATIONS.spec, work.handle, _give_up)

"""Delivering a queued message: sent once, in order, or explained.

Right before the provider is called, the attempt is made durable (`attempted_at`). A message that
has an attempt and no outcome may have gone out: it is `unknown`, and settled by evidence
(settle.py) while its lane waits, at most for the grace.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, select, text, update

from recado.channels.port import Line, OutboundMessage, SendReceipt
from recado.conversations.contacts import recipient_of
from recado.conversations.messages import DROPPED, drop_queued_replies
from recado.conversations.model import Conversation, Message
from recado.errors import LeaseLost, SendError, SendFailed, SendThrottled, SendUnknown
from recado.events import StatusReceived
from recado.queue.port import Delivery
from recado.queue.queues import SEND, STATUSES
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.sending.rates import Rates
from recado.sending.settle import Verdict, judge_unknown
from recado.sending.statuses import apply_early_statuses
from recado.store import Tx, now

log = structlog.get_logger(__name__)

#: How often a lane looks for evidence while a message of it is unknown.
SETTLE_POLL_SECONDS = 1.0
#: How often a message looks whether its disabled line is enabled again.
DISABLED_LINE_SECONDS = 10.0
#: While the provider is away a message waits and its tries do not count. After a day nobody waits
#: for the reply any more, and Meta would not take it: its customer service window has closed.
OUTAGE_PATIENCE_SECONDS = 24 * 3600.0
#: How soon after the provider's return the last message goes, at most.
OUTAGE_RETRY_MAX_SECONDS = 60.0

_BEGIN = text(
    "UPDATE message SET attempted_at = :at WHERE id = :id AND status = 'queued'"
    " AND attempted_at IS NULL RETURNING conversation_id, contact_id, line_id, type, text, author"
)
# Built once: building a statement takes longer than running it.
_MESSAGE = select(
    Message.id,
    Message.line_id,
    Message.contact_id,
    Message.status,
    Message.attempted_at,
    Message.provider_message_id,
    Message.error,
).where(Message.id == bindparam("message"))
_OUTBOUND = (
    select(
        Message.conversation_id,
        Message.contact_id,
        Message.type,
        Message.text,
        Message.content,
        Message.reply_to,
        Message.author,
        Conversation.state,
    )
    .join(Conversation, Conversation.id == Message.conversation_id)
    .where(Message.id == bindparam("message"))
)
_CONVERSATION_OF = select(Message.conversation_id).where(Message.id == bindparam("message"))


class Deliver:
    def __init__(self, runtime: Runtime, rates: Rates) -> None:
        self._runtime = runtime
        self._rates = rates

    async def handle(self, delivery: Delivery) -> None:
        message_id = SEND.body(delivery).message_id
        message = await self._runtime.store.read(
            lambda tx: _get_message(tx, message_id), brief=True
        )
        if message is not None and message.status == "failed":
            message = await self._runtime.store.write(lambda tx: _revive(tx, message_id))
        if message is None or message.status not in {"queued", "unknown"}:
            return  # sent by an earlier try, taken back, or erased
        if message.attempted_at is not None:
            await self._settle(delivery, message)
            return
        line = await self._runtime.lines.get(message.line_id)
        if not line.enabled:
            raise Defer(DISABLED_LINE_SECONDS)  # it waits for somebody to enable the line
        wait_seconds = self._rates.take(line.id, message.contact_id)
        if wait_seconds > 0:
            raise Defer(wait_seconds)
        begun = await self._runtime.store.write(lambda tx: _begin_attempt(tx, message_id))
        if begun is None:
            return
        await self._attempt(delivery, line, *begun)

    async def _attempt(
        self, delivery: Delivery, line: Line, outbound: OutboundMessage, contact_id: str
    ) -> None:
        channel = self._runtime.channel(line.channel)
        started = time.perf_counter()
        outcome = "sent"
        try:
            receipt = await channel.send(line, outbound)
        except SendUnknown as error:
            outcome = "unknown"
            await self._doubt(outbound.id, error.detail)
        except SendThrottled as error:
            outcome = "throttled"
            self._rates.throttled(line.id, contact_id, error)
            await self._runtime.store.write(lambda tx: _end_attempt(tx, outbound.id))
            raise Defer(error.retry_after_seconds) from error
        except SendFailed as error:
            outcome = "retry"
            await self._retry_or_fail(delivery, outbound.id, error)
        except SendError as error:
            outcome = "failed"
            await self._fail(delivery, outbound.id, error)
        except asyncio.CancelledError:
            outcome = "unknown"
            raise
        else:
            await self._keep_receipt(delivery, outbound.id, line, receipt)
        finally:
            elapsed = time.perf_counter() - started
            self._runtime.metrics.sent(line.channel, outcome, elapsed)

    async def _keep_receipt(
        self, delivery: Delivery, message_id: str, line: Line, receipt: SendReceipt
    ) -> None:
        """The provider has taken it: record that with the end of the job, and also when the job
        has passed on (a machine that slept): nobody else will ever get this receipt."""

        def work(tx: Tx) -> None:
            self._record(tx, message_id, line, receipt)
            self._runtime.queue.ack_in(tx, delivery)

        try:
            await self._runtime.store.write(work)
        except LeaseLost:
            await self._runtime.store.write(lambda tx: self._record(tx, message_id, line, receipt))
            raise

    def _record(self, tx: Tx, message_id: str, line: Line, receipt: SendReceipt) -> None:
        provider_id = receipt.provider_message_id
        tx.lock(f"status/{line.id}/{provider_id}")
        tx.execute(_RECORD, {"id": message_id, "provider_id": provider_id, "at": now()})
        apply_early_statuses(tx, line.id, provider_id, message_id)
        self._announce(tx, message_id, "sent")

    async def _retry_or_fail(self, delivery: Delivery, message_id: str, error: SendFailed) -> None:
        """It surely did not go out: the attempt is over, and the worker backs off."""
        waited = now() - delivery.published_at
        if error.outage and waited < OUTAGE_PATIENCE_SECONDS:
            log.warning("provider away, message waits", message=message_id, error=str(error))
            await self._runtime.store.write(lambda tx: _end_attempt(tx, message_id))
            raise Defer(outage_backoff_seconds(waited)) from error
        if error.outage or delivery.receives >= SEND.spec.max_receives:
            await self._fail(delivery, message_id, error)
            return
        await self._runtime.store.write(lambda tx: _end_attempt(tx, message_id))
        raise error

    async def _fail(self, delivery: Delivery, message_id: str, error: SendError) -> None:
        """Final: the message says why; the conversation goes on with the next one."""

        def work(tx: Tx) -> None:
            fail_message(tx, message_id, code=error.code, title=error.title, detail=error.detail)
            self._announce(tx, message_id, "failed")
            self._runtime.queue.dead_letter_in(tx, delivery, f"{error.title}: {error.detail}")

        log.warning("message not sent", message=message_id, error=str(error))
        await self._runtime.store.write(work)

    async def _doubt(self, message_id: str, why: str) -> None:
        """It may have gone out: say so, and keep the lane until there is evidence."""
        await self._runtime.store.write(lambda tx: self._mark_unknown(tx, message_id, why))
        raise Defer(SETTLE_POLL_SECONDS)

    def _mark_unknown(self, tx: Tx, message_id: str, why: str) -> None:
        marked = tx.execute(
            update(Message)
            .where(Message.id == message_id, Message.status == "queued")
            .values(
                status="unknown",
                unknown_since=now(),
                error={"title": SendUnknown.title, "detail": why},
            )
        )
        if marked.rowcount == 0:
            return
        self._announce(tx, message_id, "unknown")

    async def _settle(self, delivery: Delivery, message: Row[Any]) -> None:
        """An attempt without an outcome: look for evidence, wait, or leave it to a person."""
        grace = self._runtime.settings.unknown_grace_seconds

        # What the provider has reported and we have not read yet is no silence of the provider.
        depth = (await self._runtime.queue.depth()).get(STATUSES.name)
        unread_seconds = depth.oldest_seconds if depth else 0.0

        def work(tx: Tx) -> Verdict:
            self._mark_unknown(tx, message.id, _DIED)
            return judge_unknown(tx, message.id, grace_seconds=grace + unread_seconds)

        verdict = await self._runtime.store.write(work)
        if verdict is Verdict.WAIT:
            raise Defer(min(SETTLE_POLL_SECONDS, grace / 4))
        if verdict is Verdict.SEND:
            raise Defer(0)
        if verdict is Verdict.ASK:
            log.warning("message left unknown", message=message.id)

    def _announce(self, tx: Tx, message_id: str, status: str) -> None:
        conversation_id = tx.scalar(_CONVERSATION_OF, {"message": message_id})
        event = StatusReceived(
            conversation_id=conversation_id or "", message_id=message_id, status=status
        )
        tx.after_commit(lambda: self._runtime.bus.publish(event))

    def on_dead(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        """No try got through: the message itself must say so too. One with an attempt may have
        gone out, and stays unknown: a replay then looks for evidence and does not send it."""
        message_id = SEND.body(delivery).message_id
        message = _get_message(tx, message_id)
        if message is not None and message.attempted_at is not None:
            self._mark_unknown(tx, message_id, cause)
            return
        fail_message(tx, message_id, code="dead_letter", title="It could not be sent", detail=cause)
        self._announce(tx, message_id, "failed")


def send_consumer(runtime: Runtime) -> Consumer:
    deliver = Deliver(runtime, Rates(runtime.settings))
    return Consumer(SEND.spec, deliver.handle, deliver.on_dead)


def outage_backoff_seconds(waited_seconds: float) -> float:
    """The longer it has waited, the longer until the next try; with jitter, 50–100 %."""
    ceiling = min(OUTAGE_RETRY_MAX_SECONDS, max(1.0, waited_seconds))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


_DIED = "The process ended between the provider's acceptance and our record of it."
_RECORD = text(
    "UPDATE message SET status = CASE WHEN status IN ('queued', 'unknown') THEN 'sent'"
    " ELSE status END, provider_message_id = :provider_id, accepted_at = :at, error = NULL"
    " WHERE id = :id"
)


def fail_message(
    tx: Tx, message_id: str, *, code: int | str | None, title: str, detail: str
) -> None:
    """An outbound message that has not gone out never will."""
    tx.execute(
        update(Message)
        .where(Message.id == message_id, Message.status.in_(("queued", "unknown")))
        .values(status="failed", error={"code": code, "title": title, "detail": detail})
    )


def _revive(tx: Tx, message_id: str) -> Row[Any] | None:
    """A failed message has a job again when somebody replayed its dead letter. One that the
    provider itself took and reported as failed, while its job waited for evidence, has not."""
    message = _get_message(tx, message_id)
    if message is None or message.provider_message_id is not None:
        return None
    if (message.error or {}).get("code") == DROPPED:
        return None
    tx.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "failed")
        .values(status="queued", attempted_at=None, error=None)
    )
    return _get_message(tx, message_id)


def _get_message(tx: Tx, message_id: str) -> Row[Any] | None:
    return tx.first(_MESSAGE, {"message": message_id})


def _begin_attempt(tx: Tx, message_id: str) -> tuple[OutboundMessage, str] | None:
    """Make the attempt durable and read what to send. None: it was taken back meanwhile."""
    row = tx.first(_OUTBOUND, {"message": message_id})
    if row is None:
        return None
    if row.author == "assistant" and row.state == "human":
        drop_queued_replies(tx, row.conversation_id)
        return None
    if tx.first(_BEGIN, {"id": message_id, "at": now()}) is None:
        return None
    outbound = OutboundMessage(
        id=message_id,
        to=recipient_of(tx, row.contact_id),
        type=row.type,
        text=row.text,
        content=row.content or {},
        reply_to=row.reply_to,
    )
    return outbound, row.contact_id


def _end_attempt(tx: Tx, message_id: str) -> None:
    """The attempt surely had no effect: the message may be tried again."""
    tx.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "queued")
        .values(attempted_at=None)
    )

"""Delivering a queued message: sent once, in order, or explained.

How it may go (freely, as a template, or not yet) is decided in the transaction that begins the
attempt (window.py); what is held gives its lane free.

Right before the provider is called, the attempt is made durable (`attempted_at`). A message that
has an attempt and no outcome may have gone out: it is `unknown`, and settled by evidence
(settle.py) while its lane waits, at most for the grace.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Row, select, update

from recado.channels.port import (
    Channel,
    Explanation,
    Line,
    OutboundMessage,
    ProviderError,
    SendReceipt,
)
from recado.conversations.held import hold
from recado.conversations.messages import drop_queued_replies, queue_message
from recado.conversations.model import Message
from recado.errors import LeaseLost, SendError, SendFailed, SendThrottled, SendUnknown
from recado.events import StatusReceived
from recado.media.outbound import attach_file
from recado.observability.carried import span_id_of
from recado.queue.port import Delivery
from recado.queue.queues import SEND, STATUSES
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.sending.attempts import (
    CONVERSATION_OF,
    OUTBOUND,
    begin_attempt,
    end_attempt,
    fail_message,
    get_message,
    kind_of,
    record_receipt,
    revive,
    route_record,
)
from recado.sending.rates import Rates
from recado.sending.resend import REFUSED_AT
from recado.sending.settle import Verdict, judge_unknown
from recado.sending.statuses import Effects, apply_early_statuses
from recado.sending.trouble import Troubles
from recado.sending.window import Route, choose_route
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

_DIED = "The process ended between the provider's acceptance and our record of it."


class Deliver:
    def __init__(self, runtime: Runtime, rates: Rates, *, clock: Callable[[], float] = now) -> None:
        """`clock` gives Unix seconds: what the 24 hours are counted by."""
        self._runtime = runtime
        self._rates = rates
        self._clock = clock
        self._troubles = Troubles()

    async def handle(self, delivery: Delivery) -> None:
        message_id = SEND.body(delivery).message_id
        message = await self._runtime.store.read(lambda tx: get_message(tx, message_id), brief=True)
        if message is not None and message.status == "failed":
            message = await self._runtime.store.write(lambda tx: revive(tx, message_id))
        if message is None or message.status not in {"queued", "unknown"}:
            return  # sent by an earlier try, taken back, or erased
        if message.attempted_at is not None:
            await self._settle(delivery, message)
            return
        line = await self._runtime.lines.get(message.line_id)
        delivery.note(message=message.id, line=line.id, channel=line.channel)
        if not line.enabled:
            raise Defer(DISABLED_LINE_SECONDS)  # it waits for somebody to enable the line
        channel = self._runtime.channel(line.channel)
        wait_seconds = self._troubles.wait_seconds(line)
        wait_seconds = wait_seconds or _rest_seconds(channel, line, delivery)
        wait_seconds = wait_seconds or self._rates.take(line, message.contact_id)
        if wait_seconds > 0:
            raise Defer(wait_seconds)
        begun = await self._runtime.store.write(
            lambda tx: self._begin(tx, delivery, line, channel, message_id), brief=True
        )
        if begun is not None:
            await self._attempt(delivery, line, channel, begun, message.contact_id)

    def _begin(
        self, tx: Tx, delivery: Delivery, line: Line, channel: Channel, message_id: str
    ) -> OutboundMessage | None:
        """Make the attempt durable and read what to send. None: it was taken back meanwhile, or
        is held, and its job is over."""
        row = tx.first(OUTBOUND, {"message": message_id})
        if row is None:
            return None
        if row.author == "assistant" and row.state == "human":
            drop_queued_replies(tx, row.conversation_id)
            return None
        route = None
        if "window" in channel.capabilities.features:
            route = choose_route(tx, line, row, self._clock())
            if route.way == "held":
                self._hold(tx, delivery, message_id, row, route)
                return None
        delivery.note(conversation=row.conversation_id)
        trace = delivery.trace_id if span_id_of(delivery.trace_id) else ""
        return begin_attempt(tx, message_id, row, route, trace=trace)

    def _hold(
        self, tx: Tx, delivery: Delivery, message_id: str, row: Row[Any], route: Route
    ) -> None:
        """It waits for the contact; its lane goes on."""
        hold(tx, message_id, row.conversation_id, route_record(row, route))
        if route.invitation is not None:
            words, content = route.invitation
            queue_message(
                tx,
                self._runtime.queue,
                row.conversation_id,
                author="system",
                type="template",
                text=words,
                content={**content, "invitation": True},
                trace_id=delivery.trace_id,
            )
        self._runtime.queue.ack_in(tx, delivery)
        self._announce(tx, message_id, "queued")

    async def _attempt(
        self,
        delivery: Delivery,
        line: Line,
        channel: Channel,
        outbound: OutboundMessage,
        contact_id: str,
    ) -> None:
        started, began_at = time.perf_counter(), self._clock()
        outcome = "sent"
        try:
            with self._runtime.tracing.span("provider", kind="client") as span:
                span.note(channel=line.channel, line=line.id, message=outbound.id)
                ready = await attach_file(self._runtime, line, outbound)
                receipt = await channel.send(line, ready)
        except SendUnknown as error:
            outcome = "unknown"
            await self._doubt(outbound.id, error.detail)
        except SendThrottled as error:
            outcome = "throttled"
            self._rates.throttled(line, contact_id, error)
            await self._end(outbound.id, line, error)
            raise Defer(error.retry_after_seconds) from error
        except SendFailed as error:
            outcome = "retry"
            await self._retry_or_fail(delivery, outbound.id, line, error)
        except SendError as error:
            outcome = await self._refused(delivery, line, outbound, error, began_at)
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
            await self._runtime.store.write(work, brief=True)
        except LeaseLost:
            await self._runtime.store.write(lambda tx: self._record(tx, message_id, line, receipt))
            raise

    def _record(self, tx: Tx, message_id: str, line: Line, receipt: SendReceipt) -> None:
        provider_id = receipt.provider_message_id
        tx.lock(f"status/{line.id}/{provider_id}")
        self._troubles.over_in(tx, line.id, "answer")
        if not record_receipt(tx, message_id, provider_id):
            return
        effects = Effects(self._runtime, self._troubles, line)
        apply_early_statuses(tx, line.id, provider_id, message_id, effects)
        self._announce(tx, message_id, "sent")

    async def _end(self, message_id: str, line: Line, error: SendError) -> None:
        """The attempt is over, and the message waits; a trouble of the line is made known."""
        advice = self._meaning(line, error).advice or error.detail

        def work(tx: Tx) -> None:
            end_attempt(tx, message_id)
            if error.needs_person:
                self._troubles.found_in(tx, line, code=error.code, advice=advice, heard_in="answer")

        await self._runtime.store.write(work)

    async def _refused(
        self,
        delivery: Delivery,
        line: Line,
        outbound: OutboundMessage,
        error: SendError,
        began_at: float,
    ) -> str:
        """The provider will not take it: as it is, now, or of this line at all."""
        if self._meaning(line, error).window_closed and outbound.type != "template":
            await self._runtime.store.write(lambda tx: _reroute(tx, outbound.id, began_at))
            raise Defer(0) from error
        waited = now() - delivery.published_at
        if error.needs_person and waited < OUTAGE_PATIENCE_SECONDS:
            log.error("line needs a person, message waits", line=line.id, error=str(error))
            await self._end(outbound.id, line, error)
            raise Defer(self._troubles.wait_seconds(line)) from error
        await self._fail(delivery, outbound.id, line, error)
        return "failed"

    def _meaning(self, line: Line, error: SendError) -> Explanation:
        """What the error means, for people."""
        if error.code is None:
            return Explanation(kind_of(error))
        told = ProviderError(error.code, error.title, error.detail)
        return self._runtime.channel(line.channel).explain(told)

    async def _retry_or_fail(
        self, delivery: Delivery, message_id: str, line: Line, error: SendFailed
    ) -> None:
        """It surely did not go out: the attempt is over, and the worker backs off."""
        waited = now() - delivery.published_at
        if error.outage and waited < OUTAGE_PATIENCE_SECONDS:
            log.warning("provider away, message waits", message=message_id, error=str(error))
            await self._runtime.store.write(lambda tx: end_attempt(tx, message_id))
            raise Defer(outage_backoff_seconds(waited)) from error
        if error.outage or delivery.receives >= SEND.spec.max_receives:
            await self._fail(delivery, message_id, line, error)
            return
        await self._runtime.store.write(lambda tx: end_attempt(tx, message_id))
        raise error

    async def _fail(
        self, delivery: Delivery, message_id: str, line: Line, error: SendError
    ) -> None:
        """Final: the message says why; the conversation goes on with the next one."""
        classed = {"class": kind_of(error), "advice": self._meaning(line, error).advice}

        def work(tx: Tx) -> None:
            fail_message(
                tx,
                message_id,
                code=error.code,
                title=error.title,
                detail=error.detail,
                **classed,
            )
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
        conversation_id = tx.scalar(CONVERSATION_OF, {"message": message_id})
        event = StatusReceived(
            conversation_id=conversation_id or "", message_id=message_id, status=status
        )
        tx.after_commit(lambda: self._runtime.bus.publish(event))

    def on_dead(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        """No try got through: the message itself must say so too. One with an attempt may have
        gone out, and stays unknown: a replay then looks for evidence and does not send it."""
        message_id = SEND.body(delivery).message_id
        message = get_message(tx, message_id)
        if message is not None and message.attempted_at is not None:
            self._mark_unknown(tx, message_id, cause)
            return
        fail_message(tx, message_id, code="dead_letter", title="It could not be sent", detail=cause)
        self._announce(tx, message_id, "failed")


def send_consumer(runtime: Runtime) -> Consumer:
    deliver = Deliver(runtime, Rates(runtime.settings))
    return Consumer(SEND.spec, deliver.handle, deliver.on_dead)


def _rest_seconds(channel: Channel, line: Line, delivery: Delivery) -> float:
    """How long the message waits since its provider is away. One that has lost its patience goes
    on, and is told so."""
    rest_seconds = channel.rest_seconds(line)
    if rest_seconds == 0 or now() - delivery.published_at >= OUTAGE_PATIENCE_SECONDS:
        return 0.0
    # Not all at the same moment: the first of them looks whether the provider is back.
    return rest_seconds + random.uniform(0.0, 1.0)  # noqa: S311 - jitter, not a secret


def _reroute(tx: Tx, message_id: str, began_at: float) -> None:
    """The provider says that the window is closed: the next try goes another way. It was closed
    when the attempt began; who has written since has opened it."""
    route = tx.scalar(select(Message.route).where(Message.id == message_id)) or {}
    end_attempt(tx, message_id)
    tx.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(route={**route, REFUSED_AT: began_at})
    )


def outage_backoff_seconds(waited_seconds: float) -> float:
    """The longer it has waited, the longer until the next try; with jitter, 50–100 %."""
    ceiling = min(OUTAGE_RETRY_MAX_SECONDS, max(1.0, waited_seconds))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret

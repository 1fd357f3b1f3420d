"""An attempt to send, and what becomes of the message by the provider's answer.

receipt          → sent, in the transaction that ends the job
SendThrottled    → the line or the pair rests, the message waits
SendFailed       → surely not sent: again after a back-off, uncounted while the provider is away
SendRejected     → failed with its reason; as a template or later where the window is closed;
                   waiting where the line needs a person
SendUnknown      → unknown: settled by evidence (settle.py)
"""

from __future__ import annotations

import asyncio
import random
import time

import structlog
from sqlalchemy import select, update

from recado.channels.messages import ProviderError, SendReceipt
from recado.channels.port import Explanation, Line
from recado.conversations.model import Message
from recado.errors import LeaseLost, SendError, SendFailed, SendThrottled, SendUnknown
from recado.events import StatusReceived
from recado.jobs import SEND
from recado.media.outbound import attach_file
from recado.queue.port import Delivery
from recado.queue.worker import Defer
from recado.runtime import Runtime
from recado.sending.attempts import (
    Attempt,
    announce,
    end_attempt,
    fail_message,
    kind_of,
    mark_unknown,
    record_receipt,
)
from recado.sending.names import Names
from recado.sending.plain import record_plain
from recado.sending.rates import Rates, Troubles
from recado.sending.resend import REFUSED_AT
from recado.sending.statuses import Effects, apply_early_statuses
from recado.store import Tx, now

log = structlog.get_logger(__name__)

#: How often a lane looks for evidence while a message of it is unknown.
SETTLE_POLL_SECONDS = 1.0
#: While the provider is away a message waits and its tries do not count. After a day nobody waits
#: for the reply any more, and Meta would not take it: its customer service window has closed.
OUTAGE_PATIENCE_SECONDS = 24 * 3600.0
#: How soon after the provider's return the last message goes, at most.
OUTAGE_RETRY_MAX_SECONDS = 60.0


class InDoubt(Defer):
    """Nobody can tell whether the message went out: its job looks for evidence from now on."""


class Outcomes:
    def __init__(self, runtime: Runtime, rates: Rates, troubles: Troubles) -> None:
        self._runtime = runtime
        self._rates = rates
        self._troubles = troubles
        self._names = Names(runtime)

    async def send(self, delivery: Delivery, line: Line, attempt: Attempt) -> None:
        """Call the provider and record its answer. Raises Defer, and SendFailed for another try."""
        started = time.perf_counter()
        outcome = "sent"
        try:
            with self._runtime.tracing.span("provider", kind="client") as span:
                span.note(channel=line.channel, line=line.id, message=attempt.outbound.id)
                ready = attempt.outbound
                if ready.content:  # it may name a stored file
                    ready = await attach_file(self._runtime, line, ready)
                receipt = await self._runtime.channels[line.channel].send(line, ready)
        except SendUnknown as error:
            outcome = "unknown"
            if error.retry_after_seconds:
                await self._rates.throttled(line, attempt.contact_id, error)
            await self._doubt(attempt, line, error)
        except SendThrottled as error:
            outcome = "throttled"
            await self._rates.throttled(line, attempt.contact_id, error)
            await self._end(attempt, line, error)
            raise Defer(error.retry_after_seconds) from error
        except SendFailed as error:
            outcome = "retry"
            await self._retry_or_fail(delivery, attempt, line, error)
        except SendError as error:
            outcome = await self._refused(delivery, line, attempt, error)
        except asyncio.CancelledError:
            outcome = "unknown"
            raise
        except Exception as error:  # a fault of the adapter's own: nobody can tell how far it came
            outcome = "unknown"
            log.exception("adapter broke", message=attempt.outbound.id, channel=line.channel)
            broken = SendUnknown(f"The {line.channel} adapter broke: {error!r}")
            await self._doubt(attempt, line, broken)
        else:
            await self._keep_receipt(delivery, attempt, line, receipt)
        finally:
            elapsed = time.perf_counter() - started
            self._runtime.metrics.sent(line.channel, outcome, elapsed)

    async def _keep_receipt(
        self, delivery: Delivery, attempt: Attempt, line: Line, receipt: SendReceipt
    ) -> None:
        """The provider has taken it: record that with the end of the job, and also when the job
        has passed on (a machine that slept): nobody else will ever get this receipt."""
        if await self._keep_plainly(attempt, line, receipt):
            return  # and with the handler the job ends

        def work(tx: Tx) -> bool:
            recorded = self._record(tx, attempt, line, receipt)
            if recorded:
                self._runtime.queue.ack_in(tx, delivery)
            return recorded

        try:
            recorded = await self._runtime.store.write(work, brief=True)
        except LeaseLost:
            await self._runtime.store.write(lambda tx: self._record(tx, attempt, line, receipt))
            raise
        if not recorded:
            doubt = SendUnknown(
                f"The provider answered with the id of another message ({_id_of(receipt)}), so this"
                " one may not be sent"
            )
            await self._doubt(attempt, line, doubt)

    async def _keep_plainly(self, attempt: Attempt, line: Line, receipt: SendReceipt) -> bool:
        """Where the job is not a row of ours, whose end would share the transaction."""
        runtime, message_id = self._runtime, attempt.outbound.id
        if runtime.store.dialect != "postgresql" or runtime.queue.transactional:
            return False
        if not self._troubles.is_clear(line.id) or runtime.bus.keeps(StatusReceived):
            return False
        provider_id = receipt.provider_message_id
        if not await record_plain(runtime.store, line.id, message_id, provider_id):
            return False
        if self._names.are_new(attempt.contact_id, receipt.person):
            await runtime.store.write(lambda tx: self._learn(tx, attempt, line, receipt))
        runtime.bus.publish(
            StatusReceived(
                conversation_id=attempt.conversation_id, message_id=message_id, status="sent"
            )
        )
        return True

    def _record(self, tx: Tx, attempt: Attempt, line: Line, receipt: SendReceipt) -> bool:
        """Note that it was sent. Returns False, and writes nothing, if the provider's id is that of
        another message: it proves nothing of this one."""
        message_id, provider_id = attempt.outbound.id, receipt.provider_message_id
        tx.lock(f"status/{line.id}/{provider_id}")
        self._troubles.over_in(tx, line.id, "answer")
        recorded = record_receipt(tx, line.id, message_id, provider_id)
        if receipt.person and recorded != "taken":
            self._learn(tx, attempt, line, receipt)
        if recorded in ("failed", "taken"):
            return recorded == "failed"
        if recorded == "overtaken":
            effects = Effects(self._runtime, self._troubles, line, self._names)
            apply_early_statuses(tx, line.id, provider_id, message_id, effects)
        announce(tx, message_id, "sent", attempt.conversation_id)
        return True

    def _learn(self, tx: Tx, attempt: Attempt, line: Line, receipt: SendReceipt) -> None:
        self._names.learn(tx, line, attempt.contact_id, receipt.person, attempt.attempted_at)

    async def _end(self, attempt: Attempt, line: Line, error: SendError) -> None:
        """The attempt is over, and the message waits; a trouble of the line is made known."""
        advice = self._meaning(line, error).advice or error.detail

        def work(tx: Tx) -> None:
            end_attempt(tx, attempt)
            if error.needs_person:
                self._troubles.found_in(tx, line, code=error.code, advice=advice, heard_in="answer")

        await self._runtime.store.write(work)

    async def _refused(
        self, delivery: Delivery, line: Line, attempt: Attempt, error: SendError
    ) -> str:
        """The provider will not take it: as it is, now, or of this line at all."""
        if self._meaning(line, error).window_closed and attempt.outbound.type != "template":
            await self._runtime.store.write(lambda tx: _reroute(tx, attempt))
            raise Defer(0) from error
        waited = now() - delivery.published_at
        if error.needs_person and waited < OUTAGE_PATIENCE_SECONDS:
            log.error("line needs a person, message waits", line=line.id, error=str(error))
            await self._end(attempt, line, error)
            raise Defer(self._troubles.wait_seconds(line)) from error
        await self._fail(delivery, attempt, line, error)
        return "failed"

    def _meaning(self, line: Line, error: SendError) -> Explanation:
        """What the error means, for people."""
        if error.code is None:
            return Explanation(kind_of(error))
        told = ProviderError(error.code, error.title, error.detail)
        return self._runtime.channels[line.channel].explain(told)

    async def _retry_or_fail(
        self, delivery: Delivery, attempt: Attempt, line: Line, error: SendFailed
    ) -> None:
        """It surely did not go out: the attempt is over, and the worker backs off."""
        waited = now() - delivery.published_at
        if error.outage and waited < OUTAGE_PATIENCE_SECONDS:
            log.warning(
                "provider away, message waits", message=attempt.outbound.id, error=str(error)
            )
            await self._runtime.store.write(lambda tx: end_attempt(tx, attempt))
            raise Defer(outage_backoff_seconds(waited)) from error
        if error.outage or delivery.receives >= SEND.spec.max_receives:
            await self._fail(delivery, attempt, line, error)
            return
        await self._runtime.store.write(lambda tx: end_attempt(tx, attempt))
        raise error

    async def _fail(
        self, delivery: Delivery, attempt: Attempt, line: Line, error: SendError
    ) -> None:
        """Final: the message says why; the conversation goes on with the next one."""
        message_id = attempt.outbound.id
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
            announce(tx, message_id, "failed", attempt.conversation_id)
            self._runtime.queue.dead_letter_in(tx, delivery, f"{error.title}: {error.detail}")

        log.warning("message not sent", message=message_id, error=str(error))
        await self._runtime.store.write(work)

    async def _doubt(self, attempt: Attempt, line: Line, error: SendUnknown) -> None:
        """It may have gone out: say so, and keep the lane until there is evidence. What seems
        wrong with the line as a whole is made known, and the next message may look whether it is.
        """
        message_id = attempt.outbound.id

        def work(tx: Tx) -> None:
            mark_unknown(tx, message_id, error.detail)
            if error.needs_person:
                advice = error.detail
                self._troubles.found_in(tx, line, code=error.code, advice=advice, heard_in="answer")

        await self._runtime.store.write(work)
        self._troubles.not_tried(line.id)
        raise InDoubt(SETTLE_POLL_SECONDS)


def _reroute(tx: Tx, attempt: Attempt) -> None:
    """The provider says that the window is closed: the next try goes another way. It was closed
    when the attempt began; who has written since has opened it."""
    message_id = attempt.outbound.id
    route = tx.scalar(select(Message.route).where(Message.id == message_id)) or {}
    end_attempt(tx, attempt)
    tx.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(route={**route, REFUSED_AT: attempt.began_at})
    )


def _id_of(receipt: SendReceipt) -> str:
    return receipt.provider_message_id[:100]


def outage_backoff_seconds(waited_seconds: float) -> float:
    """The longer it has waited, the longer until the next try; with jitter, 50–100 %."""
    ceiling = min(OUTAGE_RETRY_MAX_SECONDS, max(1.0, waited_seconds))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret

"""Delivering a queued message: sent once, in order, or explained.

How it may go (freely, as a template, or not yet) is decided in the transaction that begins the
attempt (window.py); what is held gives its lane free.

Right before the provider is called, the attempt is made durable (`attempted_at`). A message that
has an attempt and no outcome may have gone out: it is `unknown`, and settled by evidence
(settle.py). Its lane waits, at most for the grace, and only until somebody waits for what is
behind it: then it steps aside into a lane of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Literal

import structlog
from sqlalchemy import Row

from recado.channels.port import Channel, Line
from recado.conversations.guards import talks_over
from recado.conversations.held import hold
from recado.conversations.messages import drop_queued_replies, queue_message
from recado.jobs import SEND, STATUSES, SendJob
from recado.observability.tracing import span_id_of
from recado.queue.port import Delivery
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.sending.attempts import (
    Attempt,
    announce,
    begin_attempt,
    fail_message,
    get_message,
    mark_unknown,
    read_outbound,
    revive,
    route_record,
)
from recado.sending.outcomes import (
    OUTAGE_PATIENCE_SECONDS,
    SETTLE_POLL_SECONDS,
    InDoubt,
    Outcomes,
)
from recado.sending.plain import begin_plain
from recado.sending.rates import Rates, Troubles
from recado.sending.resend import own_lane
from recado.sending.settle import Settlement, judge_unknown
from recado.sending.window import Route, choose_route
from recado.store import Tx, now

log = structlog.get_logger(__name__)

#: How often a message looks whether its disabled line is enabled again.
DISABLED_LINE_SECONDS = 10.0
#: How often a message of unknown fate looks that keeps nobody waiting.
ASIDE_POLL_SECONDS = 5.0
#: Messages of unknown fate that are known here as such; when there are more, they are looked at.
MOST_UNDECIDED = 10_000

_DIED = "The process ended between the provider's acceptance and our record of it."


class Deliver:
    def __init__(self, runtime: Runtime, rates: Rates, *, clock: Callable[[], float] = now) -> None:
        """`clock` gives Unix seconds: what the 24 hours are counted by."""
        self._runtime = runtime
        self._rates = rates
        self._clock = clock
        self._troubles = Troubles()
        self._outcomes = Outcomes(runtime, rates, self._troubles)
        self._undecided: set[str] = set()

    async def handle(self, delivery: Delivery) -> None:
        job = await self._addressed(delivery)
        if job is None:
            return
        line = await self._runtime.lines.get(job.line_id)
        delivery.note(message=job.message_id, line=line.id, channel=line.channel)
        if not line.enabled:
            raise Defer(DISABLED_LINE_SECONDS)  # it waits for somebody to enable the line
        channel = self._runtime.channels[line.channel]
        wait_seconds = self._troubles.wait_seconds(line)
        if wait_seconds > 0:
            raise Defer(wait_seconds)
        begun: Attempt | Literal["undecided"] | None = None
        try:
            wait_seconds = _rest_seconds(channel, line, delivery)
            wait_seconds = wait_seconds or await self._rates.take(line, job.contact_id)
            if wait_seconds > 0:
                raise Defer(wait_seconds)
            begun = await self._begin_plainly(delivery, channel, job.message_id)
            begun = begun or await self._runtime.store.write(
                lambda tx: self._begin(tx, delivery, line, channel, job.message_id), brief=True
            )
        finally:
            if not isinstance(begun, Attempt):
                self._troubles.not_tried(line.id)
        if isinstance(begun, Attempt):
            await self._send(delivery, line, begun)
        elif begun == "undecided":
            await self._settle(delivery, job.message_id)

    async def _send(self, delivery: Delivery, line: Line, attempt: Attempt) -> None:
        try:
            await self._outcomes.send(delivery, line, attempt)
        except InDoubt:
            self._remember(attempt.outbound.id)
            raise

    async def _addressed(self, delivery: Delivery) -> SendJob | None:
        """Which message on which line, to whom. A job says so itself; one that comes again looks
        first whether there is still something to send: one whose fate is unknown takes no try and
        no place from those that are to go. Returns None if the job is over: the message was
        sent or erased, or its fate is being settled."""
        job = SEND.body(delivery)
        if job.line_id and delivery.receives == 1 and job.message_id not in self._undecided:
            return job
        id = job.message_id
        message = await self._runtime.store.read(lambda tx: get_message(tx, id), brief=True)
        if message is None or message.status not in {"queued", "unknown", "failed"}:
            return None  # sent by an earlier try, or erased
        if message.attempted_at is not None and message.status != "failed":
            await self._settle(delivery, id)
            return None
        return SendJob(id, message.line_id, message.contact_id)

    async def _begin_plainly(
        self, delivery: Delivery, channel: Channel, message_id: str
    ) -> Attempt | None:
        """Begin the attempt of a message in one statement (plain.py). Returns None if something has
        to be decided about it, which the long form does."""
        if delivery.receives > 1 or self._runtime.store.dialect != "postgresql":
            return None
        attempt = await begin_plain(
            self._runtime.store,
            message_id,
            windowed="window" in channel.capabilities.features,
            began_at=self._clock(),
            trace=_trace_of(delivery),
        )
        if attempt is not None:
            delivery.note(conversation=attempt.conversation_id)
        return attempt

    def _begin(
        self, tx: Tx, delivery: Delivery, line: Line, channel: Channel, message_id: str
    ) -> Attempt | Literal["undecided"] | None:
        """Make the attempt durable and read what to send.

        Returns `undecided` if an earlier attempt has no outcome, and None if it was sent, taken
        back or erased meanwhile, or is held: its job is over.
        """
        found = read_outbound(tx, message_id)
        if found is None or found[0].status not in {"queued", "unknown", "failed"}:
            return None
        row, to = found
        if row.status == "failed":
            if not revive(tx, message_id, row):
                return None
        elif row.attempted_at is not None:
            return "undecided"
        if talks_over(row.author, row.state):
            drop_queued_replies(tx, row.conversation_id)
            return None
        route, moment = None, self._clock()
        if "window" in channel.capabilities.features:
            route = choose_route(tx, line, row, moment)
            if route.way == "held":
                self._hold(tx, delivery, message_id, row, route)
                return None
        delivery.note(conversation=row.conversation_id)
        trace = _trace_of(delivery)
        return begin_attempt(tx, message_id, row, to, route, began_at=moment, trace=trace)

    def _hold(
        self, tx: Tx, delivery: Delivery, message_id: str, row: Row[Any], route: Route
    ) -> None:
        """It waits for the contact; its lane goes on."""
        hold(tx, message_id, row.conversation_id, route_record(row, route))
        if route.invitation is not None:
            words, content = route.invitation
            queue_message(
                tx,
                row.conversation_id,
                author="system",
                type="template",
                text=words,
                content={**content, "invitation": True},
                trace_id=delivery.trace_id,
            )
        self._runtime.queue.ack_in(tx, delivery)
        announce(tx, message_id, "queued", row.conversation_id)

    def _remember(self, message_id: str) -> None:
        if len(self._undecided) >= MOST_UNDECIDED:
            self._undecided.clear()
        self._undecided.add(message_id)

    async def _settle(self, delivery: Delivery, message_id: str) -> None:
        """An attempt without an outcome: look for evidence, wait here or aside, or leave it to a
        person."""
        queue = self._runtime.queue
        grace = self._runtime.settings.unknown_grace_seconds
        lane = own_lane(message_id)
        aside = delivery.lane == lane

        # What the provider has reported and we have not read yet is no silence of the provider.
        depth = (await queue.depth()).get(STATUSES.name)
        unread_seconds = depth.oldest_seconds if depth else 0.0

        def work(tx: Tx) -> Settlement:
            mark_unknown(tx, message_id, _DIED)
            patience = grace + unread_seconds
            verdict = judge_unknown(tx, message_id, grace_seconds=patience, aside=aside)
            if verdict is Settlement.PASS:
                job = SEND.job(lane, SendJob(message_id), trace_id=delivery.trace_id)
                tx.publish(job)
                queue.ack_in(tx, delivery)
            return verdict

        verdict = await self._runtime.store.write(work)
        if verdict is Settlement.WAIT:
            self._remember(message_id)
            raise Defer(min(ASIDE_POLL_SECONDS if aside else SETTLE_POLL_SECONDS, grace / 4))
        self._undecided.discard(message_id)
        if verdict is Settlement.SEND:
            raise Defer(0)
        if verdict is Settlement.ASK:
            log.warning("message left unknown", message=message_id)

    def on_dead(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        """No try got through: the message itself must say so too. One with an attempt may have
        gone out, and stays unknown: a replay then looks for evidence and does not send it."""
        message_id = SEND.body(delivery).message_id
        message = get_message(tx, message_id)
        if message is not None and message.attempted_at is not None:
            mark_unknown(tx, message_id, cause)
            return
        fail_message(tx, message_id, code="dead_letter", title="It could not be sent", detail=cause)
        announce(tx, message_id, "failed")


def send_consumer(runtime: Runtime) -> Consumer:
    deliver = Deliver(runtime, Rates(runtime.settings, runtime.channels, runtime.cache))
    return Consumer(SEND.spec, deliver.handle, deliver.on_dead)


def _trace_of(delivery: Delivery) -> str:
    """The span that the statuses of the message will belong to, while tracing is on."""
    return delivery.trace_id if span_id_of(delivery.trace_id) else ""


def _rest_seconds(channel: Channel, line: Line, delivery: Delivery) -> float:
    """How long the message waits since its provider is away. One that has lost its patience goes
    on, and is told so."""
    rest_seconds = channel.rest_seconds(line)
    if rest_seconds == 0 or now() - delivery.published_at >= OUTAGE_PATIENCE_SECONDS:
        return 0.0
    # Not all at the same moment: the first of them looks whether the provider is back.
    return rest_seconds + random.uniform(0.0, 1.0)  # noqa: S311 - jitter, not a secret

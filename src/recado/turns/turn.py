"""The turn, the centre of the system: one answer to all that the contact has said.

    wait for quiet → read the burst and its context → ask who answers (outside any transaction)
    → write the outcome in one transaction: replies and their send jobs, or the hand-over

Whether the assistant still owns the conversation is checked again in that transaction: when a
person took over meanwhile, the answer is dropped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import Row

from recado.assistant.models.calls import count_in
from recado.conversations.contacts import recipient_of
from recado.conversations.guards import may_speak
from recado.errors import ModelBusy, ModelRefused, RecadoError, ServiceUnavailable
from recado.events import TurnEnded, TurnStarted
from recado.jobs import TURN
from recado.language import analysis as intelligence
from recado.queue.port import Delivery
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.turns.answerer import Answerer, Turn
from recado.turns.assistant import Assistant
from recado.turns.burst import Burst, read_turn
from recado.turns.files import (
    FILE_TYPES,
    LATELY,
    StillReading,
    TurnFile,
    files_before,
    first_unread,
    may_still_come,
    seconds_to_wait,
    wait_longer,
    wake_in,
)
from recado.turns.outcome import (
    conclude,
    conclude_alone,
    hand_over_unanswered,
    keep_calls_alone,
)
from recado.turns.sessions import Session

log = structlog.get_logger(__name__)

#: How soon a model that has too many questions before it is asked again.
BUSY_SECONDS = 1.0
#: Who answers a conversation, by name.
ASSISTANT = "assistant"


class Turns:
    def __init__(self, runtime: Runtime, answerers: Mapping[str, Answerer] | None = None) -> None:
        """`answerers` by name; None: those that there are."""
        self._runtime = runtime
        self._answerers = answerers or {ASSISTANT: Assistant(runtime)}
        self._typing: set[asyncio.Task[None]] = set()

    async def handle(self, delivery: Delivery) -> None:
        conversation_id = TURN.body(delivery).conversation_id
        began = time.perf_counter()
        kept = await self._runtime.context.recall(conversation_id)
        found = await self._runtime.store.read(
            lambda tx: self._read(tx, conversation_id, kept), brief=True
        )
        if found is None:
            return  # answered by an earlier turn, or not the assistant's to answer
        conversation, burst, session, earlier = found
        delivery.note(conversation=conversation_id, line=conversation.line_id)
        if session is None:
            raise Defer(self._seconds_to_quiet(burst))
        if burst.files and await self._waits_for_files(delivery, conversation, burst):
            return
        turn = Turn(conversation, burst, session, delivery.trace_id, began, earlier_files=earlier)
        self._announce_start(conversation, burst)
        try:
            decision = await self._answerers[ASSISTANT].answer(turn)
            if not await conclude_alone(self._runtime, turn, decision):
                await self._runtime.store.write(
                    lambda tx: conclude(tx, self._runtime, delivery, turn, decision), brief=True
                )
        except RecadoError as error:
            await self._keep_calls(turn)
            self._runtime.bus.publish(TurnEnded(conversation_id=conversation_id, outcome="failed"))
            if isinstance(error, ModelBusy):
                raise Defer(BUSY_SECONDS) from error
            raise
        finally:
            if turn.calls.made:
                count_in(self._runtime.metrics, turn.calls.made)

    async def _keep_calls(self, turn: Turn) -> None:
        """What a turn that fails has cost. That it cannot be kept is no other failure."""
        if turn.calls.made and not turn.calls.kept:
            try:
                await self._runtime.store.write(lambda tx: keep_calls_alone(tx, turn))
            except RecadoError as error:
                log.warning("calls of models were not kept", error=error.detail)

    def _read(
        self, tx: Tx, conversation_id: str, kept: Session | None
    ) -> tuple[Row[Any], Burst, Session | None, tuple[TurnFile, ...]] | None:
        """What is to be answered, what was said before it (None: it is not quiet yet), and what
        files were sent then."""
        after = {} if kept is None else {"after": kept.through}
        conversation, burst = read_turn(tx, conversation_id, **after)
        if conversation is None or not may_speak(conversation.state) or not burst:
            return None
        if self._seconds_to_quiet(burst) > 0:
            return conversation, burst, None, ()
        session = self._runtime.context.read(
            tx,
            conversation_id,
            kept,
            before_position=burst.first_position,
            version=conversation.message_count,
            since=burst.before,
        )
        earlier: tuple[TurnFile, ...] = ()
        lately = session.said[-LATELY:]
        if any(said.type in FILE_TYPES for _, said in lately):
            earlier = files_before(tx, conversation_id, lately, burst.first_position)
        return conversation, burst, session, earlier

    async def _waits_for_files(
        self, delivery: Delivery, conversation: Row[Any], burst: Burst
    ) -> bool:
        """Whether the turn ends here, to begin anew when its files are read."""
        plan, most = self._runtime.reading, self._runtime.settings.file_wait_seconds
        file = first_unread(burst.files, plan)
        if file is None:
            return False
        seconds = seconds_to_wait(burst.files, plan, most)
        if seconds <= 0 and (burst.text or not may_still_come(file, most)):
            return False
        language = conversation.language or self._runtime.settings.default_language
        still = None if burst.was_told_to_wait else StillReading(language, delivery.trace_id)

        def work(tx: Tx) -> None:
            if seconds > 0:
                wake_in(tx, conversation.id, file, seconds, "soon")
            else:
                wait_longer(tx, conversation, file, most, still)

        await self._runtime.store.write(work)
        if seconds > 0:
            self._begin_typing(conversation, burst)
        return True

    def _seconds_to_quiet(self, burst: Burst) -> float:
        """People write in bursts: come back when they pause, but keep nobody waiting long."""
        settings = self._runtime.settings
        if settings.quiet_seconds <= 0:
            return 0.0
        quiet_at = burst.last_at + settings.quiet_seconds
        latest_at = burst.first_at + settings.quiet_max_seconds
        left = min(quiet_at, latest_at) - now()
        # A thousandth of a second is no pause: clocks and timers are not that exact. And where
        # there is more left than can be, a clock was set, or another machine's is ahead.
        return left if 0.001 < left <= settings.quiet_max_seconds + 1 else 0.0

    def _announce_start(self, conversation: Row[Any], burst: Burst) -> None:
        self._runtime.bus.publish(TurnStarted(conversation_id=conversation.id))
        self._begin_typing(conversation, burst)

    def _begin_typing(self, conversation: Row[Any], burst: Burst) -> None:
        if self._runtime.settings.quiet_seconds > 0 and burst.last_provider_id:
            task = asyncio.create_task(self._show_typing(conversation, burst.last_provider_id))
            self._typing.add(task)
            task.add_done_callback(self._typing.discard)

    async def _show_typing(self, conversation: Row[Any], provider_message_id: str) -> None:
        with suppress(ServiceUnavailable):  # nobody will miss it
            line = await self._runtime.lines.get(conversation.line_id)
            to = await self._runtime.store.read(
                lambda tx: recipient_of(tx, conversation.contact_id), brief=True
            )
            await self._runtime.channels[line.channel].show_typing(line, to, provider_message_id)

    def on_dead(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        hand_over_unanswered(tx, self._runtime, delivery)


async def warm_up(runtime: Runtime) -> None:
    """Load what the first turn needs, so that it is no slower than the next."""
    await asyncio.to_thread(intelligence.warm_up)
    await runtime.knowledge.warm_up()
    with suppress(ModelRefused):  # `recado doctor` tells, and each turn is handed over
        await asyncio.to_thread(runtime.models.get, runtime.settings.model)


def turn_consumer(runtime: Runtime) -> Consumer:
    turns = Turns(runtime)
    return Consumer(TURN.spec, turns.handle, turns.on_dead)

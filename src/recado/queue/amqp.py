"""Jobs on an aiormq channel, many at a time.

aiormq makes a task, a lock, two timers and a write of its own for each message that it publishes,
and passes each that it brings through two queues and another task. Here a batch is one write, and
what comes goes straight to who takes it. Connections, channels and all else stay the library's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, NamedTuple, cast

import pamqp.frame
import structlog
from aiormq.abc import ChannelFrame, DeliveredMessage
from aiormq.channel import Channel
from aiormq.exceptions import ChannelInvalidStateError
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

log = structlog.get_logger(__name__)

DURABLE = 2


class Message(NamedTuple):
    """`id` tells the broker's answer which message it is about."""

    queue: str
    id: str
    body: bytes


class Token(NamedTuple):
    """What a channel knows a job by that it has brought."""

    channel: Channel
    tag: int


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """As asyncio.timeout. Where aiormq breaks a call off, as it does with whatever waits on a
    channel that ends, this fails with ChannelInvalidStateError instead of CancelledError: nobody
    has cancelled the caller, who must go on."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ChannelInvalidStateError("the client has broken the call off") from error


def is_open(channel: Channel) -> bool:
    """Whether the broker has the channel, as far as we know: it may not have heard of our end."""
    connection = channel.connection
    return connection.is_opened and connection.channels.get(channel.number) is channel


async def publish(channel: Channel, messages: Sequence[Message]) -> list[BaseException | None]:
    """Returns when the broker has answered for each: None, or why it does not have it. Who gives up
    waiting does not know.

    Raises what the client raises when the channel cannot be used.
    """
    confirmations = await _send(channel, messages)
    closing = channel.closing
    everything = asyncio.gather(*confirmations, return_exceptions=True)
    try:
        await asyncio.wait({everything, closing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        closing.cancel()
        for message in messages:
            channel.message_id_delivery_tag.pop(message.id, None)
    lost = ChannelInvalidStateError(f"{channel!r} was closed")
    return [it.exception() if it.done() else lost for it in confirmations]


async def _send(channel: Channel, messages: Sequence[Message]) -> list[asyncio.Future[Any]]:
    """All in one write, in order, and behind what was sent before."""
    async with channel.lock:
        first = channel.delivery_tag + 1
        for tag, message in enumerate(messages, first):
            channel.confirmations[tag] = channel.loop.create_future()
            channel.message_id_delivery_tag[message.id] = tag
        tags = range(first, first + len(messages))
        confirmations = [channel.confirmations[tag] for tag in tags]
        try:
            await _write(channel, b"".join(_published(channel, it) for it in messages))
        except BaseException:  # nothing has gone: the broker counts on from where it is
            for tag in tags:
                del channel.confirmations[tag]
            raise
        channel.delivery_tag += len(messages)
        return confirmations


async def acknowledge(tokens: Sequence[Token]) -> None:
    """Tell each channel that is still open which of its jobs are done."""
    by_connection: dict[Any, list[bytes]] = {}
    for channel, tag in tokens:
        # Its number may be another channel's by now, where the tag is another job's.
        if is_open(channel) and not channel.is_closed:
            frame = pamqp.frame.marshal(Basic.Ack(delivery_tag=tag), channel.number)
            by_connection.setdefault(channel.connection, []).append(frame)
    for connection, frames in by_connection.items():
        await connection.write_queue.put(_frame(b"".join(frames)))


async def consume(channel: Channel, queue: str, bring: Callable[[Token, bytes], None]) -> None:
    """Have the queue's messages brought until the channel is closed."""

    async def unexpected(message: DeliveredMessage) -> None:
        raise AssertionError(f"{message!r} came another way")

    channel.frames = cast(asyncio.Queue[Any], _Deliveries(channel, bring))
    await channel.basic_consume(queue, unexpected)


class _Deliveries:
    """Stands before a channel's frames: jobs go to `bring`, all others where they went before."""

    def __init__(self, channel: Channel, bring: Callable[[Token, bytes], None]) -> None:
        self._channel = channel
        self._bring = bring
        self._others = channel.frames
        self.get, self.task_done = self._others.get, self._others.task_done
        self._tag = self._missing = 0
        self._parts: list[bytes] = []

    async def put(self, item: tuple[int, Any]) -> None:
        frame = item[1]
        if isinstance(frame, Basic.Deliver):
            self._tag = frame.delivery_tag or 0
        elif isinstance(frame, ContentHeader) and self._tag:
            self._missing = frame.body_size
            self._parts = []
            self._came(b"")
        elif isinstance(frame, ContentBody) and self._tag:
            self._came(frame.value)
        else:
            await self._others.put(item)

    def _came(self, part: bytes) -> None:
        self._parts.append(part)
        self._missing -= len(part)
        if self._missing <= 0:
            tag, self._tag = self._tag, 0
            try:
                self._bring(Token(self._channel, tag), b"".join(self._parts))
            except Exception:  # it waits at the broker; what else comes this way goes on
                log.exception("job not taken", channel=str(self._channel), tag=tag)


def _published(channel: Channel, message: Message) -> bytes:
    number = channel.number
    properties = Basic.Properties(delivery_mode=DURABLE, message_id=message.id)
    header = ContentHeader(properties=properties, body_size=len(message.body))
    bodies = channel._split_body(message.body)
    return b"".join(
        (
            _publish_frame(number, message.queue),
            pamqp.frame.marshal(header, number),
            *(pamqp.frame.marshal(body, number) for body in bodies),
        )
    )


@lru_cache(maxsize=4096)
def _publish_frame(number: int, queue: str) -> bytes:
    # A queue that somebody has deleted is an error, not a bin.
    return pamqp.frame.marshal(Basic.Publish(routing_key=queue, mandatory=True), number)


async def _write(channel: Channel, payload: bytes) -> None:
    await channel.write_queue.put(_frame(payload))


def _frame(payload: bytes) -> ChannelFrame:
    return ChannelFrame(payload, should_close=False)

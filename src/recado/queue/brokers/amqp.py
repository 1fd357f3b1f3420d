"""Jobs on an aiormq channel, and calls to it that may be broken off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, cast

import structlog
from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from aiormq.exceptions import ChannelInvalidStateError
from pamqp.commands import Basic

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
    waiting does not know."""
    outcomes = await asyncio.gather(
        *(
            channel.basic_publish(
                message.body,
                routing_key=message.queue,
                properties=Basic.Properties(delivery_mode=DURABLE, message_id=message.id),
                # A queue that somebody has deleted is an error, not a bin.
                mandatory=True,
                # For the socket; for the confirmation it does.
                wait=False,
            )
            for message in messages
        ),
        return_exceptions=True,
    )
    return [it if isinstance(it, BaseException) else None for it in outcomes]


async def acknowledge(tokens: Sequence[Token]) -> None:
    """Tell each channel that is still open which of its jobs are done."""
    for channel, tag in tokens:
        # Its number may be another channel's by now, where the tag is another job's.
        if is_open(channel) and not channel.is_closed:
            await channel.basic_ack(tag, wait=False)


async def consume(channel: Channel, queue: str, bring: Callable[[Token, bytes], None]) -> None:
    """Have the queue's messages brought until the channel is closed."""

    async def take(message: DeliveredMessage) -> None:
        tag = cast(Basic.Deliver, message.delivery).delivery_tag or 0
        try:
            bring(Token(channel, tag), message.body)
        except Exception:  # it waits at the broker; what else comes this way goes on
            log.exception("job not taken", queue=queue, tag=tag)

    await channel.basic_consume(queue, take)

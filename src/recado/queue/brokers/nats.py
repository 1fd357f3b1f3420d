"""NATS JetStream: one work-queue stream, a subject and a push consumer a partition.

A new owner makes the partition's consumer anew: it then brings every job that is left, from the
first one on. A work-queue stream allows one consumer a subject, so there are never two owners at
once. After a lost connection the owner does the same: what was on its way would come behind newer
jobs of its lane.

`nats://HOST:4222?prefix=recado&partitions=16&replicas=1`; several servers with commas. A server
writes to disk every two minutes unless its `sync_interval` says otherwise, so what a power cut may
not lose needs `sync_interval: always`, or replicas:
https://docs.nats.io/running-a-nats-service/configuration (jetstream, sync_interval).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, BadRequestError, NotFoundError

from recado.errors import ServiceUnavailable, TooLarge
from recado.queue.brokers.broker import WINDOW, Arrived, Broker, Partition, unwrap, wrap
from recado.queue.brokers.lanes import Envelope
from recado.resilience.lasting import lasting

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 5.0
#: A job that its owner still holds after this long is brought again, and recognised.
ACK_WAIT_SECONDS = 60.0
#: How long the server recognises a job that is published twice.
DUPLICATES_SECONDS = 120.0
WATCH_SECONDS = 15.0
#: The server's code for "stream name already in use with a different configuration".
STREAM_IS_OTHERWISE = 10058
#: What a message has besides its body: the server counts both, and ends the connection of whoever
#: sends more than it allows.
HEADER_BYTES = 512
MESSAGE_ID = "Nats-Msg-Id"

_DOWN = (NatsError, OSError, TimeoutError)


@dataclass(slots=True, eq=False)
class _Attached:
    inbox: str
    subscription: Subscription | None = None
    #: Nothing was lost on its way yet. What comes after that would come before it.
    whole: bool = True


class NatsBroker(Broker):
    counts_held = True

    def __init__(
        self, servers: Sequence[str], *, prefix: str, partitions: int, replicas: int = 1
    ) -> None:
        self.partitions = partitions
        self._servers = list(servers)
        self._prefix = prefix
        self._replicas = replicas
        self._client: Client | None = None
        self._connecting: asyncio.Task[str] | None = None
        self._attached: dict[Partition, _Attached] = {}
        self._unconfirmed: set[asyncio.Future[Any]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def publish(self, jobs: Sequence[tuple[Partition, Envelope]]) -> list[Exception | None]:
        client, stream = await self._connected()
        replies: list[asyncio.Future[Any] | Exception] = []
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                most = client.max_payload - HEADER_BYTES
                for place, job in jobs:
                    if len(body := wrap(job)) > most:
                        replies.append(TooLarge("The job is larger than the NATS server allows."))
                        continue
                    reply = await stream.publish_async(
                        self._subject(place), body, headers={MESSAGE_ID: job.id}
                    )
                    replies.append(reply)
                    self._unconfirmed.add(reply)
                    reply.add_done_callback(self._unconfirmed.discard)
                waiting = [it for it in replies if not isinstance(it, Exception)]
                if waiting:
                    await asyncio.wait(waiting)
        except _DOWN as error:
            for unanswered in replies:
                if isinstance(unanswered, asyncio.Future):
                    unanswered.cancel()
            raise ServiceUnavailable(f"NATS did not confirm: {error!r}") from error
        outcomes = [_outcome(reply) for reply in replies]
        if outcomes and all(isinstance(it, ServiceUnavailable) for it in outcomes):
            await self._reconnected()  # somebody may have deleted the stream
        return outcomes

    async def attach(self, place: Partition, arrived: Arrived) -> None:
        await self.detach(place)
        client, stream = await self._connected()
        inbox = client.new_inbox()
        consumer = ConsumerConfig(
            durable_name=_consumer(place),
            filter_subject=self._subject(place),
            deliver_subject=inbox,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_ack_pending=WINDOW,
        )

        attached = self._attached[place] = _Attached(inbox)

        async def bring(message: Msg) -> None:
            if attached.whole:
                arrived(place.queue, place.number, unwrap(message.data), (attached, message))

        try:
            # The consumer's window is the limit; what the client drops would come out of order.
            attached.subscription = await client.subscribe(
                inbox, cb=bring, pending_msgs_limit=0, pending_bytes_limit=0
            )
            if self._attached.get(place) is not attached:  # given up meanwhile, by `detach`
                await attached.subscription.unsubscribe()
                return
            with suppress(NotFoundError):
                await stream.delete_consumer(self._prefix, _consumer(place))
            await stream.add_consumer(self._prefix, consumer)
        except _DOWN as error:
            await self.detach(place)
            raise ServiceUnavailable(f"NATS does not answer: {error!r}") from error

    def reaches(self, place: Partition) -> bool:
        attached = self._attached.get(place)
        return attached is not None and attached.whole

    async def detach(self, place: Partition) -> None:
        attached = self._attached.pop(place, None)
        if attached is not None:
            attached.whole = False
            if attached.subscription is not None:
                with suppress(*_DOWN):
                    await attached.subscription.unsubscribe()

    async def ack(self, tokens: Sequence[Any]) -> None:
        """What came by a consumer that was made anew since comes again, and is acknowledged then.
        To its successor, which has the same name, such an acknowledgement would mean that all
        before it had been brought: the server then brings none of these."""
        for attached, message in tokens:
            if attached.whole:
                with suppress(*_DOWN):
                    await message.ack()

    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        try:
            left = await self._left()
        except _DOWN as error:
            raise ServiceUnavailable(f"NATS does not answer: {error!r}") from error
        counts: dict[str, int] = {}
        for subject, count in left.items():
            queue = subject.removeprefix(f"{self._prefix}.").rpartition(".")[0]
            counts[queue] = counts.get(queue, 0) + count
        return counts

    async def check(self) -> None:
        """A server that answers may store nothing: the stream is gone, or JetStream is off."""
        _, stream = await self._connected()
        try:
            try:
                await stream.stream_info(self._prefix)
            except NotFoundError:  # removed behind our back
                await self._add_stream()
                await stream.stream_info(self._prefix)
        except _DOWN as error:
            raise ServiceUnavailable(f"NATS stores nothing: {error!r}") from error

    async def close(self) -> None:
        for task in (self._connecting, self._watching):
            if task is not None:
                task.cancel()
        client, self._client = self._client, None
        if client is not None and not client.is_closed:
            with suppress(*_DOWN):
                await client.flush(1)
            await client.close()

    async def remove(self, queues: Sequence[str]) -> None:
        """All queues are in one stream, so they go together."""
        with suppress(NotFoundError):
            _, stream = await self._connected()
            await stream.delete_stream(self._prefix)

    async def _connected(self) -> tuple[Client, JetStreamContext]:
        """Raises ServiceUnavailable: there is no connection at this moment."""
        if self._client is None:
            # One attempt for all: each trying in turn, the last would wait for a minute.
            if self._connecting is None:
                self._connecting = asyncio.create_task(self._connect())
            if problem := await asyncio.shield(self._connecting):
                raise ServiceUnavailable(problem)
        if self._client is None or not self._client.is_connected:  # it reconnects by itself
            raise ServiceUnavailable("NATS cannot be reached.")
        return self._client, self._context

    async def _connect(self) -> str:
        """What went wrong, or ""."""
        client = Client()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await client.connect(
                    self._servers,
                    name=self._prefix,
                    error_cb=_report,
                    disconnected_cb=self._disconnected,
                    reconnected_cb=self._reconnected,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=1,
                    ping_interval=10,
                )
                self._context = client.jetstream(timeout=TIMEOUT_SECONDS)
                await self._add_stream()
            self._client = client
            self._watching = lasting("nats:watch", self._watch)
            return ""
        except _DOWN as error:
            return f"NATS cannot be used: {client.last_error or error!r}"
        finally:
            self._connecting = None
            if self._client is not client:
                await client.close()

    async def _add_stream(self) -> None:
        """Make the stream. What an operator has set on the one that is there is left alone, save
        for what would lose jobs."""
        wanted = StreamConfig(
            name=self._prefix,
            subjects=[f"{self._prefix}.>"],
            retention=RetentionPolicy.WORK_QUEUE,
            storage=StorageType.FILE,
            num_replicas=self._replicas,
            duplicate_window=DUPLICATES_SECONDS,
            # Where there is a limit: a full stream refuses what is new, and loses nothing old.
            discard=DiscardPolicy.NEW,
        )
        try:
            await self._context.add_stream(wanted)
        except BadRequestError as error:
            if error.err_code != STREAM_IS_OTHERWISE:
                raise
            there = (await self._context.stream_info(self._prefix)).config
            kept = there.evolve(discard=wanted.discard, num_replicas=wanted.num_replicas)
            if there.retention != wanted.retention or there.subjects != wanted.subjects:
                raise NatsError(
                    f"the stream {self._prefix} there is not Recado's: choose another prefix"
                ) from error
            if kept != there:
                await self._context.update_stream(kept)

    async def _reconnected(self) -> None:
        """A server that was restored from a copy may not know the stream."""
        try:
            await self._add_stream()
        except _DOWN as error:
            log.warning("NATS stream not restored", error=repr(error))

    async def _watch(self) -> None:
        """A consumer that is not there any more brings nothing, and nobody says so: it was deleted,
        or taken over by a process that had stood still and believed the partition to be its own.
        Nor does one that takes for done what its stream still has: a server that was killed may
        have kept an acknowledgement, and not what followed from it. Made anew, it brings it."""
        behind: set[str] = set()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            attached = list(self._attached.values())
            try:
                left = await self._left()  # before the consumers: what is done meanwhile is gone
                seen = await self._consumers()
            except NotFoundError:
                await self._reconnected()
                left, seen = {}, []
            except (*_DOWN, ServiceUnavailable) as error:
                log.warning("NATS consumers not seen", error=repr(error))
                continue
            before, behind = behind, left_behind(left, seen)
            there = {it.inbox for it in seen} - (before & behind)  # twice: not just being removed
            for it in attached:
                it.whole = it.whole and it.inbox in there

    async def _left(self) -> Mapping[str, int]:
        """How many jobs the stream has, by subject. Raises NotFoundError, and what `_DOWN` has."""
        _, stream = await self._connected()
        info = await stream.stream_info(self._prefix, subjects_filter=f"{self._prefix}.>")
        return info.state.subjects or {}

    async def _consumers(self) -> list[Seen]:
        """The stream's consumers. Raises NotFoundError, and what `_DOWN` has. The client's own way
        of asking breaks at a consumer that is removed meanwhile."""
        client, _ = await self._connected()
        found: list[Seen] = []
        listed = f"$JS.API.CONSUMER.LIST.{self._prefix}"
        while True:
            asked = json.dumps({"offset": len(found)}).encode()
            page = read_consumers((await client.request(listed, asked, TIMEOUT_SECONDS)).data)
            if not page:
                return found
            found += page

    async def _disconnected(self) -> None:
        """Confirmations of the lost connection never come: nobody waits for them. Jobs that were
        on their way come again only after the time for their acknowledgement, behind later ones:
        each partition is to be attached anew."""
        for reply in list(self._unconfirmed):
            if not reply.done():
                reply.set_exception(ConnectionClosedError())
        for attached in self._attached.values():
            attached.whole = False

    def _subject(self, place: Partition) -> str:
        return f"{self._prefix}.{place.queue}.{place.number}"


def _consumer(place: Partition) -> str:
    return f"{place.queue}-{place.number}"


class Seen(NamedTuple):
    """A consumer as the server lists it: where it brings the jobs of which subject, and whether it
    has none to bring and waits for none to be done. All empty: it is just being removed."""

    inbox: str = ""
    subject: str = ""
    is_idle: bool = False


def read_consumers(page: bytes) -> list[Seen]:
    """The consumers of a listed page. Raises APIError."""
    said = json.loads(page)
    if "error" in said:
        raise APIError.from_error(said["error"])
    return [_seen(it) if it else Seen() for it in said.get("consumers") or []]


def _seen(listed: Mapping[str, Any]) -> Seen:
    config = listed["config"]
    is_idle = not (listed.get("num_pending", 1) or listed.get("num_ack_pending", 1))
    return Seen(config.get("deliver_subject") or "", config.get("filter_subject") or "", is_idle)


def left_behind(left: Mapping[str, int], consumers: Iterable[Seen]) -> set[str]:
    """The inboxes of consumers that have nothing more to bring of subjects that have jobs left."""
    return {it.inbox for it in consumers if it.is_idle and left.get(it.subject)}


def _outcome(reply: asyncio.Future[Any] | Exception) -> Exception | None:
    if isinstance(reply, Exception):
        return reply
    error = reply.exception()
    return None if error is None else ServiceUnavailable(f"NATS refused a job: {error}")


async def _report(error: Exception) -> None:
    log.warning("NATS", error=repr(error))

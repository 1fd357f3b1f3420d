"""Azure Service Bus in a test's own process: AMQP 1.0 and the management API on one port.

    async with ServiceBusEmulator() as emulator:
        ServiceBusClient.from_connection_string(emulator.connection_string)

What it keeps to: sessions (also "next available"), session locks that expire unless renewed and
that outlive a lost connection, delivery counts, settlement, dead letters, scheduled messages.
https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

from tests.support import amqp
from tests.support.amqp import Described, Symbol, Symbols, UByte, UInt, ULong, UShort, field
from tests.support.servicebus_entities import Entity, Session, Stored
from tests.support.servicebus_management import answer_http

KEY_NAME = "RootManageSharedAccessKey"
CREDIT = 1000
LARGEST_FRAME = 65536
#: How long "next available session" waits unless the receiver says otherwise.
ACCEPT_SECONDS = 65.0
BATCH_FORMAT = 0x80013700
SESSION_FILTER = Symbol("com.microsoft:session-filter")
LOCKED_UNTIL = Symbol("com.microsoft:locked-until-utc")
SCHEDULED = "x-opt-scheduled-enqueue-time"
_ACCEPTED = amqp.described(amqp.ACCEPTED, [])


class ServiceBusEmulator:
    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.entities: dict[str, Entity] = {}
        self.clock = clock
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> ServiceBusEmulator:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._expiring = asyncio.create_task(self._expire())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._expiring.cancel()
        self._server.close()
        self.cut()
        await asyncio.gather(self._expiring, *self._tasks, return_exceptions=True)

    @property
    def address(self) -> str:
        return f"sb://127.0.0.1:{self.port}"

    @property
    def connection_string(self) -> str:
        return connection_string(self.port)

    def cut(self) -> None:
        """End every connection at once, without a good-bye."""
        for connection in list(self._connections):
            connection.writer.transport.abort()

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            for entity in list(self.entities.values()):
                entity.expire()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        connection = _Connection(self, reader, writer)
        self._connections.add(connection)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                start = await reader.readexactly(8)
                if start.startswith(b"AMQP"):
                    await connection.run(start)
                else:
                    await answer_http(self.entities, start, reader, writer)
        finally:
            self._connections.discard(connection)
            connection.drop()
            writer.transport.abort()


def connection_string(port: int) -> str:
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName={KEY_NAME};"
        "SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true;"
    )


class _Link:
    """A link of a connection. `receives` is the client's side of it."""

    def __init__(self, connection: _Connection, channel: int, handle: int, address: str) -> None:
        self.connection = connection
        self.channel = channel
        self.handle = handle
        self.address = address
        self.receives = False
        self.credit = 0
        self.delivery_count = 0
        self.partial = b""
        self.session: Session | None = None
        self.unsettled: dict[int, Stored] = {}
        self.give_up: Callable[[], None] = lambda: None

    @property
    def entity(self) -> Entity | None:
        return self.connection.emulator.entities.get(self.address)

    def deliver(self, message: Stored) -> None:
        assert self.session is not None
        number = self.connection.next_delivery()
        self.unsettled[number] = message
        annotations = {
            Symbol("x-opt-sequence-number"): message.number,
            Symbol("x-opt-enqueued-time"): _milliseconds(message.enqueued_at),
            Symbol("x-opt-locked-until"): _milliseconds(self.session.locked_until),
        }
        header = [None, None, None, None, UInt(message.deliveries)]
        payload = amqp.section(amqp.HEADER, header)
        payload += amqp.section(amqp.ANNOTATIONS, annotations) + message.bare
        self.transfer(number, payload)

    def transfer(self, number: int, payload: bytes) -> None:
        self.credit -= 1
        self.delivery_count += 1
        room = self.connection.largest_frame - 512
        for at in range(0, len(payload), room):
            more = at + room < len(payload)
            fields = [UInt(self.handle), UInt(number), uuid4().bytes, UInt(0), False, more]
            self.connection.send(self.channel, amqp.TRANSFER, fields, payload[at : at + room])

    def lose_lock(self) -> None:
        self.session = None
        self.unsettled.clear()
        self.end("com.microsoft:session-lock-lost", "The session lock has expired.")

    def end(self, condition: str, text: str) -> None:
        error = amqp.described(amqp.ERROR, [Symbol(condition), text])
        self.connection.send(self.channel, amqp.DETACH, [UInt(self.handle), True, error])
        self.connection.links.pop((self.channel, self.handle), None)

    def close(self) -> None:
        """The client has let go of it in order: its lock is free at once."""
        self.give_up()
        session, self.session = self.session, None
        if session is not None and self.entity is not None and session.holder is self:
            self.entity.release(session)


class _Connection:
    def __init__(
        self,
        emulator: ServiceBusEmulator,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.emulator = emulator
        self.reader = reader
        self.writer = writer
        self.links: dict[tuple[int, int], _Link] = {}
        self.largest_frame = LARGEST_FRAME
        self._deliveries = 0
        self._timers: set[asyncio.TimerHandle] = set()
        self._answers: dict[int, Callable[[int, list[Any], bytes], None]] = {
            amqp.OPEN: self._open,
            amqp.BEGIN: self._begin,
            amqp.ATTACH: self._attach,
            amqp.FLOW: self._flow,
            amqp.TRANSFER: self._transfer,
            amqp.DISPOSITION: self._disposition,
            amqp.DETACH: self._detach,
            amqp.END: self._end,
            amqp.SASL_INIT: self._sasl,
        }

    async def run(self, header: bytes) -> None:
        while True:
            self.writer.write(header)
            if header == amqp.SASL_HEADER:
                self.send(0, amqp.SASL_MECHANISMS, [Symbols(["ANONYMOUS", "MSSBCBS"])])
                await self._answer_next()
                header = await self.reader.readexactly(8)
                continue
            while await self._answer_next():
                await self.writer.drain()
            return

    def drop(self) -> None:
        """The connection is lost: session locks stay until they expire."""
        for timer in self._timers:
            timer.cancel()
        for link in self.links.values():
            link.give_up()
            link.credit = 0

    def send(self, channel: int, code: int, fields: list[Any], payload: bytes = b"") -> None:
        self.writer.write(amqp.frame(channel, code, fields, payload))

    def next_delivery(self) -> int:
        self._deliveries += 1
        return self._deliveries - 1

    async def _answer_next(self) -> bool:
        head = await self.reader.readexactly(8)
        size, channel = int.from_bytes(head[:4], "big"), int.from_bytes(head[6:], "big")
        body = await self.reader.readexactly(size - 8)
        if not body:  # a heartbeat
            return True
        code, fields, payload = amqp.parse_frame(body)
        if code == amqp.CLOSE:
            self._end_links(lambda _link: True)
            self.send(0, amqp.CLOSE, [])
            await self.writer.drain()
            return False
        self._answers[code](channel, fields, payload)
        return True

    def _sasl(self, _channel: int, _fields: list[Any], _payload: bytes) -> None:
        self.send(0, amqp.SASL_OUTCOME, [UByte(0)])

    def _open(self, _channel: int, fields: list[Any], _payload: bytes) -> None:
        self.largest_frame = min(LARGEST_FRAME, field(fields, 2, LARGEST_FRAME))
        answer = ["emulator", None, UInt(LARGEST_FRAME), UShort(255), UInt(240_000)]
        self.send(0, amqp.OPEN, answer)

    def _begin(self, channel: int, _fields: list[Any], _payload: bytes) -> None:
        window = UInt(2**31 - 1)
        self.send(channel, amqp.BEGIN, [UShort(channel), UInt(0), window, window, UInt(255)])

    def _end(self, channel: int, _fields: list[Any], _payload: bytes) -> None:
        self._end_links(lambda link: link.channel == channel)
        self.send(channel, amqp.END, [])

    def _end_links(self, which: Callable[[_Link], bool]) -> None:
        for key, link in list(self.links.items()):
            if which(link):
                del self.links[key]
                link.close()

    def _attach(self, channel: int, fields: list[Any], _payload: bytes) -> None:
        handle, receives = fields[1], bool(fields[2])
        source, target = field(fields, 5), field(fields, 6)
        terminus = source if receives else target
        address = re.sub("^amqps?://[^/]*/", "", str(terminus.value[0]))
        link = _Link(self, channel, handle, address)
        link.receives = receives
        self.links[channel, handle] = link
        known = link.entity is not None or address.endswith(("$cbs", "$management"))
        if not known:
            self._attached(link, fields, None, None)
            link.end("amqp:not-found", f"The messaging entity '{address}' could not be found.")
        elif receives and link.entity is not None:
            self._attach_to_session(link, fields, source.value)
        else:
            self._attached(link, fields, source, target)
            if not receives:
                self._grant(link)

    def _attach_to_session(self, link: _Link, fields: list[Any], source: list[Any]) -> None:
        assert link.entity is not None
        wanted = (field(source, 7) or {}).get(SESSION_FILTER)
        wanted = wanted.value if isinstance(wanted, Described) else wanted
        if wanted is not None:
            session = link.entity.accept(str(wanted), link)
            if session is None:
                self._attached(link, fields, None, None)
                text = f"The requested session '{wanted}' cannot be accepted."
                link.end("com.microsoft:session-cannot-be-locked", text)
            else:
                self._attached_to_session(link, fields, session)
            return

        def accepted(session: Session) -> None:
            assert link.entity is not None
            timer.cancel()
            link.entity.accept(session.id, link)
            self._attached_to_session(link, fields, session)

        def too_late() -> None:
            link.give_up()
            self._attached(link, fields, None, None)
            link.end("com.microsoft:timeout", "No session has messages.")

        asked = (field(fields, 13) or {}).get("com.microsoft:timeout")
        seconds = ACCEPT_SECONDS if asked is None else asked / 1000
        timer = asyncio.get_running_loop().call_later(seconds, too_late)
        self._timers.add(timer)
        link.give_up = link.entity.accept_next(accepted)

    def _attached_to_session(self, link: _Link, fields: list[Any], session: Session) -> None:
        link.session = session
        filters = {SESSION_FILTER: session.id}
        source = [field(fields, 5).value[0], None, None, None, None, None, None, filters]
        ticks = int(session.locked_until * 10_000_000) + 621_355_968_000_000_000
        self._attached(
            link,
            fields,
            amqp.described(amqp.SOURCE, source),
            field(fields, 6),
            {LOCKED_UNTIL: ticks},
        )

    def _attached(
        self,
        link: _Link,
        fields: list[Any],
        source: Described | None,
        target: Described | None,
        properties: dict[Symbol, Any] | None = None,
    ) -> None:
        modes = [UByte(field(fields, 3, 2)), UByte(field(fields, 4, 0))]
        count = UInt(0) if link.receives else None
        answer = [fields[0], UInt(link.handle), not link.receives, *modes, source, target]
        answer += [None, None, count, ULong(1024 * 1024), None, None, properties or {}]
        self.send(link.channel, amqp.ATTACH, answer)

    def _grant(self, link: _Link) -> None:
        link.credit = CREDIT
        self._tell_credit(link, CREDIT)

    def _tell_credit(self, link: _Link, credit: int, *, drained: bool = False) -> None:
        window = UInt(2**31 - 1)
        state: list[Any] = [UInt(0), window, UInt(self._deliveries), window]
        state += [UInt(link.handle), UInt(link.delivery_count), UInt(credit), None, drained]
        self.send(link.channel, amqp.FLOW, state)

    def _flow(self, channel: int, fields: list[Any], _payload: bytes) -> None:
        link = self.links.get((channel, field(fields, 4, -1)))
        if link is None or not link.receives:
            return
        link.credit = field(fields, 5, 0) + field(fields, 6, 0) - link.delivery_count
        if link.session is not None and link.entity is not None:
            link.entity.dispatch(link.session)
        if field(fields, 8, False):
            link.delivery_count += max(0, link.credit)
            link.credit = 0
            self._tell_credit(link, 0, drained=True)

    def _transfer(self, channel: int, fields: list[Any], payload: bytes) -> None:
        link = self.links.get((channel, fields[0]))
        if link is None:
            return
        link.partial += payload
        if field(fields, 1) is not None:
            self._current = (fields[1], field(fields, 3, 0), field(fields, 4, False))
        if field(fields, 5, False):
            return
        message, link.partial = link.partial, b""
        number, form, settled = self._current
        link.delivery_count += 1
        link.credit -= 1
        if not settled:
            fields = [True, UInt(number), UInt(number), True, _ACCEPTED]
            self.send(channel, amqp.DISPOSITION, fields)
        if link.credit < CREDIT // 2:
            self._grant(link)
        if link.entity is None:
            self._answer_request(link, message)
        elif form == BATCH_FORMAT:
            for code, data, _ in amqp.sections(message):
                if code == amqp.DATA:  # each a message of its own
                    _enqueue(link.entity, data)
        else:
            _enqueue(link.entity, message)

    def _answer_request(self, link: _Link, message: bytes) -> None:
        """A request to a node beside the queues; its answer goes to the receiver there."""
        parts = {code: value for code, value, _ in amqp.sections(message)}
        asked, body = parts[amqp.APPLICATION_PROPERTIES], parts.get(amqp.VALUE)
        back = next(
            it
            for it in self.links.values()
            if it.receives and it.address == link.address and it.channel == link.channel
        )
        status, result = self._perform(link.address, asked, body)
        answered: dict[str, Any] = {"statusCode": amqp.Int(status), "status-code": amqp.Int(status)}
        answered |= {"statusDescription": str(status), "status-description": str(status)}
        identity = [None, None, None, None, None, parts[amqp.PROPERTIES][0]]
        payload = amqp.section(amqp.PROPERTIES, identity)
        payload += amqp.section(amqp.APPLICATION_PROPERTIES, answered)
        payload += amqp.section(amqp.VALUE, result)
        back.transfer(self.next_delivery(), payload)

    def _perform(self, address: str, asked: dict[str, Any], body: Any) -> tuple[int, Any]:
        if asked["operation"] == "put-token":
            return (202 if f"skn={KEY_NAME}" in str(body) else 401), None
        entity = self.emulator.entities.get(address.removesuffix("/$management"))
        if entity is not None and asked["operation"] == "com.microsoft:renew-session-lock":
            until = entity.renew(body["session-id"])
            return (410, {}) if until is None else (200, {"expiration": _milliseconds(until)})
        return 501, {}

    def _disposition(self, channel: int, fields: list[Any], _payload: bytes) -> None:
        first, last = fields[1], field(fields, 2, fields[1])
        settled, state = field(fields, 3, False), field(fields, 4)
        for number in range(first, last + 1):
            for link in list(self.links.values()):
                if number in link.unsettled:
                    _settle(link, link.unsettled.pop(number), state)
        if not settled:
            # The outcome is confirmed, without the reason that a rejection carried.
            code = amqp.ACCEPTED if state is None else int(state.descriptor)
            confirmed = [False, UInt(first), UInt(last), True, amqp.described(code, [])]
            self.send(channel, amqp.DISPOSITION, confirmed)

    def _detach(self, channel: int, fields: list[Any], _payload: bytes) -> None:
        link = self.links.pop((channel, fields[0]), None)
        if link is not None:
            link.close()
            self.send(channel, amqp.DETACH, [UInt(link.handle), True])


def _settle(link: _Link, message: Stored, state: Described | None) -> None:
    entity, session = link.entity, link.session
    if entity is None or session is None:
        return
    outcome = amqp.ACCEPTED if state is None else int(state.descriptor)
    if outcome == amqp.ACCEPTED:
        entity.complete(session, message)
    elif outcome == amqp.REJECTED:
        entity.bury(session, message)
    else:
        entity.put_back(session, message, counted=outcome == amqp.MODIFIED)


def _enqueue(entity: Entity, message: bytes) -> None:
    session, due_at, bare = "", 0.0, b""
    for code, value, raw in amqp.sections(message):
        if code == amqp.PROPERTIES:
            session = str(field(value, 10, ""))
        if code == amqp.ANNOTATIONS and SCHEDULED in value:
            due_at = value[SCHEDULED] / 1000
        if code >= amqp.PROPERTIES:
            bare += raw
    entity.add(session, bare, due_at)


def _milliseconds(seconds: float) -> amqp.Timestamp:
    return amqp.Timestamp(int(seconds * 1000))

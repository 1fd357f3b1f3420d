"""The management API of the Service Bus emulator: queues are made, looked at and deleted.

https://learn.microsoft.com/rest/api/servicebus/queues
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote, urlsplit

from tests.support.servicebus_entities import Entity

_NONE = '<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">Entities</title></feed>'
_QUEUE = (
    '<entry xmlns="http://www.w3.org/2005/Atom"><title type="text">{name}</title>'
    '<content type="application/xml"><QueueDescription'
    ' xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">'
    "<LockDuration>PT{lock}S</LockDuration><RequiresSession>true</RequiresSession>"
    "<MaxDeliveryCount>{deliveries}</MaxDeliveryCount><MessageCount>{active}</MessageCount>"
    '<CountDetails xmlns:d="http://schemas.microsoft.com/netservices/2011/06/servicebus">'
    "<d:ActiveMessageCount>{active}</d:ActiveMessageCount>"
    "<d:DeadLetterMessageCount>{dead}</d:DeadLetterMessageCount></CountDetails>"
    "</QueueDescription></content></entry>"
)


async def answer_http(
    entities: dict[str, Entity],
    start: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Answer the requests of one connection until the client ends it."""
    while True:
        head = start + await reader.readuntil(b"\r\n\r\n")
        start = b""
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1]) if length else 0)
        name = unquote(urlsplit(target).path.strip("/"))
        status, text = _perform(entities, method, name, body.decode())
        reply = f"HTTP/1.1 {status}\r\nContent-Type: application/atom+xml\r\n"
        reply += f"Content-Length: {len(text)}\r\n\r\n{text}"
        writer.write(reply.encode())
        await writer.drain()


def _perform(entities: dict[str, Entity], method: str, name: str, body: str) -> tuple[str, str]:
    entity = entities.get(name)
    if method == "PUT":
        if entity is not None:
            return "409 Conflict", ""
        entity = entities[name] = _create(name, body)
        return "201 Created", _describe(entity)
    if method == "DELETE":
        entities.pop(name, None)
        return "200 OK", ""
    return "200 OK", _NONE if entity is None else _describe(entity)


def _create(name: str, body: str) -> Entity:
    lock = re.search(r"LockDuration>PT([\d.]+)S<", body)
    deliveries = re.search(r"MaxDeliveryCount>(\d+)<", body)
    if "RequiresSession>true<" not in body:
        raise NotImplementedError("Queues without sessions")
    return Entity(
        name,
        lock_seconds=float(lock[1]) if lock else 60.0,
        max_deliveries=int(deliveries[1]) if deliveries else 10,
    )


def _describe(entity: Entity) -> str:
    return _QUEUE.format(
        name=entity.name,
        lock=f"{entity.lock_seconds:g}",
        deliveries=entity.max_deliveries,
        active=entity.active_count(),
        dead=len(entity.dead),
    )

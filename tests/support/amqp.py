"""AMQP 1.0 on the wire, as far as the emulator of Service Bus speaks it.

Types (part 1), frames and performatives (part 2) and message sections (part 3) of the standard:
https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-overview-v1.0-os.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"

OPEN, BEGIN, ATTACH, FLOW, TRANSFER = 0x10, 0x11, 0x12, 0x13, 0x14
DISPOSITION, DETACH, END, CLOSE = 0x15, 0x16, 0x17, 0x18
SASL_MECHANISMS, SASL_INIT, SASL_OUTCOME = 0x40, 0x41, 0x44
ACCEPTED, REJECTED, RELEASED, MODIFIED = 0x24, 0x25, 0x26, 0x27
SOURCE, TARGET, ERROR = 0x28, 0x29, 0x1D
HEADER, DELIVERY_ANNOTATIONS, ANNOTATIONS, PROPERTIES = 0x70, 0x71, 0x72, 0x73
APPLICATION_PROPERTIES, DATA, SEQUENCE, VALUE, FOOTER = 0x74, 0x75, 0x76, 0x77, 0x78


class Symbol(str):
    __slots__ = ()


class UByte(int):
    pass


class UShort(int):
    pass


class UInt(int):
    pass


class ULong(int):
    pass


class Int(int):
    pass


class Timestamp(int):
    """Milliseconds since 1970."""


class Symbols(tuple[str, ...]):
    """An array of symbols."""


@dataclass(frozen=True, slots=True)
class Described:
    descriptor: Any
    value: Any


_FIXED: dict[int, tuple[str, Any]] = {
    0x50: (">B", UByte),
    0x60: (">H", UShort),
    0x70: (">I", UInt),
    0x52: (">B", UInt),
    0x80: (">Q", ULong),
    0x53: (">B", ULong),
    0x51: (">b", int),
    0x61: (">h", int),
    0x71: (">i", Int),
    0x54: (">b", Int),
    0x81: (">q", int),
    0x55: (">b", int),
    0x72: (">f", float),
    0x82: (">d", float),
    0x83: (">q", Timestamp),
    0x56: (">B", bool),
}
_CONSTANTS: dict[int, Any] = {
    0x40: None,
    0x41: True,
    0x42: False,
    0x43: UInt(0),
    0x44: ULong(0),
    0x45: [],
}
_NUMBERS: dict[type, bytes] = {UByte: b"\x50", UShort: b"\x60", UInt: b"\x70", ULong: b"\x80"}
_NUMBERS |= {Int: b"\x71", int: b"\x81", Timestamp: b"\x83", float: b"\x82"}
_FORMATS = {0x50: ">B", 0x60: ">H", 0x70: ">I", 0x80: ">Q", 0x71: ">i", 0x81: ">q"}
_FORMATS |= {0x83: ">q", 0x82: ">d"}


def decode(data: bytes, at: int = 0) -> tuple[Any, int]:
    """The value that starts at `at`, and where the next one does."""
    code, at = data[at], at + 1
    if code == 0x00:
        descriptor, at = decode(data, at)
        value, at = decode(data, at)
        return Described(descriptor, value), at
    return _decode_body(code, data, at)


def _decode_body(code: int, data: bytes, at: int) -> tuple[Any, int]:
    if code in _CONSTANTS:
        return _CONSTANTS[code], at
    if code in _FIXED:
        form, kind = _FIXED[code]
        return kind(struct.unpack_from(form, data, at)[0]), at + struct.calcsize(form)
    if code == 0x98:
        return UUID(bytes=data[at : at + 16]), at + 16
    width = 4 if code & 0x10 else 1
    start = at + width
    end = start + int.from_bytes(data[at:start], "big")
    return _decode_sized(code & 0xEF, data[start:end], width), end


def _decode_sized(kind: int, body: bytes, width: int) -> Any:
    """`kind` without the bit that tells the width of its size and its count."""
    match kind:
        case 0xA0:
            return body
        case 0xA1:
            return body.decode()
        case 0xA3:
            return Symbol(body.decode())
    return _decode_compound(kind, int.from_bytes(body[:width], "big"), body, width)


def _decode_compound(kind: int, count: int, body: bytes, at: int) -> Any:
    items = []
    if kind == 0xE0:
        constructor, at = body[at], at + 1
        for _ in range(count):
            item, at = _decode_body(constructor, body, at)
            items.append(item)
        return items
    for _ in range(count):
        item, at = decode(body, at)
        items.append(item)
    return dict(zip(items[::2], items[1::2], strict=True)) if kind == 0xC1 else items


def encode(value: Any) -> bytes:
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"AMQP knows no {type(value)}")


def _encode_number(value: int | float) -> bytes:
    if isinstance(value, ULong) and value < 256:
        return b"\x53" + bytes([value])  # as every descriptor is written
    code = _NUMBERS[type(value)]
    return code + struct.pack(_FORMATS[code[0]], value)


def _encode_items(items: Sequence[Any]) -> bytes:
    return _sized(struct.pack(">I", len(items)) + b"".join(map(encode, items)))


def _encode_symbols(value: Symbols) -> bytes:
    items = b"".join(_sized(item.encode()) for item in value)
    return b"\xf0" + _sized(struct.pack(">IB", len(value), 0xB3) + items)


def _sized(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


#: A type comes before those that it is also one of.
_WRITERS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"\x40",
    bool: lambda it: b"\x41" if it else b"\x42",
    int: _encode_number,
    float: _encode_number,
    Described: lambda it: b"\x00" + encode(it.descriptor) + encode(it.value),
    UUID: lambda it: b"\x98" + it.bytes,
    bytes: lambda it: b"\xb0" + _sized(it),
    Symbol: lambda it: b"\xb3" + _sized(it.encode()),
    str: lambda it: b"\xb1" + _sized(it.encode()),
    dict: lambda it: b"\xd1" + _encode_items([part for pair in it.items() for part in pair]),
    Symbols: _encode_symbols,
    list: lambda it: b"\xd0" + _encode_items(it),
}


def described(code: int, fields: Any) -> Described:
    return Described(ULong(code), fields)


def section(code: int, value: Any) -> bytes:
    return encode(described(code, value))


def frame(channel: int, code: int, fields: Sequence[Any], payload: bytes = b"") -> bytes:
    """A performative as a frame; SASL's have a frame type of their own."""
    body = section(code, list(fields)) + payload
    kind = 1 if SASL_MECHANISMS <= code <= SASL_OUTCOME else 0
    return struct.pack(">IBBH", 8 + len(body), 2, kind, channel) + body


def parse_frame(body: bytes) -> tuple[int, list[Any], bytes]:
    """A performative's code, its fields, and what follows it in the frame."""
    performative, end = decode(body)
    return int(performative.descriptor), performative.value, body[end:]


def field(fields: Sequence[Any], index: int, default: Any = None) -> Any:
    """A performative's field; those at its end may be left out."""
    found = fields[index] if index < len(fields) else None
    return default if found is None else found


def sections(message: bytes) -> list[tuple[int, Any, bytes]]:
    """A message's sections: code, value and the bytes they were."""
    found, at = [], 0
    while at < len(message):
        value, end = decode(message, at)
        found.append((int(value.descriptor), value.value, message[at:end]))
        at = end
    return found

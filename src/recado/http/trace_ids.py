"""Trace ids: taken from the caller when they are sound, made here otherwise."""

from __future__ import annotations

import re

import uuid_utils

_OWN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{7,63}")
#: https://www.w3.org/TR/trace-context/#traceparent-header-field-values
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)


def new_trace_id() -> str:
    """32 hexadecimal digits, as W3C Trace Context wants them, 122 bits of them random."""
    return uuid_utils.uuid4().hex


def trace_id_from(x_trace_id: str | None, traceparent: str | None) -> str:
    """The caller's trace id, from either header, or a new one."""
    if x_trace_id and _OWN.fullmatch(x_trace_id):
        return x_trace_id
    if traceparent and (match := _TRACEPARENT.fullmatch(traceparent)):
        return match[1]
    return new_trace_id()

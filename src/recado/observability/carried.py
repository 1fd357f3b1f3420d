"""What a job carries of the trace it belongs to: `TRACE` or, while tracing is on, `TRACE:SPAN`.

Every queue engine takes the one string along; a colon stands in no trace id (http/trace_ids.py), so
a process without tracing, or of an older version, hands it on unharmed.
"""

from __future__ import annotations

_MARK = ":"


def bare_trace_id(carried: str) -> str:
    """The trace id alone, as logs and people know it."""
    return carried.partition(_MARK)[0]


def span_id_of(carried: str) -> str:
    """The span that the next one is a child of: 16 hexadecimal digits, or ""."""
    return carried.partition(_MARK)[2]


def with_span(trace_id: str, span_id: str) -> str:
    return f"{trace_id}{_MARK}{span_id}"

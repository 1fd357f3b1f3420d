"""Traces: spans along one message's way, across processes and queue hops.

Off unless the settings name a collector, and then nothing of OpenTelemetry is imported. The trace
id is the one in the logs and in `x-trace-id`. A span says which message, conversation, line and
queue; never what was said, and never a phone number.

Between processes the parent span travels in a job's `trace_id`, which is `TRACE` or, while tracing
is on, `TRACE:SPAN`. Every queue engine takes the one string along; a colon stands in no trace id
(http/edge.py), so a process without tracing, or of an older version, hands it on unharmed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import threading
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from recado import __version__
from recado.extras import needing
from recado.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import SpanContext, SpanKind, Tracer

_MARK = ":"


def bare_trace_id(carried: str) -> str:
    """The trace id alone, as logs and people know it."""
    return carried.partition(_MARK)[0]


def span_id_of(carried: str) -> str:
    """The span that the next one is a child of: 16 hexadecimal digits, or ""."""
    return carried.partition(_MARK)[2]


def with_span(trace_id: str, span_id: str) -> str:
    return f"{trace_id}{_MARK}{span_id}"


Kind = Literal["server", "consumer", "client", "internal"]

#: Spans wait this long for the collector when the process ends.
FLUSH_SECONDS = 3.0
_HEX = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN = re.compile(r"(?!0{16})[0-9a-f]{16}")


class Span:
    """Nothing, for a process without tracing. Used in `with`."""

    __slots__ = ()

    def note(self, **facts: str | float | None) -> None:
        """Add facts: ids, kinds, outcomes, counts."""

    def carry(self, trace_id: str) -> str:
        """What a job that arises here takes along as its `trace_id`."""
        return trace_id

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends the span."""


NO_SPAN = Span()


class Tracing:
    """Off. `span` costs a call."""

    on = False

    def span(
        self, name: str, trace_id: str = "", kind: Kind = "internal", *, link: str = ""
    ) -> Span:
        """A span below the one that `trace_id` carries, else below the current one. `link` carries
        one of another trace that has to do with it."""
        return NO_SPAN

    async def close(self) -> None:
        """Hand over what is left."""


class OtelTracing(Tracing):
    """Through OpenTelemetry's SDK. `exporter` is where spans go."""

    on = True

    def __init__(self, exporter: SpanExporter, settings: Settings, *, batched: bool = True) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
        from opentelemetry.trace import SpanKind

        class Ids(RandomIdGenerator):
            """A root span gets the trace id that the logs have."""

            def generate_trace_id(self) -> int:
                wanted = _wanted.get()
                return int(wanted, 16) if wanted else super().generate_trace_id()

        about = {
            "service.name": settings.service_name,
            "service.version": __version__,
            "deployment.environment.name": settings.environment,
        }
        self._provider: TracerProvider = TracerProvider(
            resource=Resource.create(about), id_generator=Ids(), shutdown_on_exit=False
        )
        processor = BatchSpanProcessor(exporter) if batched else SimpleSpanProcessor(exporter)
        self._provider.add_span_processor(processor)
        self._tracer: Tracer = self._provider.get_tracer("recado", __version__)
        self._kinds: dict[Kind, SpanKind] = {
            "server": SpanKind.SERVER,
            "consumer": SpanKind.CONSUMER,
            "client": SpanKind.CLIENT,
            "internal": SpanKind.INTERNAL,
        }

    def span(
        self, name: str, trace_id: str = "", kind: Kind = "internal", *, link: str = ""
    ) -> Span:
        from opentelemetry import trace

        context = None
        if parent := _context_of(trace_id):
            context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
        elif trace_id:
            context = trace.set_span_in_context(trace.INVALID_SPAN)
        linked = _context_of(link)
        token = _wanted.set(_as_hex(bare_trace_id(trace_id)) if trace_id else "")
        try:
            started = self._tracer.start_span(
                name,
                context,
                self._kinds[kind],
                links=[trace.Link(linked)] if linked else None,
            )
        finally:
            _wanted.reset(token)
        told = bare_trace_id(trace_id)
        if told and not _HEX.fullmatch(told):
            started.set_attribute("recado.trace_id", told)
        return _Recorded(started)

    async def close(self) -> None:
        # A thread that the end of the process does not wait for: the collector may be away.
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, FLUSH_SECONDS)


#: The trace id of the root span that is being started, if any.
_wanted: ContextVar[str] = ContextVar("wanted_trace_id", default="")


class _Recorded(Span):
    __slots__ = ("_span", "_token")

    def __init__(self, span: OtelSpan) -> None:
        self._span = span
        self._token: Any = None

    def note(self, **facts: str | float | None) -> None:
        for name, value in facts.items():
            if value is not None and value != "":
                self._span.set_attribute(f"recado.{name}", value)

    def carry(self, trace_id: str) -> str:
        context = self._span.get_span_context()
        if not context.trace_flags.sampled:
            return bare_trace_id(trace_id)
        return with_span(bare_trace_id(trace_id), f"{context.span_id:016x}")

    def __enter__(self) -> Span:
        from opentelemetry import context, trace

        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        from opentelemetry import context
        from opentelemetry.trace import Status, StatusCode

        context.detach(self._token)
        if error is not None and isinstance(error, Exception):
            # Its class alone: what an error says may hold what people wrote.
            self._span.set_attribute("error.type", type(error).__name__)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


OFF = Tracing()


def open_tracing(settings: Settings) -> Tracing:
    """What the settings ask for. Raises SettingsError: OpenTelemetry is not installed."""
    # https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    asked = settings.otel_endpoint or settings.otel_exporter == "otlp"
    if disabled or settings.otel_exporter == "none" or not asked:
        return OFF
    with needing("otel", "Tracing (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER)"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk import trace as _installed  # noqa: F401
    endpoint = f"{settings.otel_endpoint}/v1/traces" if settings.otel_endpoint else None
    return OtelTracing(OTLPSpanExporter(endpoint=endpoint), settings)


def _context_of(carried: str) -> SpanContext | None:
    """The span that is carried, as OpenTelemetry has it; None: there is none."""
    span_id = span_id_of(carried)
    if not _SPAN.fullmatch(span_id):
        return None
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(
        int(_as_hex(bare_trace_id(carried)), 16),
        int(span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _as_hex(trace_id: str) -> str:
    """A trace id as OpenTelemetry wants it: one of a caller's own form is hashed into it, and the
    span tells the original."""
    if _HEX.fullmatch(trace_id):
        return trace_id
    return hashlib.sha256(trace_id.encode()).hexdigest()[:32]

"""One message, one tree of spans, whichever processes it goes through; and nothing when off."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from recado.app.server import build_app, running
from recado.app.wiring import build_runtime, close_runtime
from recado.errors import SettingsError
from recado.http.edge import new_trace_id
from recado.observability.tracing import (
    NO_SPAN,
    OFF,
    OtelTracing,
    bare_trace_id,
    open_tracing,
    span_id_of,
    with_span,
)
from recado.queue.dead_letters import DeadLetters
from recado.queue.port import NewJob, QueueSpec
from recado.queue.worker import Consumer, Worker
from recado.runtime import Runtime
from recado.settings import load_settings
from tests.support.files import picture
from tests.support.flow import ScriptedModel
from tests.support.graph import GraphStub
from tests.support.payloads import (
    PHONE_NUMBER_ID,
    SECRET,
    media_message,
    sign,
    status,
    text_message,
    webhook,
)
from tests.support.waiting import PATIENCE_SECONDS

PERSON = "16505550001"
WORDS = "¿tienen la camiseta azul?"


class Process:
    """Some services as one process has them, with the spans that it exports."""

    def __init__(self, runtime: Runtime, services: Sequence[str]) -> None:
        self.runtime = runtime
        self.services = services
        self.exported = InMemorySpanExporter()
        runtime.tracing = OtelTracing(self.exported, runtime.settings, batched=False)

    @property
    def spans(self) -> list[ReadableSpan]:
        return [span for span in self.exported.get_finished_spans() if span.attributes]


@asynccontextmanager
async def process(data: Path, graph: GraphStub, *services: str) -> AsyncIterator[Process]:
    settings = load_settings(
        None,
        RECADO_DATA=str(data),
        RECADO_QUIET_SECONDS=0,
        SERVICE_NAME=services[0],
        WHATSAPP_APP_SECRET=SECRET,
        WHATSAPP_ACCESS_TOKEN="an access token",
        WHATSAPP_PHONE_NUMBER_ID=PHONE_NUMBER_ID,
        WHATSAPP_API_URL=graph.url,
    )
    runtime = await build_runtime(settings, services)
    try:
        yield Process(runtime, services)
    finally:
        await close_runtime(runtime)


async def post(ingest: Process, body: bytes, **headers: str) -> str:
    """A webhook; the trace id of its answer."""
    app = build_app(ingest.runtime, ["ingest"])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://recado") as client:
        response = await client.post(
            "/webhooks/whatsapp", content=body, headers={**sign(body), **headers}
        )
    assert response.status_code == 200
    return response.headers["x-trace-id"]


async def until(done: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not done():
            await asyncio.sleep(0.02)


def named(spans: Sequence[ReadableSpan]) -> dict[str, ReadableSpan]:
    return {span.name: span for span in spans}


def fact(span: ReadableSpan, name: str) -> Any:
    return (span.attributes or {}).get(f"recado.{name}")


async def test_one_messages_spans_form_one_tree_across_processes(tmp_path: Path) -> None:
    async with (
        GraphStub() as graph,
        process(tmp_path, graph, "ingest") as ingest,
        process(tmp_path, graph, "assistant") as assistant,
        process(tmp_path, graph, "sending") as sending,
        running(assistant.runtime, assistant.services),
        running(sending.runtime, sending.services),
    ):
        assistant.runtime.models.use("embedded", ScriptedModel())
        trace_id = await post(ingest, webhook(messages=[text_message(WORDS, sender=PERSON)]))
        await until(lambda: "send" in named(sending.spans))
        (received,) = graph.received
        news = status(received.id, "delivered", recipient=PERSON)
        news_trace_id = await post(ingest, webhook(statuses=[news]))
        await until(lambda: "status" in named(sending.spans))
    everywhere = [*ingest.spans, *assistant.spans, *sending.spans]
    ours = [span for span in everywhere if f"{span.context.trace_id:032x}" == trace_id]
    found = named(ours)
    parents = {
        name: next((it.name for it in ours if it.context.span_id == span.parent.span_id), "lost")
        for name, span in found.items()
        if span.parent is not None
    }
    assert parents == {
        "inbound": "webhook",
        "turn": "inbound",
        "model": "turn",
        "send": "turn",
        "provider": "send",
        "status": "send",
    }
    assert found["webhook"].parent is None
    assert len(ours) == len(found) == 7
    # Where to look, and nothing of what was said or by whom.
    assert fact(found["inbound"], "channel") == "whatsapp"
    assert fact(found["inbound"], "outcome") == "done"
    assert fact(found["send"], "queue") == "send"
    assert fact(found["send"], "message") == fact(found["status"], "message")
    talked = {fact(found[name], "conversation") for name in ("inbound", "turn", "send", "status")}
    assert len(talked) == 1
    shown = "".join(span.to_json() for span in everywhere)
    assert "camiseta" not in shown
    assert PERSON not in shown
    # The news come in a trace of their own, which the status names.
    (link,) = found["status"].links
    assert f"{link.context.trace_id:032x}" == news_trace_id != trace_id
    told = [found[name].resource.attributes["service.name"] for name in ("webhook", "send")]
    assert told == ["ingest", "sending"]


async def test_a_files_way_belongs_to_its_message(tmp_path: Path) -> None:
    async with (
        GraphStub() as graph,
        process(tmp_path, graph, "ingest") as ingest,
        process(tmp_path, graph, "assistant") as assistant,
        process(tmp_path, graph, "media") as media,
        running(assistant.runtime, assistant.services),
        running(media.runtime, media.services),
    ):
        data = picture()
        graph.media["1013859600285441"] = ("image/jpeg", data)
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        photo = media_message("image", "1013859600285441", sha256=digest)
        trace_id = await post(ingest, webhook(messages=[photo]))
        await until(lambda: "media" in named(media.spans) and "inbound" in named(assistant.spans))
    kept, inbound = named(media.spans)["media"], named(assistant.spans)["inbound"]
    assert f"{kept.context.trace_id:032x}" == trace_id
    assert kept.parent is not None
    assert kept.parent.span_id == inbound.context.span_id
    assert fact(kept, "outcome") == "done"
    assert fact(kept, "message") == fact(inbound, "message")


async def test_a_trace_id_of_the_callers_own_form_is_kept_as_a_fact(tmp_path: Path) -> None:
    async with GraphStub() as graph, process(tmp_path, graph, "ingest") as ingest:
        own = "order-4711.retry-2"
        body = webhook(messages=[text_message("hola", sender=PERSON)])
        assert await post(ingest, body, **{"x-trace-id": own}) == own
    (span,) = ingest.spans
    assert fact(span, "trace_id") == own


async def test_an_error_is_marked_by_its_class_alone() -> None:
    exported = InMemorySpanExporter()
    tracing = OtelTracing(exported, load_settings(None), batched=False)
    with pytest.raises(ValueError, match="secret"), tracing.span("turn", new_trace_id()):
        raise ValueError("what a person wrote is secret")
    (span,) = exported.get_finished_spans()
    assert not span.status.is_ok
    assert "secret" not in span.to_json()


def test_logs_and_people_see_the_bare_trace_id() -> None:
    trace_id, span_id = new_trace_id(), "00f067aa0ba902b7"
    carried = with_span(trace_id, span_id)
    assert (bare_trace_id(carried), span_id_of(carried)) == (trace_id, span_id)
    assert (bare_trace_id(trace_id), span_id_of(trace_id)) == (trace_id, "")
    assert (bare_trace_id(""), span_id_of("")) == ("", "")


async def test_a_dead_letter_names_the_bare_trace_id(tmp_path: Path) -> None:
    async with GraphStub() as graph, process(tmp_path, graph, "assistant") as assistant:
        runtime, trace_id = assistant.runtime, new_trace_id()

        async def refuse(_: Any) -> None:
            raise SettingsError("never")

        worker = Worker(
            runtime.queue,
            runtime.store,
            [Consumer(QueueSpec("poisoned"), refuse)],
            tracing=runtime.tracing,
        )
        carried = with_span(trace_id, "00f067aa0ba902b7")
        await runtime.queue.publish([NewJob("poisoned", "a", b"{}", trace_id=carried)])
        await worker.start()
        await until(lambda: "poisoned" in named(assistant.spans))
        await worker.stop()
        letters = await DeadLetters(runtime.store, runtime.queue).list()
    assert [letter.trace_id for letter in letters.items] == [trace_id]
    span = named(assistant.spans)["poisoned"]
    assert (span.parent and span.parent.span_id) == 0x00F067AA0BA902B7
    assert fact(span, "outcome") == "dead"


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """An OTLP receiver on loopback: its address, and what it was sent."""
    received: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/traces" and self.headers["content-encoding"] != "gzip":
                received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()


async def test_spans_reach_a_collector_over_http_at_the_latest_when_the_process_ends() -> None:
    with collector() as (url, received):
        settings = load_settings(None, OTEL_EXPORTER_OTLP_ENDPOINT=url, SERVICE_NAME="sending")
        tracing = open_tracing(settings)
        trace_id = new_trace_id()
        with tracing.span("send", trace_id) as span:
            span.note(queue="send", outcome="done")
        await tracing.close()
    (request,) = received
    (resource,) = request.resource_spans
    assert "sending" in {it.value.string_value for it in resource.resource.attributes}
    (sent,) = resource.scope_spans[0].spans
    assert (sent.name, sent.trace_id.hex()) == ("send", trace_id)


async def test_a_collector_that_is_away_holds_nobody_up() -> None:
    settings = load_settings(None, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    tracing = open_tracing(settings)
    with tracing.span("send", new_trace_id()):
        pass
    async with asyncio.timeout(PATIENCE_SECONDS):
        await tracing.close()


@pytest.mark.parametrize(
    "given", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}]
)
def test_tracing_is_off_unless_asked_for(given: dict[str, str]) -> None:
    tracing = open_tracing(load_settings(None, **given))
    assert tracing is OFF
    assert tracing.span("turn", "a trace") is NO_SPAN
    assert NO_SPAN.carry("a trace") == "a trace"


def test_an_exporter_that_is_not_there_is_refused_in_words() -> None:
    with pytest.raises(SettingsError, match="OTEL_TRACES_EXPORTER"):
        load_settings(None, OTEL_TRACES_EXPORTER="zipkin")


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_while_it_is_off_nothing_that_makes_or_sends_spans_is_loaded() -> None:
    # (redis looks for OpenTelemetry's metrics wherever it is installed.)
    shown = run(
        "import sys; import recado.app.server\n"
        "from recado.observability.tracing import open_tracing\n"
        "from recado.settings import load_settings\n"
        "open_tracing(load_settings(None)).span('turn', 'a trace')\n"
        "parts = 'opentelemetry.sdk.trace', 'opentelemetry.exporter'\n"
        "print([it for it in sys.modules if it.startswith(parts)])"
    )
    assert shown.strip() == "[]"


def test_without_the_library_the_setting_is_refused_with_what_to_install() -> None:
    shown = run(
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "sys.modules['opentelemetry.exporter'] = None\n"
        "from recado.observability.tracing import open_tracing\n"
        "from recado.settings import load_settings\n"
        "try:\n"
        "    open_tracing(load_settings(None, OTEL_EXPORTER_OTLP_ENDPOINT='http://c:4318'))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)"
    )
    assert shown.startswith("SettingsError")
    assert "make run EXTRAS=otel" in shown

"""The edge of every service: headers, sizes, and an answer for every error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from recado import __version__
from recado.errors import NotFound, ServiceUnavailable, TooManyRequests
from recado.http.edge import DEFAULT_LIMIT, Edge


def client(
    handler: Callable[[Request], Any], path: str = "/thing", stopping: asyncio.Event | None = None
) -> TestClient:
    app = Router([Route(path, handler, methods=["GET", "POST"])])
    edge = Edge(app, service_name="replies", stopping=stopping or asyncio.Event())
    return TestClient(edge, raise_server_exceptions=False)


async def hello(request: Request) -> Response:
    return PlainTextResponse(request.scope["trace_id"])


async def read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def fails_with(error: Exception) -> Callable[[Request], Any]:
    async def handler(_request: Request) -> Response:
        raise error

    return handler


def test_every_answer_says_who_gave_it_and_under_which_trace_id() -> None:
    answer = client(hello).get("/thing", headers={"x-trace-id": "caller-12345"})
    assert answer.headers["x-trace-id"] == "caller-12345" == answer.text
    assert answer.headers["x-service-name"] == "replies"
    assert answer.headers["x-service-version"] == __version__


def test_a_caller_without_a_trace_id_gets_one() -> None:
    answer = client(hello).get("/thing")
    assert len(answer.headers["x-trace-id"]) == 32
    assert answer.headers["x-trace-id"] == answer.text


@pytest.mark.parametrize(
    ("error", "status", "type_"),
    [
        (NotFound("There is no such thing."), 404, "/problems/not-found"),
        (ServiceUnavailable("The database is away."), 503, "/problems/service-unavailable"),
        (TooManyRequests("Slowly.", retry_after_seconds=2.5), 429, "/problems/too-many-requests"),
    ],
)
def test_our_errors_are_problems_with_a_trace_id(error: Exception, status: int, type_: str) -> None:
    answer = client(fails_with(error)).get("/thing", headers={"x-trace-id": "caller-12345"})
    problem = answer.json()
    assert answer.status_code == status == problem["status"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-trace-id"] == "caller-12345"
    assert problem["type"] == type_
    assert problem["detail"] == str(error)
    assert problem["trace_id"] == "caller-12345"
    if status == 429:
        assert answer.headers["retry-after"] == "3"


def test_a_bug_is_answered_without_its_inside_and_logged_once() -> None:
    with capture_logs() as logs:
        answer = client(fails_with(KeyError("password of ana"))).get("/thing")
    assert answer.status_code == 500
    assert answer.headers["x-trace-id"]
    assert "ana" not in answer.text
    assert [it["log_level"] for it in logs if it["event"] == "request failed"] == ["error"]


def test_a_body_that_announces_too_much_is_refused_before_it_is_read() -> None:
    async def unread(_request: Request) -> Response:
        pytest.fail("must not be reached")

    answer = client(unread).post("/thing", content=b"x" * (DEFAULT_LIMIT + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_announces_nothing_is_counted_as_it_comes() -> None:
    def chunks(count: int) -> Any:
        yield from (b"x" * 65536 for _ in range(count))

    whole = client(read).post("/thing", content=chunks(4))
    assert whole.text == str(4 * 65536)
    assert client(read).post("/thing", content=chunks(100)).status_code == 413


def test_knowledge_files_may_be_larger() -> None:
    big = b"x" * (DEFAULT_LIMIT + 1)
    answer = client(read, "/api/v1/knowledge").post("/api/v1/knowledge", content=big)
    assert answer.text == str(len(big))


async def test_an_endless_stream_ends_when_the_process_stops() -> None:
    async def stream(_request: Request) -> Response:
        async def beats() -> AsyncIterator[bytes]:
            yield b": hello\n\n"
            await asyncio.Event().wait()

        return StreamingResponse(beats(), media_type="text/event-stream")

    stopping = asyncio.Event()
    app = Router([Route("/stream", stream)])
    edge = Edge(app, service_name="desk", stopping=stopping)
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)
        if message.get("body"):
            stopping.set()

    async def receive() -> Any:
        return await asyncio.Event().wait()

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/stream",
        "query_string": b"",
        "headers": [(b"accept", b"text/event-stream")],
    }
    await asyncio.wait_for(edge(scope, receive, send), 60)
    assert sent[0]["status"] == 200
    assert sent[-1].get("more_body", False) is False


def test_the_access_log_has_no_query_and_no_sign_in_token() -> None:
    with capture_logs() as logs:
        client(hello, "/signin/{token}").get("/signin/topsecret?next=hunter2")
    (entry,) = [it for it in logs if it["event"] == "request"]
    assert entry["status"] == 200
    assert "topsecret" not in str(entry)
    assert "hunter2" not in str(entry)


@pytest.mark.parametrize(
    ("path", "level"), [("/health", "debug"), ("/thing", "info"), ("/webhooks/whatsapp", None)]
)
def test_probes_are_quiet_and_webhooks_silent_in_the_access_log(
    path: str, level: str | None
) -> None:
    with capture_logs() as logs:
        client(hello, path).get(path)
    assert [it["log_level"] for it in logs if it["event"] == "request"] == (
        [level] if level else []
    )

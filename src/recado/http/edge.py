"""The edge of every service, in plain ASGI: trace id in and out, the size of bodies, and an
answer for every error.

Nothing below answers without these headers, and no exception passes this line twice: it is
logged here once, under the trace id that the caller gets: their own when it is sound, else one made
here.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress

import structlog
import uuid_utils
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recado import __version__
from recado.errors import RecadoError, TooLarge
from recado.http.problems import http_problem, problem_response
from recado.observability.redact import HIDDEN

#: Enough for any size, position or point in time, and far below where Python refuses.
MOST_DIGITS = 18


def read_natural(text: str) -> int | None:
    """The number that `text` is; one of more than MOST_DIGITS digits counts as the largest that has
    so many. None: it is not ASCII digits alone."""
    if not (text.isascii() and text.isdigit()):
        return None
    text = text.lstrip("0") or "0"
    return int(text) if len(text) <= MOST_DIGITS else 10**MOST_DIGITS - 1


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


log = structlog.get_logger(__name__)

#: Bodies above these are refused: webhooks (each channel's route counts its own, and most take far
#: less; Evolution may put whole files into them),
#: files for the knowledge base and of messages with what surrounds them in a form, everything else.
_LIMITS = (
    ("/webhook", 32 * 2**20),
    ("/knowledge", 25 * 2**20),
    ("/simulator/messages", 25 * 2**20),
    ("/api/v1/knowledge", 25 * 2**20),
    ("/api/v1/media", 101 * 2**20),
)
DEFAULT_LIMIT = 5 * 2**20

#: Asked every few seconds by machines: worth a line only when debugging.
_QUIET_PATHS = ("/health", "/ready", "/metrics", "/static/", "/favicon.ico")
_WITH_TOKEN = ("/signin/", "/files/")

#: What a caller is told about a bug.
MISTAKE = "This is a mistake of ours. It was logged under this trace id."


def limit_for(path: str) -> int:
    """The largest body that `path` takes, in bytes."""
    return next((limit for start, limit in _LIMITS if path.startswith(start)), DEFAULT_LIMIT)


class Edge:
    """`stopping` ends event streams, which would otherwise hold up a stop."""

    def __init__(self, app: ASGIApp, *, service_name: str, stopping: asyncio.Event) -> None:
        self._app = app
        self._stopping = stopping
        self._headers = [
            (b"x-service-name", service_name.encode()),
            (b"x-service-version", __version__.encode()),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        trace_id = trace_id_from(
            headers.get(b"x-trace-id", b"").decode("latin-1"),
            headers.get(b"traceparent", b"").decode("latin-1"),
        )
        scope["trace_id"] = trace_id
        tokens = structlog.contextvars.bind_contextvars(trace_id=trace_id)
        answer = _Answer(send, [(b"x-trace-id", trace_id.encode()), *self._headers])
        started = time.perf_counter()
        try:
            await self._serve(scope, headers, receive, answer)
        finally:
            _log_access(scope, answer.status, time.perf_counter() - started)
            structlog.contextvars.reset_contextvars(**tokens)

    async def _serve(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, answer: _Answer
    ) -> None:
        trace_id: str = scope["trace_id"]
        try:
            limited = _limited(limit_for(scope["path"]), headers, receive)
            if b"text/event-stream" in headers.get(b"accept", b""):
                await self._stream(scope, limited, answer)
            else:
                await self._app(scope, limited, answer.send)
        except RecadoError as error:
            if error.status >= 500 or answer.status:
                log.warning("request failed", path=_shown(scope["path"]), error=repr(error))
            if not answer.status:
                await problem_response(error, trace_id)(scope, receive, answer.send)
            elif not answer.complete:
                raise  # the caller must see that the answer is cut off
        except ClientDisconnect:
            log.info("request left off", method=scope["method"], path=_shown(scope["path"]))
        except Exception:
            log.exception("request failed", method=scope["method"], path=_shown(scope["path"]))
            if not answer.status:
                await http_problem(500, trace_id, MISTAKE)(scope, receive, answer.send)
            elif not answer.complete:
                raise

    async def _stream(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """Serve a stream that never ends by itself, until it does or the process stops."""
        serving = asyncio.ensure_future(self._app(scope, receive, answer.send))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
                return
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving
            await answer.finish()
        finally:
            serving.cancel()
            stopping.cancel()


class _Answer:
    """What was sent so far; adds our headers. `status` is 0 before the answer has begun."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0
        self.complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers]
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)

    async def finish(self) -> None:
        if self.status and not self.complete:
            await self.send({"type": "http.response.body", "body": b""})


def _limited(limit: int, headers: dict[bytes, bytes], receive: Receive) -> Receive:
    """`receive` that refuses more than `limit` bytes. Raises TooLarge at once when announced."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit():
        if int(announced) > limit:
            raise TooLarge(f"The limit here is {limit:,} bytes, and these are {int(announced):,}.")
        return receive  # the server hands out no more than was announced
    if b"transfer-encoding" not in headers:
        return receive
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge(f"The limit here is {limit:,} bytes.")
        return message

    return counted


def _log_access(scope: Scope, status: int, seconds: float) -> None:
    path: str = scope["path"]
    if path.startswith("/webhook"):
        return  # the message way: metrics count it, a line each would cost more than it tells
    say = log.debug if path.startswith(_QUIET_PATHS) or "/static/" in path else log.info
    say(
        "request",
        method=scope["method"],
        path=_shown(path),  # without its query, which may hold a verify token
        status=status,
        ms=round(seconds * 1000, 1),
    )


def _shown(path: str) -> str:
    """`path` without what lets its bearer in: a sign-in link's token, a file's signature."""
    found = next((prefix for prefix in _WITH_TOKEN if path.startswith(prefix)), "")
    return f"{found}{HIDDEN}" if found else path

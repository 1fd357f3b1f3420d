"""Whoever sends nothing, or sends slowly, keeps nobody else out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn import Server

from recado.app.server import build_app, listen, server_config
from recado.http.door import Door, read_networks
from recado.runtime import Runtime
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, sign, text_message, webhook
from tests.support.runtime import make_runtime
from tests.support.waiting import until

MANY = 250


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def rest(self) -> bytes:
        """All that comes until it is closed."""
        with suppress(ConnectionError):
            return await self.reader.read()
        return b""


@asynccontextmanager
async def listening(
    runtime: Runtime, door: Door | None = None, app: object = None
) -> AsyncIterator[int]:
    report = runtime.metrics.security_event
    made = door or Door(10_000, report=report, head_seconds=1.5, pace_seconds=1.5)
    socket = listen("127.0.0.1", 0)
    served = app or build_app(runtime, ("ingest",))
    server = Server(server_config(served, runtime.settings, made))  # type: ignore[arg-type]
    serving = asyncio.create_task(server.serve(sockets=[socket]))
    try:
        yield socket.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        socket.close()


async def connect(port: int) -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", port))


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    line = {"WHATSAPP_APP_SECRET": SECRET, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
    bounds = {"RECADO_WEBHOOK_MOST_AT_ONCE": str(MANY // 5)}
    async with make_runtime(tmp_path, services=("ingest",), **line, **bounds) as runtime:
        yield runtime


HALF_A_HEAD = b"POST /webhooks/whatsapp HTTP/1.1\r\nhost: a\r\nx-"
HALF_A_BODY = (
    b"POST /webhooks/whatsapp HTTP/1.1\r\nhost: a\r\ncontent-length: 90000\r\n"
    b"x-hub-signature-256: sha256=" + b"0" * 64 + b"\r\n\r\n{"
)


async def test_signed_webhooks_pass_hundreds_that_send_half(runtime: Runtime) -> None:
    """Five times as many as may be under way at once; and in the end they are let go."""
    async with listening(runtime) as port:
        halves = [await connect(port) for _ in range(2 * MANY)]
        for number, half in enumerate(halves):
            await half.say(HALF_A_HEAD if number % 2 else HALF_A_BODY)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for number in range(20):
                body = webhook(messages=[text_message("hola", id=f"wamid.{number}")])
                answer = await client.post("/webhooks/whatsapp", content=body, headers=sign(body))
                assert answer.status_code == 200, answer.text
        await asyncio.gather(*(half.rest() for half in halves))
    kinds = runtime.metrics.text()
    assert b'recado_security_events_total{kind="slow_head"}' in kinds
    assert b'recado_security_events_total{kind="slow_body"}' in kinds


async def test_without_a_signature_the_body_is_not_waited_for(runtime: Runtime) -> None:
    async with listening(runtime) as port:
        for path in (b"/webhooks/whatsapp", b"/webhooks/twilio"):
            connection = await connect(port)
            head = b"POST %b HTTP/1.1\r\nhost: a\r\ncontent-length: 900\r\n\r\n{" % path
            await connection.say(head)
            assert b" 403 " in await connection.reader.readline()


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"\r\n",
        b"G",
        b"GET /health HTTP/1.1\r\n",
        b"GET /health HTTP/1.1\r\nhost: a\r\n\r\nGET /hea",  # the second one never comes whole
        b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n\r\n",
        b"POST /signin HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\na=",
        b"POST /api/v1/lines HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{",
        b"POST /api/v1/lines HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\na",
    ],
)
async def test_what_never_comes_whole_is_let_go(runtime: Runtime, beginning: bytes) -> None:
    async with listening(runtime) as port:
        connection = await connect(port)
        await connection.say(beginning)
        await connection.rest()


async def test_drops_that_never_end_are_let_go_too(runtime: Runtime) -> None:
    """A byte a moment begins no patience anew."""
    async with listening(runtime) as port:
        for beginning in (HALF_A_HEAD, HALF_A_BODY, b"\r\n"):
            connection = await connect(port)
            await connection.say(beginning)
            closed = asyncio.ensure_future(connection.rest())
            with suppress(ConnectionError):
                while not closed.done():
                    await connection.say(b"\n" if beginning == b"\r\n" else b"a")
                    await asyncio.sleep(0.05)
            await closed


async def test_a_head_without_end_is_refused(runtime: Runtime) -> None:
    async with listening(runtime, Door(100)) as port:
        connection = await connect(port)
        with suppress(ConnectionError):
            await connection.say(b"GET / HTTP/1.1\r\nx: " + b"a" * 1_000_000)
        await connection.rest()  # which ends


async def test_a_slow_honest_body_is_taken_in(runtime: Runtime) -> None:
    body = webhook(messages=[text_message("x" * 4000)])
    head = "".join(f"{name}: {value}\r\n" for name, value in sign(body).items())
    async with listening(runtime, Door(100, pace_seconds=0.5)) as port:
        connection = await connect(port)
        start = f"POST /webhooks/whatsapp HTTP/1.1\r\nhost: a\r\ncontent-length: {len(body)}\r\n"
        await connection.say(f"{start}{head}\r\n".encode())
        for at in range(0, len(body), 500):
            await connection.say(body[at : at + 500])
            await asyncio.sleep(0.1)
        assert b" 200 " in await connection.reader.readline()


async def test_of_one_address_the_longest_waiting_makes_room(runtime: Runtime) -> None:
    async with listening(runtime, Door(3)) as port:
        first, *others = [await connect(port) for _ in range(3)]
        await first.say(HALF_A_HEAD)
        newest = await connect(port)
        assert b" 408 " in await first.rest()
        for connection in (*others, newest):
            await connection.say(b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n")
            assert b" 200 " in await connection.reader.readline()


async def test_an_address_whose_connections_are_all_at_work_gets_no_more(runtime: Runtime) -> None:
    gate, working = asyncio.Event(), 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal working
        working += 1
        await gate.wait()
        await PlainTextResponse("done")(scope, receive, send)

    async with listening(runtime, Door(2), app) as port:
        busy = [await connect(port) for _ in range(2)]
        for connection in busy:
            await connection.say(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        await until(lambda: _is(working == 2))
        refused = await connect(port)
        assert b" 503 " in await refused.rest()
        gate.set()
        for connection in busy:
            assert b" 200 " in await connection.reader.readline()
        again = await connect(port)
        await again.say(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        for connection in busy:
            connection.writer.close()


async def _is(found: bool) -> bool:
    return found


async def whose(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    assert request.client
    said = f"{request.client.host} {request.url.scheme}"
    await PlainTextResponse(said)(scope, receive, send)


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [
        ("", "127.0.0.1 http"),
        ("10.0.0.0/8", "127.0.0.1 http"),
        ("127.0.0.1", "203.0.113.7 https"),
        ("10.0.0.0/8, 127.0.0.0/8", "203.0.113.7 https"),
    ],
)
async def test_only_a_trusted_proxy_says_who_calls(tmp_path: Path, trusted: str, seen: str) -> None:
    async with make_runtime(tmp_path, RECADO_TRUSTED_PROXIES=trusted) as runtime:
        door = Door(100, read_networks(trusted))
        async with (
            listening(runtime, door, whose) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            headers = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}
            assert (await client.get("/", headers=headers)).text == seen


async def test_behind_a_trusted_proxy_each_address_has_its_own_bound(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await gate.wait()
        await PlainTextResponse("done")(scope, receive, send)

    async with make_runtime(tmp_path, RECADO_TRUSTED_PROXIES="127.0.0.1") as runtime:
        door = Door(2, read_networks("127.0.0.1"))
        async with (
            listening(runtime, door, app) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):

            def ask(address: str) -> asyncio.Task[httpx.Response]:
                headers = {"x-forwarded-for": address}
                return asyncio.ensure_future(client.get("/", headers=headers))

            greedy = [ask("203.0.113.7") for _ in range(5)]
            await until(lambda: _is(sum(it.done() for it in greedy) == 3))
            assert {it.result().status_code for it in greedy if it.done()} == {429}
            other = ask("203.0.113.8")
            gate.set()
            assert (await other).status_code == 200
            assert sorted([(await it).status_code for it in greedy]) == [200, 200, 429, 429, 429]

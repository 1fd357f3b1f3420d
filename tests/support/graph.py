"""A stub of Meta's Graph API: takes messages, remembers them, and sends their statuses.

In a test: `async with GraphStub() as graph: WhatsAppChannel(graph.url)`. As a process of its own:

    python -m tests.support.graph --port 9000 --webhook http://127.0.0.1:7071/webhooks/whatsapp \
        --secret "an app secret" --status-delay 0.05

    POST /{version}/{phone number id}/messages   as Meta's: a message, a read mark, typing
    GET  /{version}/{id}                         the number, or a file of the media API
    GET  /_stub/received?since=N                 {"items": [what was accepted, in order], "next": M}
    GET  /_stub/stats                            counts
    POST /_stub/script                           a list of Behaviour objects: what happens next
    POST /{version}/{phone number id}/media      a file to send; GET it back from the media API
    POST /_stub/media/{id}                       a file for the media API (type: Content-Type)
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any

import msgspec
import uvloop
from aiohttp import web

from tests.support.graph_statuses import StatusPlan, StatusPump
from tests.support.payloads import BUSINESS_NUMBER, Json

#: HTTP status → the error that Meta's own servers put into such an answer.
ERRORS = {400: 100, 401: 190, 403: 10, 404: 33, 429: 130429, 500: 131000, 503: 2}
STATUS_OF = {code: status for status, code in ERRORS.items()} | {130429: 400}


class Behaviour(msgspec.Struct, kw_only=True):
    """What happens to the next message or, with `to`, to the next one to that recipient.

    `status` answers with that HTTP status, `error` with that code of Meta's (both: that code with
    that status), `body` with that text instead of Meta's JSON; none of these accepts the message.
    `drop` accepts it and closes the connection without an answer; `lose` closes it without
    accepting. `failed` accepts it and later reports it as failed with that code. `hang_seconds`
    waits first. `times`: so many messages.
    """

    status: int | None = None
    error: int | None = None
    body: str | None = None
    retry_after: str | None = None
    drop: bool = False
    lose: bool = False
    failed: int | None = None
    hang_seconds: float = 0
    to: str | None = None
    times: int = 1

    @property
    def refuses(self) -> bool:
        return self.lose or self.body is not None or bool(self.status or self.error)


class Received(msgspec.Struct):
    """A message that the stub accepted. `at` is Unix seconds, `to` a number or a user id."""

    id: str
    at: float
    phone_number_id: str
    to: str
    type: str
    callback_data: str | None
    body: Json


_ACCEPT = Behaviour()
#: Where messages go; marketing messages have an edge and fields of their own.
_MESSAGES = ("messages", "marketing_messages")
_MARKETING = {"product_policy", "message_activity_sharing"}


class GraphStub:
    def __init__(
        self,
        *,
        webhook: str | None = None,
        secret: str = "",
        token: str | None = None,
        plan: StatusPlan | None = None,
        port: int = 0,
    ) -> None:
        """`token`: the only one that is taken (default: any). `webhook`: where statuses go."""
        self.received: list[Received] = []
        self.marks: list[Json] = []
        #: Called with each accepted message: benches answer from here.
        self.on_received: Callable[[Received], None] | None = None
        #: The user ids of numbers, which answers tell.
        self.user_ids: dict[str, str] = {}
        self.media: dict[str, tuple[str, bytes]] = {}
        #: Where a file is said to be, when it is not here.
        self.media_links: dict[str, str] = {}
        #: The ids of what was uploaded, and how the next uploads are answered.
        self.uploads: list[str] = []
        self.upload_status = 200
        self.counts: Counter[str] = Counter()
        self.port = port
        self._token = token
        self._run = secrets.token_hex(4).upper()
        self._next: deque[Behaviour] = deque()
        self._next_to: defaultdict[str, deque[Behaviour]] = defaultdict(deque)
        self._pump = StatusPump(webhook, secret, plan or StatusPlan()) if webhook else None
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> GraphStub:
        # Without a router: benches push thousands of requests a second through here.
        self._runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        if self._pump:
            await self._pump.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pump:
            await self._pump.stop()
        if self._runner:
            await self._runner.cleanup()

    def script(self, *behaviours: Behaviour) -> None:
        """What happens to the next messages; afterwards all are accepted again."""
        for behaviour in behaviours:
            queue = self._next_to[behaviour.to] if behaviour.to else self._next
            queue.extend([behaviour] * behaviour.times)

    @property
    def scripted(self) -> int:
        """How many messages are still to come to what `script` told."""
        return len(self._next) + sum(map(len, self._next_to.values()))

    def stats(self) -> Json:
        pump = self._pump
        return {
            "accepted": len(self.received),
            "refused": self.counts["refused"],
            "typing": self.counts["typing"],
            "read": self.counts["read"],
            "statuses_pending": pump.pending if pump else 0,
            "statuses_posted": pump.posted_statuses if pump else 0,
            "webhooks_posted": pump.posted_webhooks if pump else 0,
            "webhooks_failed": pump.failed_posts if pump else 0,
        }

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        if parts[0] == "_stub":
            return await self._control(request, parts[1:])
        if parts[0] == "_media" and len(parts) == 2:
            return self._file(request, parts[1])
        if not self._allowed(request):
            return _failure(401, 190, "Error validating access token")
        if request.method == "POST" and len(parts) == 3 and parts[2] in (*_MESSAGES, "media"):
            is_file, (_, line, edge) = parts[2] == "media", parts
            taken = self._take_upload if is_file else partial(self._post_message, line, edge)
            return await taken(request)
        if request.method == "GET" and len(parts) == 2:
            return self._node(parts[1])
        return _failure(404, 100, f"Unsupported {request.method} request")

    def _allowed(self, request: web.BaseRequest) -> bool:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and bool(token) and self._token in (None, token)

    async def _post_message(
        self, line: str, edge: str, request: web.BaseRequest
    ) -> web.StreamResponse:
        try:
            body = msgspec.json.decode(await request.read(), type=dict[str, Any])
        except msgspec.DecodeError as error:
            return self._refuse(400, 100, str(error))
        if body.get("status") == "read":
            self.marks.append(body)
            self.counts["typing" if body.get("typing_indicator") else "read"] += 1
            return _json({"success": True})
        to = str(body.get("to") or body.get("recipient") or "").lstrip("+")
        kind = str(body.get("type"))
        if body.get("messaging_product") != "whatsapp" or not to or not body.get(kind):
            return self._refuse(400, 100, "Invalid parameter")
        for_marketing, has_its_fields = edge == "marketing_messages", _MARKETING & body.keys()
        if (for_marketing and kind != "template") or (has_its_fields and not for_marketing):
            return self._refuse(400, 100, "Invalid parameter")
        self.counts[edge] += 1
        return await self._answer(request, line, to, body)

    async def _answer(
        self, request: web.BaseRequest, line: str, to: str, body: Json
    ) -> web.StreamResponse:
        behaviour = self._behaviour(to)
        record = None if behaviour.refuses else self._accept(line, to, body, behaviour.failed)
        if behaviour.hang_seconds:
            await asyncio.sleep(behaviour.hang_seconds)
        if behaviour.drop or behaviour.lose:
            if request.transport:
                request.transport.abort()
            return web.Response()
        if record is None:
            return self._refused_by(behaviour)
        named = {"user_id": to} if body.get("recipient") else {"wa_id": to}
        if to in self.user_ids:
            named["user_id"] = self.user_ids[to]
        return _json(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": body.get("to") or to, **named}],
                "messages": [{"id": record.id}],
            }
        )

    def _behaviour(self, to: str) -> Behaviour:
        for queue in (self._next_to.get(to), self._next):
            if queue:
                return queue.popleft()
        return _ACCEPT

    def _accept(self, line: str, to: str, body: Json, failed: int | None) -> Received:
        record = Received(
            id=f"wamid.HBgL{self._run}{len(self.received):08d}",
            at=time.time(),
            phone_number_id=line,
            to=to,
            type=body["type"],
            callback_data=body.get("biz_opaque_callback_data"),
            body=body,
        )
        self.received.append(record)
        if self.on_received:
            self.on_received(record)
        if self._pump:
            self._pump.follow(line, record.id, body, failed)
        return record

    def _refused_by(self, behaviour: Behaviour) -> web.Response:
        status = behaviour.status or STATUS_OF.get(behaviour.error or 0, 400)
        headers = {"Retry-After": behaviour.retry_after} if behaviour.retry_after else {}
        if behaviour.body is not None:
            self.counts["refused"] += 1
            return web.Response(
                status=status, text=behaviour.body, content_type="text/html", headers=headers
            )
        code = behaviour.error or ERRORS.get(status, 1)
        return self._refuse(status, code, "As scripted", headers)

    def _refuse(
        self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        self.counts["refused"] += 1
        return _failure(status, code, message, headers)

    def _node(self, id: str) -> web.Response:
        if id in self.media:
            kind, data = self.media[id]
            url = self.media_links.get(id, f"{self.url}/_media/{id}")
            found = {"id": id, "url": url, "mime_type": kind, "file_size": len(data)}
            return _json(found | {"messaging_product": "whatsapp"})
        if not id.isdigit():
            return _failure(400, 100, f"Object with ID '{id}' does not exist")
        return _json(
            {
                "id": id,
                "display_phone_number": f"+{BUSINESS_NUMBER}",
                "verified_name": "Recado test",
                "quality_rating": "GREEN",
                "status": "CONNECTED",
            }
        )

    async def _take_upload(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.upload_status != 200:
            return self._refuse(
                self.upload_status, ERRORS.get(self.upload_status, 1), "As scripted"
            )
        form = await request.post()
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp" or not isinstance(file, web.FileField):
            return self._refuse(400, 100, "The parameter messaging_product is required.")
        id = str(10**15 + len(self.media))
        self.media[id] = (file.content_type, file.file.read())
        self.uploads.append(id)
        return _json({"id": id})

    def _file(self, request: web.BaseRequest, id: str) -> web.Response:
        if not self._allowed(request) or id not in self.media:
            return web.Response(status=404)
        kind, data = self.media[id]
        return web.Response(body=data, headers={"Content-Type": kind})

    async def _control(self, request: web.BaseRequest, parts: list[str]) -> web.Response:
        match request.method, *parts:
            case "GET", "received":
                since = int(request.query.get("since", 0))
                items = self.received[since:]
                return _json({"items": items, "next": since + len(items)})
            case "GET", "stats":
                return _json(self.stats())
            case "POST", "script":
                self.script(*msgspec.json.decode(await request.read(), type=list[Behaviour]))
                return _json({"success": True})
            case "POST", "media", id:
                self.media[id] = (request.content_type, await request.read())
                return _json({"success": True})
        return web.Response(status=404)


def _failure(
    status: int, code: int, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    error = {
        "message": f"(#{code}) {message}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": message},
        "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    }
    return _json({"error": error}, status, headers)


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        headers={"Content-Type": "application/json", **(headers or {})},
    )


async def _main(arguments: argparse.Namespace) -> None:
    plan = StatusPlan(
        words=tuple(word for word in arguments.statuses.split(",") if word),
        delay_seconds=arguments.status_delay,
        shuffled=arguments.shuffled,
    )
    stub = GraphStub(
        webhook=arguments.webhook,
        secret=arguments.secret,
        token=arguments.token,
        plan=plan,
        port=arguments.port,
    )
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with stub:
        sys.stdout.write(f"{stub.url}\n")
        sys.stdout.flush()
        await stop.wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A stub of Meta's Graph API; prints its URL.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--webhook", help="where statuses are posted (default: nowhere)")
    parser.add_argument("--secret", default="", help="the app secret that signs the statuses")
    parser.add_argument("--token", help="the only access token that is taken (default: any)")
    parser.add_argument("--status-delay", type=float, default=0.05, help="seconds between two")
    parser.add_argument("--statuses", default="sent,delivered,read")
    parser.add_argument("--shuffled", action="store_true", help="post statuses out of order")
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(_main(_arguments()))

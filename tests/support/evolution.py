"""A stub of Evolution API v2: takes messages, remembers them, and pairs with a phone that is not
there.

    async with EvolutionStub() as evolution:
        line = evolution.line()

It answers as Evolution does, errors too: {status, error, response: {message}}.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from aiohttp import web

from recado.channels.port import Line

Json = dict[str, Any]

INSTANCE = "tienda"
BODY = web.RequestKey("body", dict)
API_KEY = "an evolution api key"
TOKEN = "a webhook token of some length"
#: Recorded webhooks by their names.
PAYLOADS = {
    path.stem: path
    for path in sorted(Path(__file__).parent.parent.glob("channels/evolution/payloads/*.json"))
}


class Behaviour(msgspec.Struct, kw_only=True):
    """What happens to the next message: `status` with `words` (Evolution's own error) or `body`
    (any text); `drop` takes it and closes the connection without an answer."""

    status: int = 201
    words: Any = None
    body: str | None = None
    retry_after: str | None = None
    drop: bool = False
    hang_seconds: float = 0


class Sent(msgspec.Struct):
    """A message that the stub accepted: /message/{action}/{instance}."""

    id: str
    action: str
    instance: str
    body: Json


class Instance(msgspec.Struct):
    state: str = "open"
    integration: str = "WHATSAPP-BAILEYS"
    webhook: Json | None = None
    codes: int = 0


class EvolutionStub:
    def __init__(self, *, instances: dict[str, Instance] | None = None) -> None:
        self.instances = {INSTANCE: Instance()} if instances is None else instances
        self.received: list[Sent] = []
        self.asked: list[tuple[str, str, Json]] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        #: What Evolution refuses in a webhook's events, as versions that do not know it do.
        self.unknown_events: set[str] = set()
        self.port = 0
        self._next: deque[Behaviour] = deque()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def line(self, address: str = INSTANCE, **credentials: str) -> Line:
        own = {"api_url": self.url, "api_key": API_KEY, "webhook_token": TOKEN}
        return Line("line1", "evolution", address, "Tienda", own | credentials)

    def settings(self) -> dict[str, str]:
        return {
            "EVOLUTION_API_URL": self.url,
            "EVOLUTION_API_KEY": API_KEY,
            "INSTANCE_NAME": INSTANCE,
            "EVOLUTION_WEBHOOK_TOKEN": TOKEN,
        }

    def script(self, *behaviours: Behaviour) -> None:
        self._next.extend(behaviours)

    def bodies(self, path: str) -> list[Json]:
        """What was posted to a path."""
        return [body for _, asked, body in self.asked if asked == path]

    async def __aenter__(self) -> EvolutionStub:
        app = web.Application(middlewares=[self._guard], client_max_size=136 * 1024 * 1024)
        app.router.add_post("/message/{action}/{instance}", self._message)
        app.router.add_post("/chat/getBase64FromMediaMessage/{instance}", self._file)
        app.router.add_post("/chat/{action}/{instance}", self._chat)
        app.router.add_post("/instance/create", self._create)
        app.router.add_get("/instance/fetchInstances", self._fetch)
        app.router.add_get("/instance/connect/{instance}", self._connect)
        app.router.add_get("/instance/connectionState/{instance}", self._state)
        app.router.add_delete("/instance/logout/{instance}", self._logout)
        app.router.add_get("/webhook/find/{instance}", self._webhook)
        app.router.add_post("/webhook/set/{instance}", self._set_webhook)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read() or b"{}")
        self.asked.append((request.method, request.path_qs, body))
        request[BODY] = body
        if request.headers.get("apikey") != API_KEY:
            return failure(401, "Unauthorized")
        name = request.match_info.get("instance")
        if name is not None and name not in self.instances:
            return failure(404, [f'The "{name}" instance does not exist'])
        response: web.StreamResponse = await handler(request)
        return response

    def _of(self, request: web.Request) -> Instance:
        return self.instances[request.match_info["instance"]]

    async def _message(self, request: web.Request) -> web.StreamResponse:
        behaviour = self._next.popleft() if self._next else Behaviour()
        if behaviour.hang_seconds:
            await asyncio.sleep(behaviour.hang_seconds)
        headers = {"Retry-After": behaviour.retry_after} if behaviour.retry_after else {}
        if behaviour.body is not None:
            return web.Response(
                status=behaviour.status, text=behaviour.body, content_type="text/html"
            )
        if behaviour.words is not None:
            return failure(behaviour.status, behaviour.words, headers)
        sent = self._accept(request)
        if behaviour.drop:
            if request.transport:
                request.transport.abort()
            return web.Response()
        jid = f"{sent.body.get('number', '')}@s.whatsapp.net"
        key = {"remoteJid": jid, "fromMe": True, "id": sent.id}
        return answer({"key": key, "message": sent.body, "status": "PENDING"}, 201)

    def _accept(self, request: web.Request) -> Sent:
        sent = Sent(
            id=f"3EB0{secrets.token_hex(9).upper()}",
            action=request.match_info["action"],
            instance=request.match_info["instance"],
            body=request[BODY],
        )
        self.received.append(sent)
        return sent

    async def _file(self, request: web.Request) -> web.StreamResponse:
        id = request[BODY]["message"]["key"]["id"]
        if id not in self.files:
            return failure(400, ["Error: Failed to fetch stream from https://mmg.whatsapp.net"])
        mime_type, data = self.files[id]
        found = {"mediaType": "imageMessage", "fileName": "", "mimetype": mime_type}
        return answer(found | {"base64": base64.b64encode(data).decode(), "buffer": None}, 201)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return answer({"message": "Read messages", "read": "success"}, 201)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = request[BODY]
        if refused := self._refused_events(body.get("webhook")):
            return refused
        instance = Instance("connecting", body["integration"], body.get("webhook"))
        self.instances[body["instanceName"]] = instance
        return answer(
            {
                "instance": {"instanceName": body["instanceName"], "status": "created"},
                "hash": "AN-INSTANCE-KEY",
                "qrcode": self._code(instance, body.get("number")),
            },
            201,
        )

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        instance = self._of(request)
        if instance.state == "open":
            return await self._state(request)
        instance.state = "connecting"
        return answer(self._code(instance, request.query.get("number")))

    def _code(self, instance: Instance, number: str | None) -> Json:
        instance.codes += 1
        pairing_code = "WZYEH1YY" if number else None
        code = f"2@code-{instance.codes},key=="
        return {"pairingCode": pairing_code, "code": code, "base64": "data:…", "count": 1}

    async def _state(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["instance"]
        return answer({"instance": {"instanceName": name, "state": self._of(request).state}})

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        name = request.query.get("instanceName", "")
        if name not in self.instances:
            return failure(404, [f'Instance "{name}" not found'])
        found = self.instances[name]
        return answer(
            [{"name": name, "connectionStatus": found.state, "integration": found.integration}]
        )

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        instance = self._of(request)
        if instance.state == "close":
            name = request.match_info["instance"]
            return failure(400, [f'The "{name}" instance is not connected'])
        instance.state = "close"
        return answer({"status": "SUCCESS", "error": False, "response": {"message": "done"}})

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        return answer(self._of(request).webhook)

    async def _set_webhook(self, request: web.Request) -> web.StreamResponse:
        webhook = request[BODY]["webhook"]
        if refused := self._refused_events(webhook):
            return refused
        self._of(request).webhook = webhook
        return answer(webhook, 201)

    def _refused_events(self, webhook: Json | None) -> web.StreamResponse | None:
        if webhook and self.unknown_events & set(webhook["events"]):
            return failure(400, [["instance.webhook.events is not one of enum values"]])
        return None


def answer(value: Any, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(value), content_type="application/json"
    )


def failure(status: int, words: Any, headers: dict[str, str] | None = None) -> web.Response:
    error = {401: "Unauthorized", 404: "Not Found", 400: "Bad Request"}.get(status, "Error")
    value = {"status": status, "error": error, "response": {"message": words}}
    response = answer(value, status)
    response.headers.update(headers or {})
    return response

"""A stub of Twilio's REST API on loopback: takes messages, keeps contents, signs callbacks.

    async with TwilioStub() as twilio:
        TwilioChannel(twilio.url, twilio.url)

Shapes are those of www.twilio.com/docs/messaging/api/message-resource,
…/docs/content/content-api-resources and …/docs/whatsapp/api/senders.
"""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from aiohttp import web

from recado.channels.twilio.signature import sign

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "an auth token"
NUMBER = "14155238886"
CUSTOMER = "16505551234"

#: Error code → the HTTP status in which Twilio sends it.
STATUS_OF = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503}


@dataclass
class Behaviour:
    """What happens to the next message. `code`: refused with that error of Twilio's. `status`:
    with that HTTP status, and `body` instead of JSON. `drop` takes it and closes without an
    answer; `lose` closes without taking it. `nonsense`: taken, and answered without an id."""

    code: int | None = None
    status: int | None = None
    body: str | None = None
    retry_after: str | None = None
    drop: bool = False
    lose: bool = False
    nonsense: bool = False


@dataclass
class Received:
    """A message that the stub accepted: its id and the form it came as."""

    id: str
    form: dict[str, str]


@dataclass
class TwilioStub:
    port: int = 0
    received: list[Received] = field(default_factory=list)
    contents: list[dict[str, Any]] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    typing: list[dict[str, str]] = field(default_factory=list)
    senders: list[dict[str, str]] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    senders_open: bool = True
    account_status: str = "active"
    #: Contents on a page of the list.
    page_size: int = 2
    requests: list[str] = field(default_factory=list)
    #: "http://elsewhere": what the list of contents names as its next page.
    next_page_host: str = ""
    _next: deque[Behaviour] = field(default_factory=deque)
    _runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> TwilioStub:
        self._runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
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

    def script(self, *behaviours: Behaviour) -> None:
        """What happens to the next messages; afterwards all are accepted again."""
        self._next.extend(behaviours)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        expected = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return _refusal(20003, "Authenticate")
        key = f"{request.method} {request.path}"
        account = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
        routes: dict[str, Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]] = {
            f"POST {account}/Messages.json": self._message,
            f"GET {account}.json": self._account,
            f"GET {account}/IncomingPhoneNumbers.json": self._numbers,
            "GET /v2/Channels/Senders": self._senders,
            "POST /v2/Indicators/Typing.json": self._typing,
            "POST /v1/Content": self._create,
            "GET /v1/ContentAndApprovals": self._list,
        }
        if key not in routes:
            return _refusal(20404, "The requested resource was not found")
        return await routes[key](request)

    async def _account(self, request: web.BaseRequest) -> web.StreamResponse:
        return _json({"sid": ACCOUNT_SID, "status": self.account_status})

    async def _numbers(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = request.query.get("PhoneNumber")
        found = [{"phone_number": number} for number in self.numbers if number == asked]
        return _json({"incoming_phone_numbers": found})

    async def _senders(self, request: web.BaseRequest) -> web.StreamResponse:
        if not self.senders_open:
            return _refusal(20404, "The requested resource was not found")
        return _json({"senders": self.senders, "meta": {}})

    async def _typing(self, request: web.BaseRequest) -> web.StreamResponse:
        self.typing.append(await _form(request))
        return _json({"success": True}, 201)

    async def _message(self, request: web.BaseRequest) -> web.StreamResponse:
        form = await _form(request)
        behaviour = self._next.popleft() if self._next else Behaviour()
        headers = {"Retry-After": behaviour.retry_after} if behaviour.retry_after else {}
        if behaviour.body is not None:
            status = behaviour.status or 500
            return web.Response(status=status, text=behaviour.body, headers=headers)
        if behaviour.code or behaviour.status:
            return _refusal(behaviour.code, "As scripted", behaviour.status, headers)
        if not behaviour.lose:
            self.received.append(Received(f"SM{len(self.received):032x}", form))
        if behaviour.drop or behaviour.lose:
            if request.transport:
                request.transport.abort()
            return web.Response()
        if behaviour.nonsense:
            return web.Response(status=201, text="<html>")
        answer = {"sid": self.received[-1].id, "status": "queued", "to": form.get("To")}
        return _json(answer, 201)

    async def _create(self, request: web.BaseRequest) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read())
        self.created.append(body)
        return _json({**body, "sid": f"HX{len(self.created):032x}"}, 201)

    async def _list(self, request: web.BaseRequest) -> web.StreamResponse:
        page = int(request.query.get("Page", "0"))
        start = page * self.page_size
        more = start + self.page_size < len(self.contents)
        host = self.next_page_host or self.url
        following = f"{host}/v1/ContentAndApprovals?Page={page + 1}" if more else None
        found = self.contents[start : start + self.page_size]
        return _json({"contents": found, "meta": {"page": page, "next_page_url": following}})


def content(
    name: str, types: dict[str, Any], *, language: str = "es", status: str = "approved", **more: Any
) -> dict[str, Any]:
    """An entry of ContentAndApprovals."""
    approval = {"name": name, "category": "UTILITY", "status": status, "rejection_reason": ""}
    return {
        "sid": f"HX{hashlib.md5(f'{name} {language}'.encode(), usedforsecurity=False).hexdigest()}",
        "friendly_name": name,
        "language": language,
        "variables": {},
        "types": types,
        "approval_requests": approval,
        **more,
    }


def form_of(**fields: str) -> bytes:
    return urlencode(fields).encode()


def message_form(text: str = "hola", **fields: str) -> bytes:
    """An incoming WhatsApp message as Twilio posts it."""
    common = {
        "MessageSid": "SM" + "1" * 32,
        "AccountSid": ACCOUNT_SID,
        "From": f"whatsapp:+{CUSTOMER}",
        "To": f"whatsapp:+{NUMBER}",
        "Body": text,
        "NumMedia": "0",
        "SmsStatus": "received",
        "ProfileName": "Ana",
        "WaId": CUSTOMER,
    }
    return form_of(**{**common, **fields})


def status_form(sid: str, word: str, **fields: str) -> bytes:
    common = {
        "MessageSid": sid,
        "MessageStatus": word,
        "SmsStatus": word,
        "AccountSid": ACCOUNT_SID,
        "From": f"whatsapp:+{NUMBER}",
        "To": f"whatsapp:+{CUSTOMER}",
        "ChannelPrefix": "whatsapp",
        "ApiVersion": "2010-04-01",
    }
    return form_of(**{**common, **fields})


def signed(url: str, body: bytes, token: str = AUTH_TOKEN) -> dict[str, str]:
    """The headers of a form that Twilio posts to `url`."""
    fields = parse_qsl(body.decode(), keep_blank_values=True)
    return {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "x-twilio-signature": sign(url, fields, token),
    }


async def _form(request: web.BaseRequest) -> dict[str, str]:
    return dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))


def _refusal(
    code: int | None, words: str, status: int | None = None, headers: dict[str, str] | None = None
) -> web.Response:
    status = status or STATUS_OF.get(code or 0, 400)
    body = {
        "code": code,
        "message": words,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return _json(body, status, headers)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        headers={"Content-Type": "application/json", **(headers or {})},
    )

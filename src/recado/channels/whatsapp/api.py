"""The connection to the Graph API: bounded, with a queue before it instead of a time-out.

Waiting for a free connection must never look like an unanswered request, so the queue is ours
and the clock of a request starts when it has a connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import structlog

from recado.channels.port import Line, SendReceipt
from recado.channels.whatsapp.answers import failure_of, receipt_of
from recado.errors import SendFailed, SendRejected, SendUnknown
from recado.resilience.breaker import FIGURES, Breaker, Figures, host_of

log = structlog.get_logger(__name__)

SessionFactory = Callable[[], aiohttp.ClientSession]


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests at once (the rest waits in order), and how long one may take."""

    connections: int = 64
    connect_seconds: float = 5.0
    total_seconds: float = 30.0
    best_effort_seconds: float = 5.0
    breaker: Figures = FIGURES


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class GraphApi:
    """One client for all lines; the line's token and number come with each call."""

    def __init__(
        self,
        api_url: str,
        api_version: str,
        limits: Limits,
        session_factory: SessionFactory | None = None,
    ) -> None:
        self._base = f"{api_url.rstrip('/')}/{api_version.strip('/')}"
        self.breaker = Breaker(host_of(api_url), limits.breaker)
        self._limits = limits
        self._factory = session_factory or self._new_session
        self._session: aiohttp.ClientSession | None = None
        self._queue = asyncio.Semaphore(limits.connections)
        self._aside = asyncio.Semaphore(max(limits.connections // 4, 1))

    async def send(self, line: Line, body: dict[str, Any]) -> SendReceipt:
        """POST one message, unless Meta is away.

        Raises SendRejected, SendThrottled, SendFailed, SendUnknown (see the channel port).
        """
        data, headers, url = _encode(body), _authorization(line), self._url(line, "/messages")
        to = str(body.get("to") or body.get("recipient") or "")
        async with self._queue:
            with self.breaker.call(line.id, to):
                try:
                    answer = await self._request("POST", url, headers, data)
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    raise _failure(error) from error
                return receipt_of(answer.status, answer.headers, answer.body)

    async def tell(self, line: Line, body: dict[str, Any]) -> None:
        """POST something whose loss harms no one: never raises for a fault on the way."""
        if self.breaker.state != "closed":
            return
        try:
            headers, url = _authorization(line), self._url(line, "/messages")
            async with asyncio.timeout(self._limits.best_effort_seconds), self._aside:
                answer = await self._request("POST", url, headers, _encode(body))
        except (aiohttp.ClientError, OSError, TimeoutError, SendRejected) as error:
            log.debug("whatsapp.best_effort_failed", line=line.id, error=repr(error))
            return
        if answer.status >= 300:
            log.debug("whatsapp.best_effort_refused", line=line.id, status=answer.status)

    async def look(self, line: Line, fields: str) -> Answer:
        """GET the phone number's own record.

        Raises aiohttp.ClientError, OSError or TimeoutError when Meta cannot be reached, and
        SendRejected when the line's address or token cannot even be put into a request.
        """
        headers, url = _authorization(line), self._url(line, f"?fields={quote(fields, safe=',')}")
        async with self._aside:
            return await self._request("GET", url, headers, None)

    async def look_at(self, line: Line, node: str, edge: str) -> Answer:
        """GET what hangs on another node, such as the account's. Raises as `look`."""
        headers, url = _authorization(line), f"{self._base}/{quote(node, safe='')}/{edge}"
        async with self._aside:
            return await self._request("GET", url, headers, None)

    async def get(self, line: Line, path: str) -> bytes:
        """GET anything of the line's account: Meta's answer. Raises as the port's `send` does."""
        try:
            async with self._aside:
                answer = await self._request(
                    "GET", self._base + path, self.authorization(line), None
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise SendFailed(f"Meta cannot be reached: {error!r}", outage=True) from error
        if answer.status != 200:
            raise failure_of(answer.status, answer.headers, answer.body)
        return answer.body

    async def upload(self, line: Line, form: aiohttp.FormData, *, seconds: float) -> Answer:
        """POST a file of the line's. Raises as `look` does."""
        url, headers = self._url(line, "/media"), self.authorization(line)
        timeout = aiohttp.ClientTimeout(total=seconds, connect=self._limits.connect_seconds)
        async with (
            self._aside,
            self._open().post(
                url, data=form, headers=headers, allow_redirects=False, timeout=timeout
            ) as response,
        ):
            return Answer(response.status, response.headers, await response.read())

    def authorization(self, line: Line) -> dict[str, str]:
        """The header that proves who asks. Raises SendRejected: the line has no usable token."""
        return {"Authorization": _authorization(line)["Authorization"]}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _url(self, line: Line, rest: str) -> str:
        if not line.address:
            raise SendRejected("The line has no phone number id", needs_person=True)
        return f"{self._base}/{quote(line.address, safe='')}{rest}"

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None
    ) -> Answer:
        async with self._open().request(
            method, url, data=data, headers=headers, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = self._factory()
        return self._session

    def _new_session(self) -> aiohttp.ClientSession:
        limits = self._limits
        connector = aiohttp.TCPConnector(
            # More than the two queues let through: nobody waits inside the connector.
            limit=2 * limits.connections,
            limit_per_host=2 * limits.connections,
            # Shorter than Meta keeps an idle connection: a request written to one that the
            # other side is closing would be a message of unknown fate.
            keepalive_timeout=15,
        )
        timeout = aiohttp.ClientTimeout(total=limits.total_seconds, connect=limits.connect_seconds)
        return aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        )


def _authorization(line: Line) -> dict[str, str]:
    token = line.credentials.get("access_token", "").strip()
    if not token:
        raise SendRejected("The line has no access token", needs_person=True)
    if not (token.isascii() and token.isprintable()):
        raise SendRejected("The line's access token has characters no token has", needs_person=True)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _encode(body: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise SendRejected(f"The message cannot be written as JSON: {error}") from error


def _failure(error: Exception) -> SendFailed | SendUnknown | SendRejected:
    """What a request without an answer means: was a connection there, so that Meta may have it?"""
    if isinstance(error, aiohttp.InvalidURL):
        return SendRejected(f"WHATSAPP_API_URL is not a URL: {error}", needs_person=True)
    unsent = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
    if isinstance(error, unsent):
        return SendFailed(f"Meta cannot be reached: {error}", outage=True)
    return SendUnknown(f"The request went out and no answer came: {error!r}")

"""The connection to Evolution API servers: bounded, with a queue before it instead of a time-out.

As channels/whatsapp/api.py, but each line names its own server, and answers may hold a file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import msgspec
import structlog

from recado.channels.evolution.loose import Json
from recado.channels.port import Line
from recado.errors import SendError, SendFailed, SendRejected, SendUnknown
from recado.resilience.breaker import FIGURES, Breaker, Breakers, Figures, host_of

log = structlog.get_logger(__name__)

SessionFactory = Callable[[], aiohttp.ClientSession]
#: What a proxy says of a server behind it that is away.
_GATEWAY = (502, 503, 504)
_LONGEST_ANSWER = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests at once (the rest waits in order), and how long one may take."""

    connections: int = 32
    files: int = 2
    connect_seconds: float = 5.0
    total_seconds: float = 30.0
    status_seconds: float = 15.0
    best_effort_seconds: float = 5.0
    file_seconds: float = 240.0
    breaker: Figures = FIGURES


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The answer as JSON; None when it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


class EvolutionApi:
    """One client for all lines; the line's server and key come with each call."""

    def __init__(self, limits: Limits, session_factory: SessionFactory | None = None) -> None:
        self.limits = limits
        self.breakers = Breakers(limits.breaker)
        self._factory = session_factory or self._new_session
        self._session: aiohttp.ClientSession | None = None
        self._queue = asyncio.Semaphore(limits.connections)
        self._aside = asyncio.Semaphore(max(limits.connections // 4, 1))
        #: Apart: "typing…" is answered only when it is over, and must keep nobody waiting.
        self._telling = asyncio.Semaphore(max(limits.connections // 4, 1))
        self._files = asyncio.Semaphore(limits.files)

    async def post_message(self, line: Line, action: str, body: Json) -> Answer:
        """POST /message/{action}/{instance}, unless the line's server is away.

        Raises SendRejected, SendFailed, SendUnknown.
        """
        async with self._queue:
            with self.breaker(line).call(line.id, str(body.get("number", ""))) as call:
                answer = await self._request(line, "POST", f"/message/{action}/{{instance}}", body)
                # In its own words it answers for one instance, and is not away.
                if answer.status in _GATEWAY and answer.json() is None:
                    call.away()
                return answer

    def breaker(self, line: Line) -> Breaker:
        return self.breakers.at(host_of(line.credentials.get("api_url", "")))

    async def ask(
        self,
        line: Line,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        seconds: float | None = None,
    ) -> Answer:
        """Any other request; `{instance}` in the path is the line's. Raises as `post_message`;
        asking again does no harm."""
        async with self._aside:
            return await self._request(line, method, path, body, seconds)

    async def ask_file(self, line: Line, path: str, body: Json, *, most: int) -> Answer:
        """POST for an answer that holds a file; of more than `most` bytes it raises SendRejected.
        Few at once: each is in memory as a whole."""
        async with self._files:
            return await self._request(line, "POST", path, body, self.limits.file_seconds, most)

    async def tell(self, line: Line, path: str, body: Json) -> None:
        """POST something whose loss harms no one: never raises for a fault on the way."""
        if self.breaker(line).state != "closed":
            return
        try:
            async with asyncio.timeout(self.limits.best_effort_seconds), self._telling:
                answer = await self._request(line, "POST", path, body)
        except (SendError, TimeoutError) as error:
            log.debug("evolution.best_effort_failed", line=line.id, error=repr(error))
            return
        if not answer.ok:
            log.debug("evolution.best_effort_refused", line=line.id, status=answer.status)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _request(
        self,
        line: Line,
        method: str,
        path: str,
        body: Json | None,
        seconds: float | None = None,
        most: int = _LONGEST_ANSWER,
    ) -> Answer:
        url = _url(line, path)
        headers = {"apikey": _key(line), "Content-Type": "application/json"}
        data = None if body is None else _encode(body)
        if self._session is None or self._session.closed:
            self._session = self._factory()
        timeout = aiohttp.ClientTimeout(
            total=seconds or self.limits.total_seconds, connect=self.limits.connect_seconds
        )
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                found = await _read(response, most)
                return Answer(response.status, response.headers, found)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _failure(line, error) from error

    def _new_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            # More than the two queues let through: nobody waits inside the connector.
            limit=2 * self.limits.connections,
            # Node keeps an idle connection for 5 s: a request written to one that the other side
            # is closing would be a message of unknown fate.
            keepalive_timeout=3,
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    found = bytearray()
    async for chunk in response.content.iter_chunked(256 * 1024):
        found += chunk
        if len(found) > most:
            raise SendRejected(f"Evolution API's answer is larger than {most} bytes")
    return bytes(found)


def _url(line: Line, path: str) -> str:
    base = line.credentials.get("api_url", "").strip().rstrip("/")
    if urlsplit(base).scheme not in ("http", "https"):
        raise SendRejected(
            "The line has no api_url (EVOLUTION_API_URL): where its Evolution API runs, such as"
            " http://127.0.0.1:8081",
            needs_person=True,
        )
    if not line.address:
        raise SendRejected("The line has no instance (INSTANCE_NAME)", needs_person=True)
    return base + path.replace("{instance}", quote(line.address, safe=""))


def _key(line: Line) -> str:
    key = line.credentials.get("api_key", "").strip()
    if not key or not (key.isascii() and key.isprintable()):
        raise SendRejected(
            "The line has no usable api_key (EVOLUTION_API_KEY): Evolution's"
            " AUTHENTICATION_API_KEY, or the instance's own key",
            needs_person=True,
        )
    return key


def _encode(body: Json) -> bytes:
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise SendRejected(f"The message cannot be written as JSON: {error}") from error


def _failure(line: Line, error: Exception) -> SendError:
    """What a request without an answer means: was a connection there, so that it may have it?"""
    url = line.credentials.get("api_url", "")
    if isinstance(error, aiohttp.InvalidURL):
        return SendRejected(f"The line's api_url is not a URL: {url}", needs_person=True)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return SendFailed(f"Evolution API at {url} cannot be reached: {error}", outage=True)
    return SendUnknown(f"The request went out and no answer came: {error!r}")

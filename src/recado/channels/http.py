"""HTTP to a channel's provider: so many requests at once, and a queue before them, not a time-out.

Waiting for a free connection must never look like an unanswered request: so the queue is ours, not
the connector's, and the clock of a request starts when it has its place.

There are three kinds of request, by what it means that no answer came:

    send    a message: nobody can tell whether it went out
    ask     whatever may be asked again: it failed
    tell    what nobody will miss (typing, read marks): nothing
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import aiohttp
import msgspec
import structlog
from yarl import URL

from recado.errors import SendError, SendFailed, SendRejected, SendUnknown
from recado.resilience.breaker import FIGURES, Breaker, Figures, host_of
from recado.settings import Settings

log = structlog.get_logger(__name__)

T = TypeVar("T")
SessionFactory = Callable[[], aiohttp.ClientSession]
Headers = Mapping[str, str]

#: A whole page of templates is well below it.
LONGEST_ANSWER = 16 * 1024 * 1024
_NO_URL = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)
#: No connection was there, so not a byte of the request has left.
_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
#: Why there was no answer, in words; the first that fits.
_WHY: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "its name is not known"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not valid"),
    (aiohttp.ClientSSLError, "no secure connection could be made"),
    (aiohttp.ConnectionTimeoutError, "no connection was made in time"),
    (aiohttp.ClientConnectorError, "it takes no connection"),
    (TimeoutError, "the time for it is over"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
    (aiohttp.ClientConnectionError, "the connection broke off"),
    (OSError, "the connection broke off"),
)


class _TooLong(aiohttp.ClientPayloadError):
    """An answer of which no more is read."""


#: So long a conversation waits for the answer to one message; then it goes on, and a status or an
#: echo tells what became of it.
MESSAGE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests at once (the rest waits in order), and how long one may take."""

    connections: int = 64
    connect_seconds: float = 5.0
    total_seconds: float = 30.0
    best_effort_seconds: float = 5.0
    breaker: Figures = FIGURES

    @classmethod
    def from_settings(cls, settings: Settings, *, connections: int = 64) -> Limits:
        breaker = Figures(settings.breaker_failures, settings.breaker_seconds)
        return cls(connections=connections, breaker=breaker)


class Answer(msgspec.Struct, frozen=True):
    """What the provider answered; names of `headers` may be looked up in any case."""

    status: int
    headers: Headers
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


class ProviderHttp:
    """One kind of provider. People are told its `name`, and `address_setting`: where its address
    can be corrected."""

    def __init__(
        self,
        name: str,
        address_setting: str,
        limits: Limits,
        *,
        idle_seconds: float,
        session_factory: SessionFactory | None = None,
    ) -> None:
        """`idle_seconds`: how long an idle connection is kept. Shorter than the provider keeps it:
        a request written to one that the other side is closing would be a message of unknown fate.
        `session_factory` replaces the HTTP session; it is called in the running loop."""
        self._name = name
        self._address_setting = address_setting
        self._limits = limits
        self._idle_seconds = idle_seconds
        self._factory = session_factory or self._new_session
        self._session: aiohttp.ClientSession | None = None
        self._timeout = self._timeout_of(limits.total_seconds)
        places = max(limits.connections // 4, 1)
        self._queue = asyncio.Semaphore(limits.connections)
        self._asking = asyncio.Semaphore(places)
        #: Apart: some answer "typing…" only when it is over, and that must keep nobody waiting.
        self._telling = asyncio.Semaphore(places)

    async def send(
        self,
        breaker: Breaker,
        who: tuple[str, str],
        url: str,
        headers: Headers,
        data: bytes,
        read: Callable[[Answer], T],
        *,
        seconds: float = MESSAGE_SECONDS,
    ) -> T:
        """POST one message and `read` the answer, unless the provider is away.

        `who`: the line and the recipient, by which the breaker tells their trouble from the
        provider's; what `read` raises counts there too. Raises what `read` does, SendFailed (no
        connection), SendUnknown (no answer), SendRejected (the address is no URL).
        """
        timeout = self._timeout_of(min(seconds, self._limits.total_seconds))
        async with self._queue:
            with breaker.call(*who) as call:
                try:
                    answer = await self._request("POST", url, headers, data, timeout)
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    raise self._unsent(url, error) or self._unanswered(error) from error
                if answer.status >= 500:
                    call.broken()
                return read(answer)

    async def ask(
        self,
        method: str,
        url: str,
        headers: Headers,
        data: bytes | aiohttp.FormData | None = None,
        *,
        seconds: float | None = None,
        most_bytes: int = LONGEST_ANSWER,
    ) -> Answer:
        """Any request that may be made again. `seconds`: how long it may take.

        Raises SendFailed (no answer), SendRejected (more than `most_bytes`; the address is no URL).
        """
        timeout = self._timeout if seconds is None else self._timeout_of(seconds)
        async with self._asking:
            try:
                return await self._request(method, url, headers, data, timeout, most_bytes)
            except _TooLong as error:
                longest = f"{self._name}'s answer is larger than {most_bytes} bytes"
                raise SendRejected(longest) from error
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                silent = SendFailed(f"{self._name} does not answer ({_why(error)})", outage=True)
                raise self._unsent(url, error) or silent from error

    async def tell(self, breaker: Breaker, url: str, headers: Headers, data: bytes) -> None:
        """POST something whose loss harms no one: never raises for a fault on the way."""
        if breaker.state != "closed":
            return
        try:
            async with asyncio.timeout(self._limits.best_effort_seconds), self._telling:
                answer = await self._request("POST", url, headers, data)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.debug("best effort failed", provider=self._name, error=repr(error))
            return
        if not answer.ok:
            log.debug("best effort refused", provider=self._name, status=answer.status)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _request(
        self,
        method: str,
        url: str,
        headers: Headers,
        data: bytes | aiohttp.FormData | None,
        timeout: aiohttp.ClientTimeout | None = None,
        most_bytes: int = LONGEST_ANSWER,
    ) -> Answer:
        if self._session is None or self._session.closed:
            self._session = self._factory()
        response = await self._session.request(
            method,
            _parsed(url),
            data=data,
            headers=headers,
            allow_redirects=False,
            timeout=timeout or self._timeout,
        )
        if response.content.is_eof():  # as nearly always: it came in one piece
            return Answer(response.status, response.headers, await response.read())
        async with response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(256 * 1024):
                body += chunk
                if len(body) > most_bytes:
                    raise _TooLong
            return Answer(response.status, response.headers, bytes(body))

    def _unsent(self, url: str, error: Exception) -> SendError | None:
        """What it means when not a byte of the request has left; None: it may have."""
        if isinstance(error, _NO_URL):
            wrong = f"{self._address_setting} is not the http address of a server: {url}"
            return SendRejected(wrong, needs_person=True)
        if isinstance(error, _UNSENT):
            what = f"{self._name} at {host_of(url)} cannot be reached ({_why(error)})"
            fix = f"check {self._address_setting}, the network and the proxy"
            return SendFailed(f"{what}: {fix}", outage=True)
        return None

    def _unanswered(self, error: Exception) -> SendUnknown:
        return SendUnknown(
            f"The message left for {self._name} and no answer came ({_why(error)}): it may or may"
            " not have been sent"
        )

    def _timeout_of(self, seconds: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=seconds, connect=self._limits.connect_seconds)

    def _new_session(self) -> aiohttp.ClientSession:
        # Without a limit of its own: our queues are the limit, and nobody waits inside.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=self._idle_seconds)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


@lru_cache(maxsize=256)
def _parsed(url: str) -> URL | str:
    """A line's messages all go to the same address, whose parts need to be found only once."""
    try:
        return URL(url)
    except ValueError:
        return url  # for the session to refuse, as it refuses others


def to_json(body: Any) -> bytes:
    """Raises SendRejected: it holds what JSON cannot say, such as half a character."""
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise SendRejected(f"The message cannot be written as JSON: {error}") from error


def _why(error: Exception) -> str:
    return next((words for kind, words in _WHY if isinstance(error, kind)), str(error))

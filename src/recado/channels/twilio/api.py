"""The connection to Twilio: bounded, with a queue before it instead of a time-out.

The line between "surely not sent" and "no one can tell" is drawn here. Twilio's own JSON error says
that it did not take the message; a gateway before it says nothing of what happened behind it.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
import structlog

from recado.channels.port import Line, SendReceipt
from recado.channels.twilio.codes import explain
from recado.channels.verdicts import Verdict, retry_after_seconds, without_words
from recado.channels.whatsapp.api import Answer, Limits, SessionFactory
from recado.errors import SendError, SendFailed, SendRejected, SendThrottled, SendUnknown
from recado.resilience.breaker import Breaker, host_of

log = structlog.get_logger(__name__)

T = TypeVar("T")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}


class TwilioError(msgspec.Struct):
    """Twilio's error object. Source: www.twilio.com/docs/usage/twilios-response"""

    message: str
    code: int | None = None


class _Message(msgspec.Struct):
    sid: str


class TwilioApi:
    """One client for all lines; the line's credentials come with each call."""

    def __init__(
        self,
        api_url: str,
        content_url: str,
        limits: Limits,
        session_factory: SessionFactory | None = None,
    ) -> None:
        self.base = api_url.rstrip("/")
        self.content = content_url.rstrip("/")
        #: Typing and the list of senders live on a host of their own, also in another region.
        self.messaging = self.base.replace("://api.", "://messaging.", 1)
        self.breaker = Breaker(host_of(self.base), limits.breaker)
        self._limits = limits
        self._factory = session_factory or self._new_session
        self._session: aiohttp.ClientSession | None = None
        self._queue = asyncio.Semaphore(limits.connections)
        self._aside = asyncio.Semaphore(max(limits.connections // 4, 1))

    async def send(self, line: Line, form: Mapping[str, str]) -> SendReceipt:
        """POST one message.

        Raises SendRejected, SendThrottled, SendFailed, SendUnknown (see the channel port).
        """
        url, headers = self.account_url(line, "/Messages.json"), credentials_of(line) | _FORM
        data = urlencode(form, encoding="utf-8", errors="replace").encode()
        async with self._queue:
            with self.breaker.call(line.id, form.get("To", "")):
                try:
                    answer = await self._request("POST", url, headers, data)
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    raise _failure(error) from error
                return _receipt_of(answer)

    async def ask(self, line: Line, url: str, kind: type[T], body: Any = None) -> T:
        """GET, or POST `body` as JSON; nothing of this reaches a person.

        Raises SendRejected, SendThrottled, SendFailed.
        """
        data = None if body is None else msgspec.json.encode(body)
        headers = credentials_of(line) | _JSON
        async with self._aside:
            try:
                answer = await self._request("GET" if data is None else "POST", url, headers, data)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                why = str(error) or type(error).__name__
                raise SendFailed(f"{url} cannot be reached: {why}", outage=True) from error
        if not 200 <= answer.status < 300:
            failure = failure_of(answer)
            if isinstance(failure, SendUnknown):
                raise SendFailed(failure.detail, code=failure.code)
            raise failure
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SendRejected(f"{url} does not answer as Twilio does: {error}") from error

    async def tell(self, line: Line, url: str, form: Mapping[str, str]) -> None:
        """POST something whose loss harms no one: never raises for a fault on the way."""
        if self.breaker.state != "closed":
            return
        try:
            headers = credentials_of(line) | _FORM
            async with asyncio.timeout(self._limits.best_effort_seconds), self._aside:
                answer = await self._request("POST", url, headers, urlencode(form).encode())
        except (aiohttp.ClientError, OSError, TimeoutError, SendRejected) as error:
            log.debug("twilio.best_effort_failed", line=line.id, error=repr(error))
            return
        if answer.status >= 300:
            log.debug("twilio.best_effort_refused", line=line.id, status=answer.status)

    def account_url(self, line: Line, rest: str) -> str:
        sid = line.credentials.get("account_sid", "").strip()
        return f"{self.base}/2010-04-01/Accounts/{quote(sid, safe='')}{rest}"

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None
    ) -> Answer:
        if self._session is None or self._session.closed:
            self._session = self._factory()
        async with self._session.request(
            method, url, data=data, headers=headers, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    def _new_session(self) -> aiohttp.ClientSession:
        limits = self._limits
        connector = aiohttp.TCPConnector(
            # More than the two queues let through: nobody waits inside the connector.
            limit=2 * limits.connections,
            limit_per_host=2 * limits.connections,
            keepalive_timeout=15,  # shorter than Twilio keeps an idle connection
        )
        timeout = aiohttp.ClientTimeout(total=limits.total_seconds, connect=limits.connect_seconds)
        return aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        )


def credentials_of(line: Line) -> dict[str, str]:
    """The Authorization header. Raises SendRejected: the line lacks a credential."""
    sid = line.credentials.get("account_sid", "").strip()
    token = line.credentials.get("auth_token", "").strip()
    for name, value in (("account SID", sid), ("auth token", token)):
        if not value:
            raise SendRejected(f"The line has no {name}", needs_person=True)
        if not (value.isascii() and value.isprintable()):
            raise SendRejected(f"The line's {name} has characters none has", needs_person=True)
    basic = base64.b64encode(f"{sid}:{token}".encode()).decode()
    return {"Authorization": f"Basic {basic}"}


def failure_of(answer: Answer) -> SendError:
    """The error that an answer other than 2xx stands for."""
    try:
        error = msgspec.json.decode(answer.body, type=TwilioError)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _without_words(answer)
    meaning = explain(error.code, answer.status)
    code = error.code if error.code is not None else answer.status
    detail = f"{meaning.advice} (Twilio's error {code}: {error.message})"
    if meaning.verdict is Verdict.THROTTLED or answer.status == 429:
        wait = retry_after_seconds(answer.headers) or meaning.retry_after_seconds
        return SendThrottled(detail, code=code, retry_after_seconds=wait)
    if meaning.verdict is Verdict.RETRY:
        return SendFailed(detail, code=code, outage=meaning.outage or answer.status == 503)
    return SendRejected(detail, code=code, needs_person=meaning.needs_person)


def _without_words(answer: Answer) -> SendError:
    return without_words(
        answer.status,
        answer.headers,
        before="A gateway before Twilio",
        not_theirs="not Twilio's JSON: TWILIO_API_URL does not lead to Twilio",
    )


def _receipt_of(answer: Answer) -> SendReceipt:
    if not 200 <= answer.status < 300:
        raise failure_of(answer)
    try:
        sid = msgspec.json.decode(answer.body, type=_Message).sid
        raw = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        sid, raw = "", None
    if not sid:
        raise SendUnknown("Twilio answered without a message id: it may or may not have sent it")
    return SendReceipt(sid, raw)


def _failure(error: Exception) -> SendFailed | SendUnknown | SendRejected:
    """What a request without an answer means: was a connection there, so Twilio may have it?"""
    if isinstance(error, aiohttp.InvalidURL):
        return SendRejected(f"TWILIO_API_URL is not a URL: {error}", needs_person=True)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return SendFailed(f"Twilio cannot be reached: {error}", outage=True)
    return SendUnknown(f"The request went out and no answer came: {error!r}")

"""Twilio as one client for all lines: a line's credentials come with each call.

The line between "surely not sent" and "no one can tell" is drawn here. Twilio's own JSON error says
that it did not take the message, but for its faults (5xx), which may come after that; a gateway
before it says nothing of what happened behind it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from recado.channels.http import Answer, Limits, ProviderHttp, SessionFactory, to_json
from recado.channels.messages import SendReceipt
from recado.channels.port import Line
from recado.channels.twilio.codes import explain
from recado.channels.verdicts import in_their_words, only_asked, without_words
from recado.errors import SendError, SendRejected, SendUnknown
from recado.resilience.breaker import Breaker, host_of

T = TypeVar("T")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}


class TwilioError(msgspec.Struct):
    """Twilio's error object. Source: www.twilio.com/docs/usage/twilios-response"""

    message: str
    code: int
    more_info: str = ""

    @property
    def is_twilios(self) -> bool:
        """Gateways answer {"code": 503, "message": …}, too; Twilio's codes have five digits."""
        return 10_000 <= self.code < 100_000 or "twilio" in self.more_info


class _Message(msgspec.Struct):
    sid: str


class TwilioApi:
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
        self._http = ProviderHttp(
            "Twilio", "TWILIO_API_URL", limits, idle_seconds=15, session_factory=session_factory
        )

    async def send(self, line: Line, form: Mapping[str, str]) -> SendReceipt:
        """POST one message, unless Twilio is away.

        Raises SendRejected, SendThrottled, SendFailed, SendUnknown (see the channel port).
        """
        url, headers = self.account_url(line, "/Messages.json"), credentials_of(line) | _FORM
        data, who = _encode(form), (line.id, form.get("To", ""))
        return await self._http.send(self.breaker, who, url, headers, data, _receipt_of)

    async def ask(self, line: Line, url: str, kind: type[T], body: Any = None) -> T:
        """GET, or POST `body` as JSON; nothing of this reaches a person.

        Raises SendRejected, SendThrottled, SendFailed.
        """
        data = None if body is None else to_json(body)
        headers = credentials_of(line) | _JSON
        answer = await self._http.ask("GET" if data is None else "POST", url, headers, data)
        if not answer.ok:
            raise only_asked(failure_of(answer))
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SendRejected(f"{url} does not answer as Twilio does: {error}") from error

    async def tell(self, line: Line, url: str, form: Mapping[str, str]) -> None:
        """POST something whose loss harms no one: never raises for a fault on the way."""
        with suppress(SendRejected):  # sending says what the line lacks
            await self._http.tell(self.breaker, url, credentials_of(line) | _FORM, _encode(form))

    def account_url(self, line: Line, rest: str) -> str:
        sid = line.credentials.get("account_sid", "").strip()
        return f"{self.base}/2010-04-01/Accounts/{quote(sid, safe='')}{rest}"

    async def close(self) -> None:
        await self._http.close()


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
    if not error.is_twilios:
        return _without_words(answer)
    meaning = explain(error.code, answer.status)
    detail = f"{meaning.advice} (Twilio's error {error.code}: {error.message})"
    return in_their_words(meaning, detail, code=error.code, answer=answer)


def _without_words(answer: Answer) -> SendError:
    return without_words(
        answer,
        before="A gateway before Twilio",
        not_theirs="not Twilio's JSON: TWILIO_API_URL does not lead to Twilio",
    )


def _receipt_of(answer: Answer) -> SendReceipt:
    if not answer.ok:
        raise failure_of(answer)
    try:
        sid = msgspec.json.decode(answer.body, type=_Message).sid
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        sid = ""
    if not sid:
        raise SendUnknown("Twilio answered without a message id: it may or may not have sent it")
    return SendReceipt(sid)


def _encode(form: Mapping[str, str]) -> bytes:
    return urlencode(form, encoding="utf-8", errors="replace").encode()

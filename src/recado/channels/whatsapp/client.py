"""The Graph API as one client for all lines: a line's token and number come with each call.

What its answer to a send means, a receipt or the error that says whether to try again, stands
above the client. The line between "surely not sent" and "no one can tell" is drawn there, because
a message must never go out twice. Meta's own JSON error says that it did not send, but for the few
codes that may come after it has taken the message (codes.py). Whatever is not Meta's JSON error, a
gateway's page or an empty body with any status, says nothing of what happened behind it.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from recado.channels.http import Answer, Limits, ProviderHttp, SessionFactory, to_json
from recado.channels.messages import Identity, SendReceipt
from recado.channels.port import Line
from recado.channels.verdicts import in_their_words, number_of, only_asked, without_words
from recado.channels.whatsapp import identities
from recado.channels.whatsapp.codes import CODES, explain
from recado.errors import SendError, SendRejected, SendUnknown
from recado.resilience.breaker import Breaker, host_of


class GraphError(msgspec.Struct):
    """The `error` object of a Graph API answer."""

    code: int | str | None = None
    message: str = ""
    type: str = ""
    is_transient: bool = False
    error_data: Any = None
    error_subcode: Any = None
    fbtrace_id: str | None = None

    @property
    def is_metas(self) -> bool:
        """Others answer {"error": {"code": 503, "message": …}}, too: Meta's has a code that is
        known as one of Meta's, or what only Meta writes."""
        code = number_of(self.code)
        marks = self.type or self.fbtrace_id or self.error_data or self.error_subcode
        return code in CODES or bool(code >= 0 and marks)

    def in_words(self) -> str:
        details = self.error_data.get("details") if isinstance(self.error_data, dict) else None
        return str(details or self.message or "no reason given")


class _Failure(msgspec.Struct):
    error: GraphError


class _Sent(msgspec.Struct):
    id: str


class _Success(msgspec.Struct):
    messages: list[_Sent]
    contacts: Any = None


def receipt_of(answer: Answer) -> SendReceipt:
    """The receipt of a message that Meta took.

    Raises SendRejected, SendThrottled, SendFailed or SendUnknown.
    """
    if not answer.ok:
        raise failure_of(answer)
    try:
        success = msgspec.json.decode(answer.body, type=_Success)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        success = _Success([])
    if not success.messages or not success.messages[0].id:
        raise SendUnknown("Meta answered without a message id, so it may or may not have sent it")
    return SendReceipt(success.messages[0].id, _person_of(success.contacts))


def _person_of(contacts: Any) -> tuple[Identity, ...]:
    """All the names of the one person that it went to: () unless it has several."""
    if not isinstance(contacts, list) or len(contacts) != 1 or not isinstance(contacts[0], dict):
        return ()
    given = {key: it for key, it in contacts[0].items() if isinstance(it, str)}
    found = (
        identities.user_id(given.get("user_id")),
        identities.address(given.get("wa_id")),
        identities.address(given.get("input")),
        identities.user_id(given.get("parent_user_id")),
    )
    named = tuple(dict.fromkeys(it for it in found if it and it.kind != "provider"))
    return named if len({it.kind for it in named}) > 1 else ()


def graph_error(body: bytes) -> GraphError | None:
    """Meta's own error in an answer, if the answer is Meta's at all."""
    try:
        error = msgspec.json.decode(body, type=_Failure).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return error if error.is_metas else None


def failure_of(answer: Answer) -> SendError:
    """The error that an answer other than 2xx stands for."""
    error = graph_error(answer.body)
    if error is None or error.code is None:
        return _without_words(answer)
    meaning = explain(error.code, answer.status, error.is_transient)
    detail = f"{meaning.advice} (Meta's error {error.code}: {error.in_words()})"
    return in_their_words(meaning, detail, code=error.code, answer=answer)


def _without_words(answer: Answer) -> SendError:
    return without_words(
        answer,
        before="A gateway before Meta",
        not_theirs="not Meta's JSON: WHATSAPP_API_URL does not lead to the Graph API",
    )


_JSON = {"Content-Type": "application/json"}


class GraphApi:
    """What reads raises SendRejected, SendThrottled and SendFailed: nothing of it goes out."""

    def __init__(
        self,
        api_url: str,
        api_version: str,
        limits: Limits,
        session_factory: SessionFactory | None = None,
    ) -> None:
        self._base = f"{api_url.rstrip('/')}/{api_version.strip('/')}"
        self.breaker = Breaker(host_of(api_url), limits.breaker)
        self._http = ProviderHttp(
            "Meta", "WHATSAPP_API_URL", limits, idle_seconds=15, session_factory=session_factory
        )

    async def send(
        self, line: Line, body: dict[str, Any], *, path: str = "/messages"
    ) -> SendReceipt:
        """POST one message, unless Meta is away.

        Raises SendRejected, SendThrottled, SendFailed, SendUnknown (see the channel port).
        """
        url, headers, data = (
            self._url(line, path),
            authorization(line) | _JSON,
            to_json(body),
        )
        to = str(body.get("to") or body.get("recipient") or "")
        return await self._http.send(self.breaker, (line.id, to), url, headers, data, receipt_of)

    async def tell(self, line: Line, body: dict[str, Any]) -> None:
        """POST something whose loss harms no one: never raises for a fault on the way."""
        with suppress(SendRejected):  # sending says what the line lacks
            url, headers = self._url(line, "/messages"), authorization(line) | _JSON
            await self._http.tell(self.breaker, url, headers, to_json(body))

    async def look(self, line: Line, fields: str) -> Answer:
        """GET the phone number's own record."""
        url = self._url(line, f"?fields={quote(fields, safe=',')}")
        return await self._http.ask("GET", url, authorization(line))

    async def look_at(self, line: Line, node: str, edge: str) -> Answer:
        """GET what hangs on another node, such as the account's."""
        url = f"{self._base}/{quote(node, safe='')}/{edge}"
        return await self._http.ask("GET", url, authorization(line))

    async def get(self, line: Line, path: str) -> bytes:
        """GET anything of the line's account: Meta's answer to it. Its refusals are raised too."""
        answer = await self._http.ask("GET", self._base + path, authorization(line))
        return _accepted(answer).body

    async def upload(self, line: Line, form: aiohttp.FormData, *, seconds: float) -> bytes:
        """POST a file of the line's: Meta's answer to it. Its refusals are raised too."""
        url, headers = self._url(line, "/media"), authorization(line)
        answer = await self._http.ask("POST", url, headers, form, seconds=seconds)
        return _accepted(answer).body

    async def close(self) -> None:
        await self._http.close()

    def _url(self, line: Line, rest: str) -> str:
        if not line.address:
            raise SendRejected("The line has no phone number id", needs_person=True)
        return f"{self._base}/{_quoted(line.address)}{rest}"


@lru_cache(maxsize=256)
def _quoted(address: str) -> str:
    return quote(address, safe="")


def authorization(line: Line) -> dict[str, str]:
    """The header that proves who asks. Raises SendRejected: the line has no usable token."""
    token = line.credentials.get("access_token", "").strip()
    if not token:
        raise SendRejected("The line has no access token", needs_person=True)
    if not (token.isascii() and token.isprintable()):
        raise SendRejected("The line's access token has characters no token has", needs_person=True)
    return {"Authorization": f"Bearer {token}"}


def _accepted(answer: Answer) -> Answer:
    if answer.status != 200:
        raise only_asked(failure_of(answer))
    return answer

"""The Graph API as one client for all lines: a line's token and number come with each call."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import aiohttp

from recado.channels.http import Answer, Limits, ProviderHttp, SessionFactory, to_json
from recado.channels.messages import SendReceipt
from recado.channels.port import Line
from recado.channels.verdicts import only_asked
from recado.channels.whatsapp.answers import failure_of, receipt_of
from recado.errors import SendRejected
from recado.resilience.breaker import Breaker, host_of

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

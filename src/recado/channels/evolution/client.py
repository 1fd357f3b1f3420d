"""Evolution API as one client for all lines; each line names its own server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import quote, urlsplit

from recado.channels.evolution.answers import failure_of
from recado.channels.evolution.lenient import Json
from recado.channels.http import (
    MESSAGE_SECONDS,
    Answer,
    Limits,
    ProviderHttp,
    SessionFactory,
    to_json,
)
from recado.channels.port import Line
from recado.errors import SendRejected
from recado.resilience.breaker import Breaker, Breakers, host_of

#: What a proxy says of a server behind it that is away.
_GATEWAY = (502, 503, 504)
#: A message that it fetches or converts a file for is answered when it is done.
_MESSAGE_WITH_FILE_SECONDS = 30.0
_WITH_FILE = ("sendMedia", "sendWhatsAppAudio", "sendSticker")
#: An answer that holds a file is in memory as a whole.
_FILES_AT_ONCE = 2
_FILE_SECONDS = 240.0


class EvolutionApi:
    def __init__(self, limits: Limits, session_factory: SessionFactory | None = None) -> None:
        self.breakers = Breakers(limits.breaker)
        self._files = asyncio.Semaphore(_FILES_AT_ONCE)
        # Node keeps an idle connection for 5 s.
        self._http = ProviderHttp(
            "Evolution API",
            "the line's api_url (EVOLUTION_API_URL)",
            limits,
            idle_seconds=3,
            session_factory=session_factory,
        )

    async def post_message(self, line: Line, action: str, body: Json) -> Answer:
        """POST /message/{action}/{instance}, unless the line's server is away.

        Raises SendRejected, SendFailed, SendUnknown.
        """
        url, headers = _url(line, f"/message/{action}/{{instance}}"), _headers(line)
        breaker, who = self.breaker(line), (line.id, str(body.get("number", "")))
        seconds = _MESSAGE_WITH_FILE_SECONDS if action in _WITH_FILE else MESSAGE_SECONDS
        data = to_json(body)
        return await self._http.send(
            breaker, who, url, headers, data, _of_the_server, seconds=seconds
        )

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
        """Any request that may be made again; `{instance}` in the path is the line's.

        Raises SendRejected, SendFailed.
        """
        data = None if body is None else to_json(body)
        return await self._http.ask(method, _url(line, path), _headers(line), data, seconds=seconds)

    async def ask_file(self, line: Line, path: str, body: Json, *, most_bytes: int) -> Answer:
        """POST for an answer that holds a file. Raises as `ask`: more than `most_bytes` is
        rejected."""
        url, headers, data = _url(line, path), _headers(line), to_json(body)
        async with self._files:
            return await self._http.ask(
                "POST", url, headers, data, seconds=_FILE_SECONDS, most_bytes=most_bytes
            )

    async def tell(self, line: Line, path: str, body: Json) -> None:
        """POST something whose loss harms no one: never raises for a fault on the way."""
        with suppress(SendRejected):  # sending says what the line lacks
            url, headers = _url(line, path), _headers(line)
            await self._http.tell(self.breaker(line), url, headers, to_json(body))

    async def close(self) -> None:
        await self._http.close()


def _of_the_server(answer: Answer) -> Answer:
    """In its own words it answers for one instance; what a gateway says is the server's outage."""
    if answer.status in _GATEWAY and answer.json() is None:
        raise failure_of(answer)
    return answer


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


def _headers(line: Line) -> dict[str, str]:
    key = line.credentials.get("api_key", "").strip()
    if not key or not (key.isascii() and key.isprintable()):
        raise SendRejected(
            "The line has no usable api_key (EVOLUTION_API_KEY): Evolution's"
            " AUTHENTICATION_API_KEY, or the instance's own key",
            needs_person=True,
        )
    return {"apikey": key, "Content-Type": "application/json"}

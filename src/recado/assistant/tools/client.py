"""The guarded way out of HTTP tools: one request, to where the operator has sent it.

Over TLS to public addresses (media/addresses.py), or to a host that RECADO_TOOLS_PRIVATE_HOSTS
names; never after a redirect; an answer of MOST_BYTES at most.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from recado.errors import FileRefused, ToolError, ToolRefused, ToolUnavailable, ToolUnknown
from recado.media.addresses import Lookup, PublicResolver

MOST_BYTES = 256 * 1024
CONNECT_SECONDS = 5.0
_CHUNK = 32 * 1024
_MISSING = (404, 410)
_NOT_NOW = (408, 425, 429)
_SETUP = (401, 403, 407)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request. `url` is encoded; `query` is added to it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    body: bytes
    content_type: str
    status: int = 200


class ToolClient:
    """`private_hosts`: hosts, or hosts with a port, that may be anywhere and may speak plain HTTP:
    the business's own network, which the operator has named."""

    def __init__(self, private_hosts: Iterable[str] = (), *, lookup: Lookup | None = None) -> None:
        self._private = frozenset(it.strip().lower() for it in private_hosts if it.strip())
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None

    async def request(self, asked: Outgoing) -> Incoming:
        """The answer to the request, which the caller limits in time.

        Raises ToolRefused (a 4xx, a redirect, an address that is not allowed), ToolUnavailable (it
        surely was not done), ToolUnknown (it may have been).
        """
        url = self.check(asked.url).update_query(asked.query)
        sent = False

        async def on_sent(*_: object) -> None:
            nonlocal sent
            sent = True

        try:
            async with self._open(url).request(
                asked.method,
                url,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"}
                | asked.headers,
                data=asked.body,
                allow_redirects=False,
                trace_request_ctx=on_sent,
            ) as response:
                return await _read(response)
        except FileRefused as error:
            raise ToolRefused(
                f"{url.host} is not allowed: {error.detail}", reason="setup"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise ToolUnavailable(f"{url.host} cannot be reached.", outage=True) from error
        except (aiohttp.ClientError, OSError) as error:
            kind = type(error).__name__  # its words may hold the address, and so a secret
            if sent:
                raise ToolUnknown(f"{url.host} broke off ({kind}).", outage=True) from error
            raise ToolUnavailable(f"{url.host} was not asked ({kind}).", outage=True) from error
        except asyncio.CancelledError:
            raise
        except ValueError as error:
            raise ToolRefused("The request cannot be made from these values.") from error

    def check(self, address: str) -> URL:
        """The address as it is asked. Raises ToolRefused: it is not one to ask."""
        try:
            url = URL(address, encoded=True)
            host, port = (url.raw_host or "").lower(), url.port
        except ValueError as error:
            raise ToolRefused("The address is not a web address.", reason="setup") from error
        if self._is_private(host, port):
            return url
        if url.scheme != "https":
            raise ToolRefused(f"{host} is not asked over TLS (https).", reason="setup")
        if _is_bare(host):  # no resolver is asked for these
            raise ToolRefused(
                f"{host} is a bare address; name it in RECADO_TOOLS_PRIVATE_HOSTS to allow it.",
                reason="setup",
            )
        return url

    async def address_of(self, url: str) -> str:
        """The address to connect to for a URL that is allowed; a private host stays as it is.

        Raises ToolRefused, ToolUnavailable.
        """
        checked = self.check(url)
        host, port = (checked.raw_host or "").lower(), checked.port
        if self._is_private(host, port):
            return host
        try:
            found = await _Resolver(self._private, self._lookup).resolve(host, port or 443)
        except FileRefused as error:
            raise ToolRefused(f"{host} is not allowed: {error.detail}", reason="setup") from error
        except OSError as error:
            raise ToolUnavailable(f"{host} cannot be reached.", outage=True) from error
        return found[0]["host"]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _is_private(self, host: str, port: int | None) -> bool:
        return host in self._private or f"{host}:{port}" in self._private

    def _open(self, url: URL) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            tracing = aiohttp.TraceConfig()
            tracing.on_request_headers_sent.append(_tell)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Resolver(self._private, self._lookup),
                    use_dns_cache=False,
                    limit=64,
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Recado"},
                trace_configs=[tracing],
            )
        return self._session


class _Resolver(PublicResolver):
    """As PublicResolver; a private host may have been named without its port."""

    def __init__(self, private: frozenset[str], lookup: Lookup | None) -> None:
        super().__init__(frozenset(), lookup)
        self._private = private

    def _trusts(self, host: str, port: int) -> bool:
        return host.lower() in self._private or f"{host.lower()}:{port}" in self._private


async def _tell(_session: object, context: object, _params: object) -> None:
    told = getattr(context, "trace_request_ctx", None)
    if told is not None:
        await told()


async def _read(response: aiohttp.ClientResponse) -> Incoming:
    status = response.status
    if not 200 <= status < 300:
        raise _error(status, await _excerpt(response))
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise ToolRefused(f"The answer comes packed ({encoding[:20]}).", reason="setup")
    body = await _collect(response)
    return Incoming(body, response.headers.get("Content-Type", ""), status)


async def _collect(response: aiohttp.ClientResponse) -> bytes:
    """The body, as much as there may be of it: what is longer is cut."""
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) >= MOST_BYTES:
            response.close()
            break
    return bytes(data[:MOST_BYTES])


async def _excerpt(response: aiohttp.ClientResponse) -> str:
    try:
        data = await response.content.read(2000)
    except (aiohttp.ClientError, OSError):
        return ""
    return " ".join(data.decode("utf-8", "replace").split())[:500]


def _error(status: int, excerpt: str) -> ToolError:
    said = f"The tool's server answered HTTP {status}" + (f": {excerpt}" if excerpt else ".")
    if 300 <= status < 400:
        return ToolRefused(
            f"The tool's server leads elsewhere (HTTP {status}).", code=status, reason="setup"
        )
    if status in _MISSING:
        return ToolRefused(said, code=status, reason="not_found")
    if status in _SETUP:
        return ToolRefused(said, code=status, reason="setup")
    if status in _NOT_NOW:
        return ToolUnavailable(said, code=status)
    if status >= 500:
        return ToolUnknown(said, code=status, outage=True)
    return ToolRefused(said, code=status)


def _is_bare(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return host.rpartition(".")[2].isdigit()
    return True

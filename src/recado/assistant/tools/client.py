"""One request of an HTTP tool, by the guarded way out (http/outward.py), or to a host that
RECADO_TOOLS_PRIVATE_HOSTS names; an answer of MOST_BYTES at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from recado.errors import FileRefused, ToolError, ToolRefused, ToolUnavailable, ToolUnknown
from recado.http.addresses import Lookup
from recado.http.outward import AddressRefused, Outward

MOST_BYTES = 256 * 1024
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
        self._outward = Outward(private_hosts, setting="RECADO_TOOLS_PRIVATE_HOSTS", lookup=lookup)

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
            async with self._outward.session.request(
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
            return self._outward.check(address)
        except AddressRefused as error:
            raise ToolRefused(error.detail, reason="setup") from error

    async def address_of(self, url: str) -> str:
        """The address to connect to for a URL that is allowed; a private host stays as it is.

        Raises ToolRefused, ToolUnavailable.
        """
        try:
            return await self._outward.address_of(url)
        except AddressRefused as error:
            raise ToolRefused(error.detail, reason="setup") from error
        except OSError as error:
            host = self.check(url).host
            raise ToolUnavailable(f"{host} cannot be reached.", outage=True) from error

    async def close(self) -> None:
        await self._outward.close()


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

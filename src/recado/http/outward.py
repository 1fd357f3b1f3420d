"""The guarded way out to systems that a business names: its tools, and where it wants events.

Over TLS to public addresses (addresses.py), or to a host that the operator has named as one of the
own network; never after a redirect, without cookies, and nothing is unpacked.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import aiohttp
from yarl import URL

from recado.errors import FileRefused, RequestError
from recado.http.addresses import Lookup, PublicResolver

CONNECT_SECONDS = 5.0
CONNECTIONS = 64


class AddressRefused(RequestError):
    """An address that is not asked; why, for the person who named it."""

    status = 422
    title = "The address is not one to ask"


class Outward:
    """`private_hosts`: hosts, or hosts with a port, that may be anywhere and may speak plain HTTP.
    `setting` is the name of what lists them."""

    def __init__(
        self, private_hosts: Iterable[str] = (), *, setting: str, lookup: Lookup | None = None
    ) -> None:
        self._private = frozenset(it.strip().lower() for it in private_hosts if it.strip())
        self._setting = setting
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None

    def check(self, address: str) -> URL:
        """The address as it is asked. Raises AddressRefused."""
        try:
            url = URL(address, encoded=True)
            host, port = (url.raw_host or "").lower(), url.port
        except ValueError as error:
            raise AddressRefused("The address is not a web address.") from error
        if self.is_private(host, port) and url.scheme in ("http", "https"):
            return url
        if url.scheme != "https" or not host:
            raise AddressRefused(f"{host or 'The address'} is not asked over TLS (https).")
        if _is_bare(host):  # no resolver is asked for these
            raise AddressRefused(
                f"{host} is a bare address; name it in {self._setting} to allow it."
            )
        return url

    async def address_of(self, url: str) -> str:
        """The address to connect to for a URL that is allowed; a private host stays as it is.

        Raises AddressRefused, OSError.
        """
        checked = self.check(url)
        host, port = (checked.raw_host or "").lower(), checked.port
        if self.is_private(host, port):
            return host
        try:
            found = await _Resolver(self._private, self._lookup).resolve(host, port or 443)
        except FileRefused as error:
            raise AddressRefused(f"{host} is not allowed: {error.detail}") from error
        return found[0]["host"]

    def is_private(self, host: str, port: int | None) -> bool:
        return host in self._private or f"{host}:{port}" in self._private

    @property
    def session(self) -> aiohttp.ClientSession:
        """Its requests raise FileRefused for a name that leads elsewhere than it may, and
        aiohttp.ClientError. `trace_request_ctx` is awaited once the request's head went out."""
        if self._session is None or self._session.closed:
            tracing = aiohttp.TraceConfig()
            tracing.on_request_headers_sent.append(_tell)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Resolver(self._private, self._lookup),
                    use_dns_cache=False,
                    limit=CONNECTIONS,
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Recado"},
                trace_configs=[tracing],
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def read_beginning(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, and no more of it than `most` bytes. One `read` returns only what has come by then,
    so it is read until there is no more. Raises aiohttp.ClientError, OSError."""
    data = bytearray()
    while len(data) < most and (part := await response.content.read(most - len(data))):
        data += part
    return bytes(data)


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


def _is_bare(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return host.rpartition(".")[2].isdigit()
    return True

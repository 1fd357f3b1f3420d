"""Fetching a file that a channel names by a link: the guarded way out.

A link comes from outside, and may be anything: so it is followed only to the vendor's own hosts,
over TLS, to public addresses (http/addresses.py), a few redirects far, within limits of size and
time.
What is packed for the way (Content-Encoding) is refused: it could unpack to anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import aiohttp
from yarl import URL

from recado.channels.port import MediaSource
from recado.channels.sizes import check_size, too_big
from recado.errors import FileRefused, FileUnavailable
from recado.http.addresses import Lookup, PublicResolver

MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: The file may well come later: the provider is away, slow, or does not accept the token now.
_LATER = frozenset({401, 403, 404, 408, 409, 410, 425, 429})
_CHUNK = 64 * 1024
_Check = Callable[[int, Mapping[str, str]], None]
#: A file above this is big; two of them are fetched at once, so that memory is bounded.
_BIG_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download may take to connect, to send anything, and altogether."""

    connect_seconds: float = 10.0
    idle_seconds: float = 20.0
    total_seconds: float = 180.0


class Fetched(NamedTuple):
    """What a server answered, whatever its status; `url` is where the redirects ended, `data` empty
    unless the status is 200."""

    status: int
    url: str
    content_type: str
    data: bytes


class Fetcher:
    """Fetches for all channels; closed with the runtime.

    `trusted` is the one exception to TLS and public addresses: origins such as
    "http://127.0.0.1:9000" to which the settings have moved a provider's API (WHATSAPP_API_URL and
    the like: a gateway in the own network, a stub in a test). Exactly that scheme, host and port,
    and only for a channel that names the host among its own.
    """

    def __init__(
        self,
        trusted: Iterable[str] = (),
        *,
        patience: Patience | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        self._trusted = frozenset(_origin(URL(url)) for url in trusted)
        self._patience = patience or Patience()
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None
        self._big = asyncio.Semaphore(2)

    async def fetch(self, source: MediaSource, limit: int) -> bytes:
        """The file at the source, of `limit` bytes at most.

        Raises FileRefused (it will never be taken, and why), FileUnavailable (try again).
        """
        return (await self._guarded(source, limit, _check_answer)).data

    async def fetch_page(self, url: str, hosts: tuple[str, ...], limit: int) -> Fetched:
        """What the address answers, whatever its status: for a page that a person names, with
        `hosts` as a MediaSource has them.

        Raises FileRefused, FileUnavailable, as `fetch`.
        """
        return await self._guarded(MediaSource(url, hosts=hosts), limit, _check_coding)

    def trusts(self, url: str) -> bool:
        """Whether it is one of the `trusted` origins."""
        return _origin(URL(url)) in self._trusted

    async def _guarded(self, source: MediaSource, limit: int, check: _Check) -> Fetched:
        try:
            async with asyncio.timeout(self._patience.total_seconds):
                return await self._follow(source, limit, check)
        except TimeoutError as error:
            raise FileUnavailable("The file came too slowly, and was given up.") from error
        except aiohttp.ClientConnectorDNSError as error:
            detail = f"The host of the file is not known: {error.host}."
            raise FileUnavailable(detail, outage=True) from error
        except (aiohttp.ClientError, OSError) as error:
            reason = str(error) or type(error).__name__
            unconnected = isinstance(error, aiohttp.ClientConnectorError)
            raise FileUnavailable(f"The file did not come: {reason}", outage=unconnected) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _follow(self, source: MediaSource, limit: int, check: _Check) -> Fetched:
        url = self._check(source.url, source.hosts)
        first = _origin(url)
        for _ in range(MAX_REDIRECTS + 1):
            # A token is for the host that it was given for, and for no other.
            theirs = source.headers if _origin(url) == first else {}
            headers = {**theirs, "Accept-Encoding": "identity", "Accept": "*/*"}
            async with self._open().get(url, headers=headers, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    check(response.status, response.headers)
                    data = await self._read(response, limit) if response.status == 200 else b""
                    kind = response.headers.get("Content-Type", "")
                    return Fetched(response.status, str(url), kind, data)
                onwards = response.headers.get("Location", "")
            url = self._check(onwards, source.hosts, base=url)
        raise FileRefused(f"The link leads on more than {MAX_REDIRECTS} times.")

    def _check(self, link: str, hosts: tuple[str, ...], base: URL | None = None) -> URL:
        """The link as the HTTP client reads it. Raises FileRefused: not one of the vendor's."""
        try:
            url = base.join(URL(link)) if base else URL(link)
            origin = scheme, host, port = _origin(url)
        except (ValueError, TypeError) as error:
            raise FileRefused("The link is not a web address.") from error
        if not _is_theirs(host, hosts):
            raise FileRefused(f"The link leads to {host[:100] or 'nowhere'}, which is not theirs.")
        if url.user is not None or url.password is not None:
            raise FileRefused("The link has a user name in it.")
        if origin in self._trusted:
            return url
        if scheme != "https" or port != 443:
            raise FileRefused("The link is not https.")
        if ":" in host or host.rpartition(".")[2].isdigit():  # no resolver is asked for these
            raise FileRefused("The link leads to a bare address.")
        return url

    async def _read(self, response: aiohttp.ClientResponse, limit: int) -> bytes:
        length = response.content_length
        if length is not None and length > limit:
            raise too_big(limit)
        if limit <= _BIG_BYTES or (length is not None and length <= _BIG_BYTES):
            return await _collect(response, limit)
        async with self._big:
            return await _collect(response, limit)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            trusted = frozenset(it[1:] for it in self._trusted)
            connector = aiohttp.TCPConnector(
                resolver=PublicResolver(trusted, self._lookup),
                use_dns_cache=False,
                limit=16,
                force_close=True,  # a file comes once; the next one is looked up anew
            )
            patience = self._patience
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(
                    total=None,
                    sock_connect=patience.connect_seconds,
                    sock_read=patience.idle_seconds,
                ),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Recado"},
            )
        return self._session


async def _collect(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, counted while it comes: a length that was told may be a lie."""
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > limit:
            raise too_big(limit)
    check_size(len(data), limit)
    return bytes(data)


def _check_answer(status: int, headers: Mapping[str, str]) -> None:
    if status in _LATER or status >= 500:
        detail = f"The provider answered HTTP {status} instead of the file."
        raise FileUnavailable(detail, outage=status == 429 or status >= 500)
    if status != 200:
        raise FileRefused(f"The provider answered HTTP {status} instead of the file.")
    _check_coding(status, headers)


def _check_coding(_status: int, headers: Mapping[str, str]) -> None:
    encoding = headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise FileRefused(f"The file comes packed ({encoding[:20]}), which nobody asked for.")


def _is_theirs(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host.endswith(it) if it.startswith(".") else host == it for it in hosts if it)


def _origin(url: URL) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ValueError."""
    return url.scheme, url.raw_host or "", url.port or 0

"""A link from outside is followed to the vendor, over TLS and to public addresses only."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from recado.channels.port import MediaSource
from recado.errors import FileRefused, FileUnavailable
from recado.http.addresses import is_public
from recado.media.fetch import Fetcher, Patience
from tests.support.files import Handler, serving, stream

MB = 1024 * 1024
LIMIT = 100 * MB
VENDOR = ("lookaside.example",)


@asynccontextmanager
async def fetching(
    handler: Handler, patience: Patience | None = None
) -> AsyncIterator[tuple[Fetcher, str, tuple[str, ...]]]:
    """A fetcher that the settings have moved to a server that answers with `handler`."""
    async with serving(handler) as url:
        fetcher = Fetcher([url], patience=patience)
        try:
            yield fetcher, url, (*VENDOR, str(urlsplit(url).hostname))
        finally:
            await fetcher.close()


async def leads_to(*addresses: str) -> Fetcher:
    async def lookup(host: str, port: int) -> list[str]:
        return list(addresses)

    return Fetcher(lookup=lookup)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "192.168.1.1", "172.31.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1",  # noqa: S104 (not bound)
        "::", "fe80::1%eth0",
        "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "2002:a9fe:a9fe::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2001::1",
        "::7f00:1", "not an address",
    ],
)  # fmt: skip
def test_no_address_of_an_own_network_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["10.0.0.5", "127.0.0.1", "::ffff:192.168.0.1"])
async def test_a_name_that_leads_into_the_own_network_is_refused(address: str) -> None:
    fetcher = await leads_to(address)
    source = MediaSource(url="https://lookaside.example/file", hosts=VENDOR)
    with pytest.raises(FileRefused, match="not on the public Internet"):
        await fetcher.fetch(source, LIMIT)
    await fetcher.close()


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    fetcher = await leads_to("8.8.8.8", "10.0.0.5")
    source = MediaSource(url="https://lookaside.example/file", hosts=VENDOR)
    with pytest.raises(FileRefused, match="not on the public Internet"):
        await fetcher.fetch(source, LIMIT)
    await fetcher.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/file",
        "https://[::1]/file",
        "https://2130706433/file",
        "https://169.254.169.254/latest/meta-data/",
        "https://evil.example/file",
        "https://lookaside.example.evil.example/file",
        "https://evil-lookaside.example/file",
        "https://lookaside.example@evil.example/file",
        "https://user:secret@lookaside.example/file",
        "http://lookaside.example/file",
        "https://lookaside.example:8443/file",
        "ftp://lookaside.example/file",
        "file:///etc/passwd",
        "//lookaside.example/file",
        "https://",
        "",
        "https://lookaside.example:port/file",
    ],
)
async def test_links_elsewhere_are_refused_before_anyone_is_asked(url: str) -> None:
    fetcher = await leads_to("8.8.8.8")
    with pytest.raises(FileRefused):
        await fetcher.fetch(MediaSource(url=url, hosts=VENDOR), LIMIT)
    await fetcher.close()


async def test_even_a_vendor_that_is_a_bare_address_is_refused_unless_the_settings_name_it() -> (
    None
):
    fetcher = await leads_to("8.8.8.8")
    for host in ("10.0.0.1", "8.8.8.8", "::1"):
        url = f"https://[{host}]/f" if ":" in host else f"https://{host}/f"
        with pytest.raises(FileRefused, match="bare address"):
            await fetcher.fetch(MediaSource(url=url, hosts=(host,)), LIMIT)
    await fetcher.close()


async def test_a_redirect_to_a_private_address_is_refused() -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://169.254.169.254/secrets"})

    async with fetching(redirect) as (fetcher, url, hosts):
        with pytest.raises(FileRefused, match="not theirs"):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), LIMIT)


async def test_a_redirect_to_another_port_of_the_same_host_is_refused() -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": "http://127.0.0.1:1/secrets"})

    async with fetching(redirect) as (fetcher, url, hosts):
        with pytest.raises(FileRefused):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), LIMIT)


async def test_redirects_have_an_end() -> None:
    async def around(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "/again"})

    async with fetching(around) as (fetcher, url, hosts):
        with pytest.raises(FileRefused, match="more than 3 times"):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), LIMIT)


async def test_the_token_goes_to_the_first_host_only() -> None:
    seen: dict[str, str] = {}

    async def second(request: web.BaseRequest) -> web.Response:
        seen["second"] = request.headers.get("Authorization", "")
        return web.Response(body=b"the file")

    async with serving(second) as elsewhere:

        async def first(request: web.BaseRequest) -> web.Response:
            seen["first"] = request.headers.get("Authorization", "")
            return web.Response(status=302, headers={"Location": f"{elsewhere}/file"})

        async with serving(first) as url:
            fetcher = Fetcher([url, elsewhere])
            source = MediaSource(
                url=url, headers={"Authorization": "Bearer x"}, hosts=("127.0.0.1",)
            )
            assert await fetcher.fetch(source, LIMIT) == b"the file"
            await fetcher.close()
    assert seen == {"first": "Bearer x", "second": ""}


async def test_what_comes_packed_is_refused() -> None:
    async def bomb(request: web.BaseRequest) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=gzip.compress(bytes(MB)), headers={"Content-Encoding": "gzip"})

    async with fetching(bomb) as (fetcher, url, hosts):
        with pytest.raises(FileRefused, match="packed"):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), LIMIT)


async def test_200_megabytes_without_a_length_are_given_up_at_the_limit() -> None:
    sent = 0

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = await stream(request, 200 * MB)
        sent = 200 * MB
        return response

    async with fetching(endless) as (fetcher, url, hosts):
        with pytest.raises(FileRefused, match="more than the 16 MB"):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), 16 * MB)
    assert sent == 0, "it was not read to its end"


async def test_a_length_over_the_limit_is_refused_before_reading() -> None:
    async def long(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(200 * MB)})
        await response.prepare(request)
        return response

    async with fetching(long) as (fetcher, url, hosts):
        with pytest.raises(FileRefused, match="100 MB"):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), LIMIT)


async def test_one_byte_at_a_time_is_given_up() -> None:
    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        return await stream(request, MB, pause_seconds=0.05)

    patience = Patience(connect_seconds=5, idle_seconds=5, total_seconds=0.3)
    async with fetching(drip, patience) as (fetcher, url, hosts):
        with pytest.raises(FileUnavailable, match="too slowly"):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), LIMIT)


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
async def test_what_may_come_later_is_tried_again(status: int) -> None:
    async def away(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status)

    async with fetching(away) as (fetcher, url, hosts):
        with pytest.raises(FileUnavailable, match=str(status)):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), LIMIT)


async def test_an_empty_file_is_refused() -> None:
    async def empty(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"")

    async with fetching(empty) as (fetcher, url, hosts):
        with pytest.raises(FileRefused, match="empty"):
            await fetcher.fetch(MediaSource(url=url, hosts=hosts), LIMIT)

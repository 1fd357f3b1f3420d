"""Which addresses a download may connect to: those of the public Internet, and no others.

A link may name a host that leads into the network Recado runs in: the metadata service of a cloud,
a database, a router. So every address of a name is looked at, also what hides in an IPv6 address,
and the connection goes to the address that was looked at: a second answer of the name server (DNS
rebinding) has no effect.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterator

from aiohttp.abc import AbstractResolver, ResolveResult

from recado.errors import FileRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: (host, port) to the addresses of the host, as strings.
Lookup = Callable[[str, int], Awaitable[list[str]]]

#: RFC 6052: an IPv4 address in the last 32 bits, reached through a translator.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            "64:ff9b:1::/48",  # RFC 8215: a translator of one's own
            "::/96",  # RFC 4291: an IPv4 address in disguise, out of use
            "2001::/32",  # RFC 4380: Teredo, which hides two
            "100.64.0.0/10",  # RFC 6598: behind a carrier's NAT
            "192.88.99.0/24",  # RFC 7526: the relays of 6to4
            "fec0::/10",  # RFC 3879: the former site-local addresses
        ),
    )
)


def is_public(address: str) -> bool:
    """Is this an address of the public Internet, with all that is embedded in it?"""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(it) for it in (ip, *_embedded(ip)))


def _is_global(ip: Address) -> bool:
    if ip.is_multicast or ip.is_unspecified or ip.is_loopback or ip.is_link_local:
        return False
    if any(ip.version == net.version and ip in net for net in _NEVER):
        return False
    # Python counts the mapped and translated ones among the private; what they lead to is
    # looked at by itself.
    return ip.is_global or bool(list(_embedded(ip)))


def _embedded(ip: Address) -> Iterator[Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    if ip.sixtofour is not None:
        yield ip.sixtofour
    if ip in _NAT64:
        yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)


class PublicResolver(AbstractResolver):
    """Resolves names for aiohttp's connector, which then connects to what this returns.

    `trusted` are the (host, port) whose addresses may be any: see `Fetcher`.
    """

    def __init__(self, trusted: frozenset[tuple[str, int]], lookup: Lookup | None = None) -> None:
        self._trusted = trusted
        self._lookup = lookup or system_lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._lookup(host, port)
        if not self._trusts(host, port) and not all(map(is_public, addresses)):
            raise FileRefused(f"The link leads to {host}, which is not on the public Internet.")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    def _trusts(self, host: str, port: int) -> bool:
        return (host, port) in self._trusted

    async def close(self) -> None:
        """Nothing is open."""


async def system_lookup(host: str, port: int) -> list[str]:
    """What the system's resolver says. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))

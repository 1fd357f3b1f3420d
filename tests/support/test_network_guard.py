"""The guard that keeps tests on this host, tried with everything that could get past it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.network_guard.sitecustomize import NetworkBlocked

# TEST-NET-1 and its like (RFC 5737, RFC 3849): should the guard fail, no one is disturbed.
OUTSIDE = "192.0.2.1"
OUTSIDE_V6 = "2001:db8::1"
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def refused(network_report: Path) -> Iterator[Path]:
    """The report of what was refused, emptied afterwards: here, refusals are what we want."""
    yield network_report
    network_report.write_text("")


@pytest.mark.parametrize("address", [(OUTSIDE, 443), ("10.0.0.1", 5432), ("169.254.169.254", 80)])
def test_connecting_to_another_host_is_refused(refused: Path, address: tuple[str, int]) -> None:
    with pytest.raises(NetworkBlocked, match=address[0]):
        socket.create_connection(address, timeout=1)
    assert address[0] in refused.read_text()


def test_ipv6_datagrams_and_non_blocking_connects_are_refused(refused: Path) -> None:
    with socket.socket(socket.AF_INET6) as v6, pytest.raises(NetworkBlocked):
        v6.connect((OUTSIDE_V6, 443))
    with socket.socket(type=socket.SOCK_DGRAM) as datagram, pytest.raises(NetworkBlocked):
        datagram.sendto(b"hello", (OUTSIDE, 53))
    with socket.socket() as non_blocking, pytest.raises(NetworkBlocked):
        non_blocking.connect_ex((OUTSIDE, 443))


@pytest.mark.parametrize("name", ["graph.example", "127.0.0.1.example", b"graph.example"])
def test_looking_up_a_name_is_refused(refused: Path, name: str | bytes) -> None:
    with pytest.raises(NetworkBlocked, match=r"look up .*\.example"):
        socket.getaddrinfo(name, 443)


async def test_an_http_client_that_forgot_its_base_url_is_refused(refused: Path) -> None:
    async with aiohttp.ClientSession() as client:
        for url in ("https://graph.example/v23.0", f"http://{OUTSIDE}/"):
            with pytest.raises(NetworkBlocked):
                await client.get(url)


def test_uvloop_is_held_back_where_it_uses_a_python_socket(refused: Path) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def connect() -> None:
        with socket.socket() as sock:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, (OUTSIDE, 443))

    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with runner, pytest.raises(NetworkBlocked):
        runner.run(connect())


def test_a_process_that_a_test_starts_is_guarded_too(refused: Path) -> None:
    program = f"import socket; socket.create_connection(('{OUTSIDE}', 443), timeout=1)"
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "NetworkBlocked" in child.stderr
    assert OUTSIDE in refused.read_text()


async def test_this_host_can_be_reached_by_name_and_address(tmp_path: Path) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hola")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            reader, writer = await asyncio.open_connection(host, port)
            assert await reader.read() == b"hola"
            writer.close()
    path = tmp_path / "greeter"
    async with await asyncio.start_unix_server(greet, path):
        reader, writer = await asyncio.open_unix_connection(path)
        assert await reader.read() == b"hola"
        writer.close()


def test_a_test_fails_even_when_the_code_under_test_hides_the_refusal(tmp_path: Path) -> None:
    story = tmp_path / "test_hidden.py"
    story.write_text(
        "import contextlib, socket\n"
        "def test_hidden() -> None:\n"
        "    with contextlib.suppress(Exception):\n"
        f"        socket.create_connection(('{OUTSIDE}', 443), timeout=1)\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(tmp_path), "-c", os.devnull, str(story)]
    inner = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert inner.returncode == 1, inner.stdout
    assert f"tried to leave the host: connect {OUTSIDE}:443" in inner.stdout

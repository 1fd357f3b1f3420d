"""A real `recado` process: started, killed and asked from outside."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.payloads import PHONE_NUMBER_ID, SECRET

API_KEY = "an api key for tests"
#: Many may start at once on a machine that is busy already: this ends a wait that is in vain, and
#: is no opinion of how long a start takes.
START_SECONDS = 480.0


def _own_ports() -> Iterator[int]:
    """Those of this pytest-xdist worker, over and over. They lie below the ports that the system
    gives to whoever connects: while a process is down, nobody's connection takes its port."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 20
    first = 12_000 + 1_000 * number
    return itertools.cycle(random.sample(range(first, first + 1_000), 1_000))


_ports = _own_ports()


def free_port() -> int:
    """A port that is free, and stays so for a process that comes back to it after its death."""
    while True:
        port = next(_ports)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class RecadoProcess:
    """`recado up` (or another `command`) with a WhatsApp line, a data folder and a port that
    outlive its deaths."""

    def __init__(
        self, data: Path, graph_url: str = "", *, command: Sequence[str] = ("up",), **settings: str
    ) -> None:
        self._command = command
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data / "recado.log"
        data.mkdir(parents=True, exist_ok=True)
        self._cwd = data
        # The whole environment comes along: it carries the network guard.
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("RECADO_", "WHATSAPP_"))},
            **{k: v for k, v in os.environ.items() if k.startswith("RECADO_TEST_")},
            "PYTHONDONTWRITEBYTECODE": "",
            "RECADO_DATA": str(data),
            "RECADO_API_KEY": API_KEY,
            "LOG_LEVEL": "INFO",
            "WHATSAPP_APP_SECRET": SECRET,
            "WHATSAPP_VERIFY_TOKEN": "a verify token",
            "WHATSAPP_ACCESS_TOKEN": "an access token",
            "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
            "WHATSAPP_API_URL": graph_url or "http://127.0.0.1:9",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        #: Where it writes to in place of its log: a file descriptor.
        self.writes_to: int | None = None

    def configure(self, **settings: str) -> None:
        """Settings for the next start."""
        self._environment.update(settings)

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "recado",
                *self._command,
                "--port",
                str(self.port),
                cwd=self._cwd,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log if self.writes_to is None else self.writes_to,
                stderr=log if self.writes_to is None else self.writes_to,
            )
        why = ""
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
                while why := await _why_not_ready(session, self.url):
                    if self._process.returncode is not None:
                        raise AssertionError(f"recado did not start:\n{self.tail()}")
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            error.add_note(f"{why}\n{self.tail()}\n{await self.what_it_waits_for()}")
            raise

    async def start_again(self) -> None:
        """Start it until it stays, as a supervisor does: what it needs may be away."""
        async with asyncio.timeout(2 * START_SECONDS):
            while True:
                try:
                    return await self.start()
                except AssertionError:
                    await asyncio.sleep(0.5)

    async def kill(self) -> None:
        """SIGKILL: nothing is said, nothing is flushed."""
        if self._process is None:  # never started
            return
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM, and its exit status."""
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await self._process.wait()

    async def run(self, *arguments: str) -> str:
        """Another command of Recado on the same data; what it says."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "recado", *arguments),
            cwd=self._cwd,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    async def what_it_waits_for(self) -> str:
        """Its tasks and the calls that they wait in, as it tells an operator."""
        if self._process is None or self._process.returncode is not None:
            return "it does not run"
        before = self.log.stat().st_size
        self._process.send_signal(signal.SIGUSR1)
        said = ""
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                while "tasks told" not in said:
                    await asyncio.sleep(0.05)
                    said = self.log.read_bytes()[before:].decode(errors="replace")
        return said or "it does not answer to SIGUSR1"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@asynccontextmanager
async def running(process: RecadoProcess) -> AsyncIterator[RecadoProcess]:
    await process.start()
    try:
        yield process
    finally:
        await process.kill()


class Api:
    """The admin API, as an outsider uses it."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def get(self, path: str, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with self._session.get(
            f"{self._url}/api/v1/{path}", params=query, headers=headers
        ) as response:
            assert response.status == 200, (path, response.status, await response.text())
            return await response.json()

    async def all(self, path: str, **query: Any) -> list[Any]:
        """Every item of every page."""
        items: list[Any] = []
        cursor = None
        while True:
            page = await self.get(
                path, limit=500, **query, **({"cursor": cursor} if cursor else {})
            )
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    async def post(self, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with self._session.post(
            f"{self._url}/api/v1/{path}", json=body, headers=headers
        ) as response:
            assert response.status in {200, 201}, (path, response.status, await response.text())
            return await response.json()

    async def upload(self, path: str, form: aiohttp.FormData) -> Any:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with self._session.post(
            f"{self._url}/api/v1/{path}", data=form, headers=headers
        ) as response:
            assert response.status == 201, (path, response.status, await response.text())
            return await response.json()


async def _why_not_ready(session: aiohttp.ClientSession, url: str) -> str:
    """What `/ready` says against it; "": it is ready."""
    try:
        async with session.get(f"{url}/ready") as response:
            return "" if response.status == 200 else await response.text()
    except (aiohttp.ClientError, OSError) as error:
        return repr(error)

"""Servers of a test's own, which it may kill: PostgreSQL, NATS, RabbitMQ.

Each keeps its port and its data over its deaths. A test that asks for one whose program is not
installed is skipped, or fails in CI.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

import pytest

from tests.support.engines import demanded
from tests.support.process import free_port

Name = Literal["postgresql", "nats", "rabbitmq"]

START_SECONDS = 600.0
#: Debian keeps them off the PATH; its rabbitmq-server there changes to another user.
_FOLDERS = ("/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/usr/sbin")
_POSTGRESQL_FOLDERS = "/usr/lib/postgresql/*/bin"
_POSTGRESQL_USER = "postgres"


class OwnServer:
    """`url` says where it is; `outage()` is its death and its next start."""

    def __init__(
        self,
        url: str,
        port: int,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        death: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.url = url
        self._port = port
        self._command = command
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._death = death
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it takes connections."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # its helpers die with it
            )
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise AssertionError(f"{self._command[0]}: {self._log.read_text()[-2000:]}")
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        os.killpg(self._process.pid, self._death)
        await self._process.wait()

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """It dies without a good-bye, and is started again at the exit."""
        await self.kill()
        try:
            yield
        finally:
            await self.start()

    async def _answers(self) -> bool:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.close()
            return True
        return False


@asynccontextmanager
async def own_server(name: Name) -> AsyncIterator[OwnServer]:
    """A running server with nothing in it; its data are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"recado-{name}-"))
    server = None
    try:
        server = await _MAKERS[name](folder)
        await server.start()
        yield server
    finally:
        if server is not None:
            await server.kill()
        shutil.rmtree(folder, ignore_errors=True)


async def _nats(folder: Path) -> OwnServer:
    program, port = _program("nats", "nats-server"), free_port()
    command = (program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "data"))
    return OwnServer(f"nats://127.0.0.1:{port}", port, command, folder / "log")


async def _rabbitmq(folder: Path) -> OwnServer:
    program, port = _program("rabbitmq", "rabbitmq-server"), free_port()
    settings = folder / "rabbitmq.conf"
    settings.write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
    environment = {
        "HOME": str(folder),  # its cookie
        "RABBITMQ_NODENAME": f"recado{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(settings),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
    }
    url = f"amqp://guest:guest@127.0.0.1:{port}/"
    return OwnServer(url, port, (program,), folder / "log", environment=environment)


async def _postgresql(folder: Path) -> OwnServer:
    as_user = await _handed_over(folder)
    data, port = folder / "data", free_port()
    make = (*as_user, _program("postgresql", "initdb"), "-D", str(data))
    made = await asyncio.create_subprocess_exec(
        *(*make, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await made.communicate()
    assert made.returncode == 0, output.decode()
    command = (
        *(*as_user, _program("postgresql", "postgres"), "-D", str(data), "-p", str(port)),
        *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
    )
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    # Its own crash: the backends are sessions of their own, and would outlive a SIGKILL.
    return OwnServer(url, port, command, folder / "log", death=signal.SIGQUIT)


async def _handed_over(folder: Path) -> tuple[str, ...]:
    """PostgreSQL does not run as root: what goes before its commands, to run as its own user."""
    if os.geteuid() != 0:
        return ()
    shutil.chown(folder, _POSTGRESQL_USER, _POSTGRESQL_USER)
    user = ("--reuid", _POSTGRESQL_USER, "--regid", _POSTGRESQL_USER, "--clear-groups")
    return (_program("postgresql", "setpriv"), *user)


def _program(engine: Name, name: str) -> str:
    newest_first = sorted(Path("/").glob(_POSTGRESQL_FOLDERS.lstrip("/")), reverse=True)
    places = [*_FOLDERS, *map(str, newest_first)]
    found = next((p for folder in places if (p := shutil.which(name, path=folder))), None)
    found = found or shutil.which(name)
    if found is not None:
        return found
    reason = f"no program {name}: this test starts a server of its own ({engine})"
    if demanded(engine):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


_MAKERS = {"postgresql": _postgresql, "nats": _nats, "rabbitmq": _rabbitmq}

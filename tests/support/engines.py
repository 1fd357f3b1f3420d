"""The real engines that tests use: whether each answers here, and what would start it.

A test calls `require_engine("postgresql")` (or a helper below that does). Where the engine does
not answer, the test is skipped and the skip names what would start it. In CI (`CI=true`) it fails
instead, for every engine that `.ci/engines` lists.

`python -m tests.support.engines` prints the state of each listed engine and exits with 1 when one
is missing: that is how `.ci/run` finds out before the suite does.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from recado.cache.redis import RedisCache
from recado.errors import ServiceUnavailable
from recado.queue.brokers.engines import open_broker
from tests.support.waiting import PATIENCE_SECONDS

#: Few, for each is a thing of its own on the broker; and the queues that tests use.
TEST_PARTITIONS = 4
TEST_QUEUES = ("work", "media", "inbound", "statuses", "turn", "send", "escalation")

#: Where tests/support/azurite/install.sh puts it.
AZURITE = Path(__file__).parent.parent.parent / ".venv" / "azurite"

LISTED = Path(__file__).parent.parent.parent / ".ci" / "engines"

#: How tests start Chromium: as any user, and unable to resolve anything but this host.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def postgresql_server_url() -> str:
    """Where tests find a PostgreSQL in which they may create databases."""
    return os.environ.get("RECADO_TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/test")


def _sqlite_problem() -> str | None:
    if sqlite3.sqlite_version_info < (3, 35):
        return f"SQLite {sqlite3.sqlite_version} is older than 3.35 (RETURNING)"
    with sqlite3.connect(":memory:") as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5 (text)")
        except sqlite3.OperationalError as error:
            return str(error)
    return None


def _postgresql_problem() -> str | None:
    async def log_in() -> None:
        connection = await asyncpg.connect(postgresql_server_url(), timeout=60)
        await connection.close()

    try:
        # In a thread of its own: the asking test may be running an event loop here.
        with ThreadPoolExecutor(1) as executor:
            executor.submit(asyncio.run, log_in()).result()
    except (OSError, asyncpg.PostgresError) as error:
        return str(error) or type(error).__name__
    return None


def nats_server_url() -> str:
    """Where tests find a NATS server with JetStream in which they may create streams."""
    return os.environ.get("RECADO_TEST_NATS_URL", "nats://127.0.0.1:4222")


def rabbitmq_server_url() -> str:
    """Where tests find a RabbitMQ in which they may declare queues."""
    return os.environ.get("RECADO_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")


def _broker_problem(name: str, url: str) -> str | None:
    async def ask() -> None:
        broker = open_broker(f"{url}?prefix=recado_test_probe_{uuid4().hex}&partitions=1")
        # Where it must be there, it is only slow: a machine that runs tests has much to do.
        until = time.monotonic() + (PATIENCE_SECONDS if demanded(name) else 0)
        try:
            while True:
                try:
                    return await broker.check()
                except ServiceUnavailable:
                    if time.monotonic() > until:
                        raise
                await asyncio.sleep(0.5)
        finally:
            await broker.remove([])
            await broker.close()

    try:
        with ThreadPoolExecutor(1) as executor:
            executor.submit(asyncio.run, ask()).result()
    except ServiceUnavailable as error:
        return str(error)
    return None


def _nats_problem() -> str | None:
    return _broker_problem("nats", nats_server_url())


def _rabbitmq_problem() -> str | None:
    return _broker_problem("rabbitmq", rabbitmq_server_url())


def _servicebus_problem() -> str | None:
    found = find_spec("azure") and find_spec("azure.servicebus")
    return None if found else "no module azure.servicebus"


def _sqs_problem() -> str | None:
    missing = [name for name in ("aiobotocore", "moto", "flask_cors") if not find_spec(name)]
    return f"no module {', '.join(missing)}" if missing else None


def _azurite_problem() -> str | None:
    if not shutil.which("node"):
        return "no executable node"
    return None if (AZURITE / ".whole").is_file() else "azurite is not installed"


def redis_cache() -> RedisCache:
    """A client of a Redis in which tests may write keys; patient, for nobody waits for an answer
    and a machine that is busy with tests takes its time."""
    url = os.environ.get("RECADO_TEST_REDIS_URL", "redis://127.0.0.1:6379/8")
    return RedisCache(url, timeout_seconds=30)


def _redis_problem() -> str | None:
    async def ask() -> None:
        cache = redis_cache()
        try:
            await cache.check()
        finally:
            await cache.close()

    try:
        with ThreadPoolExecutor(1) as executor:
            executor.submit(asyncio.run, ask()).result()
    except ServiceUnavailable as error:
        return str(error)
    return None


def _chromium_problem() -> str | None:
    named = os.environ.get("RECADO_TEST_CHROMIUM")
    found = shutil.which(named or "/usr/bin/chromium") or (not named and shutil.which("chromium"))
    return None if found else f"no executable {named or 'chromium'}"


def _espeak_problem() -> str | None:
    return None if shutil.which("espeak-ng") else "no executable espeak-ng"


@dataclass(frozen=True)
class Engine:
    """`problem` says why the engine cannot be used, or None; `start` what would start it."""

    problem: Callable[[], str | None]
    start: str


ENGINES: dict[str, Engine] = {
    "sqlite": Engine(_sqlite_problem, "a Python built with SQLite 3.35+ and FTS5"),
    "postgresql": Engine(
        _postgresql_problem,
        "PostgreSQL on 127.0.0.1:5432 with user postgres, database test and trust, or "
        "RECADO_TEST_POSTGRESQL_URL=postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
    ),
    "nats": Engine(
        _nats_problem,
        "nats-server -js on 127.0.0.1:4222, or RECADO_TEST_NATS_URL=nats://HOST:PORT",
    ),
    "rabbitmq": Engine(
        _rabbitmq_problem,
        "RabbitMQ 3.10+ on 127.0.0.1:5672 with user guest, or"
        " RECADO_TEST_RABBITMQ_URL=amqp://USER:PASSWORD@HOST:PORT/",
    ),
    # Runs in the test's own process: tests/support/servicebus_emulator.py.
    "servicebus": Engine(_servicebus_problem, "make setup, for the package azure-servicebus"),
    # Runs in the test's own process: moto's server.
    "sqs": Engine(_sqs_problem, "make setup, for the packages aiobotocore, moto and flask-cors"),
    # Started by the tests' own process: tests/support/azurite_server.py.
    "azurite": Engine(_azurite_problem, "Node.js with npm, and tests/support/azurite/install.sh"),
    "redis": Engine(
        _redis_problem,
        "redis-server on 127.0.0.1:6379, or RECADO_TEST_REDIS_URL=redis://HOST:PORT/DATABASE",
    ),
    "chromium": Engine(
        _chromium_problem, "apt-get install chromium, or RECADO_TEST_CHROMIUM=/path/to/chromium"
    ),
    # Speaks the voice notes of tests.
    "espeak": Engine(_espeak_problem, "apt-get install espeak-ng"),
}


def listed_engines(file: Path = LISTED) -> list[str]:
    """The names in `.ci/engines`, in order. Raises KeyError for one that nothing here can ask."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    names = [line for line in lines if line]
    for name in names:
        _ = ENGINES[name]
    return names


@cache
def engine_problem(name: str) -> str | None:
    """Why the engine cannot be used here, or None. Asked once a process."""
    return ENGINES[name].problem()


def demanded(name: str) -> bool:
    """Whether the absence of this engine is a failure here."""
    return os.environ.get("CI", "").lower() == "true" and name in listed_engines()


def require_engine(name: str) -> None:
    """Go on only where the engine answers; otherwise skip the test, or fail it in CI."""
    if (problem := engine_problem(name)) is None:
        return
    reason = f"{name} does not answer ({problem}); what would start it: {ENGINES[name].start}"
    if demanded(name):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def chromium_path() -> str:
    """The browser's executable. Skips, or fails in CI, where there is none."""
    require_engine("chromium")
    named = os.environ.get("RECADO_TEST_CHROMIUM", "/usr/bin/chromium")
    return shutil.which(named) or shutil.which("chromium") or named


@asynccontextmanager
async def broker_url(name: Literal["nats", "rabbitmq"]) -> AsyncIterator[str]:
    """A RECADO_QUEUE_URL with names of its own on a real broker; what it leaves there is removed.

    Skips, or fails in CI, where the broker does not answer.
    """
    require_engine(name)
    server = nats_server_url() if name == "nats" else rabbitmq_server_url()
    url = f"{server}?prefix=recado_test_{uuid4().hex}&partitions={TEST_PARTITIONS}"
    try:
        yield url
    finally:
        broker = open_broker(url)
        await broker.remove(TEST_QUEUES)
        await broker.close()


@asynccontextmanager
async def postgresql_url() -> AsyncIterator[str]:
    """A fresh, empty database of its own for the caller, as a `postgresql://…` URL.

    It is dropped afterwards, whoever may still be connected to it. Skips, or fails in CI, where
    PostgreSQL does not answer.
    """
    require_engine("postgresql")
    server = postgresql_server_url()
    name = f"recado_test_{uuid4().hex}"
    connection = await asyncpg.connect(server)
    try:
        # template0: nobody can be connected to it, so parallel tests do not wait for each other.
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


def main() -> int:
    missing = 0
    for name in listed_engines():
        problem = engine_problem(name)
        missing += problem is not None
        state = "answers" if problem is None else f"MISSING: {problem}. {ENGINES[name].start}"
        sys.stdout.write(f"{name:<12} {state}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

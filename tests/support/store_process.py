"""A process that uses a store, for tests that kill it or get in its way.

python -m tests.support.store_process write URL    writes for ever; prints each id once durable
python -m tests.support.store_process migrate URL  migrates; prints whether anything was missing
python -m tests.support.store_process lock FILE    holds SQLite's write lock until stdin closes
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from functools import partial

from recado.store import open_store
from recado.store.migrate import migrate
from tests.support.things import add


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def write(url: str) -> None:
    store = open_store(url)

    async def writer(name: int) -> None:
        number = 0
        while True:
            id = f"{name}-{number}"
            await store.write(partial(add, id=id))
            say(id)
            number += 1

    await asyncio.gather(*(writer(name) for name in range(8)))


async def migrate_once(url: str) -> None:
    store = open_store(url)
    say(str(await migrate(store)))
    await store.close()


def lock(file: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    say("locked")
    sys.stdin.read()
    connection.execute("ROLLBACK")
    connection.close()
    say("released")


if __name__ == "__main__":
    command, target = sys.argv[1:]
    match command:
        case "write":
            asyncio.run(write(target))
        case "migrate":
            asyncio.run(migrate_once(target))
        case "lock":
            lock(target)
        case _:
            sys.exit(f"no such command: {command}")

"""`recado dead-letters replay --all`: how far it is, and what Ctrl+C leaves."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from recado.queue.replays import Replays, begin_in
from recado.queue.sql.queue import SqlQueue
from recado.store import open_store
from recado.store.migrate import migrate
from tests.app.conftest import Recado
from tests.support.letters import bury, in_order, published
from tests.support.waiting import PATIENCE_SECONDS

#: So many that a busy machine, too, stops the replay before it is done.
MANY = 12_000


def environment(data: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RECADO_", "DATABASE_"))}
    return {**kept, "RECADO_DATA": str(data), "RECADO_SQLITE_SYNC": "off"}


async def prepared(data: Path, count: int) -> str:
    """A data folder with so many dead letters; the store's URL."""
    data.mkdir(exist_ok=True)
    url = f"sqlite:///{data / 'recado.db'}"
    store = open_store(url, sync="off")
    await migrate(store)
    await bury(store, count)
    await store.close()
    return url


async def stand_of(url: str) -> dict[str, list[int]]:
    store = open_store(url, sync="off")
    try:
        return await published(store)
    finally:
        await store.close()


def test_a_program_is_told_the_count(recado: Recado, tmp_path: Path) -> None:
    url = asyncio.run(prepared(tmp_path / "data", 430))
    told = recado("dead-letters", "replay", "--all", "--queue", "work")
    assert (told.exit_code, told.stdout) == (0, "Replayed 430.\n")
    assert asyncio.run(stand_of(url)) == in_order(430)
    assert recado("dead-letters", "replay", "--all").stdout == "Replayed 0.\n"


def test_a_person_sees_a_bar(tmp_path: Path) -> None:
    url = asyncio.run(prepared(tmp_path / "data", 430))
    command = [sys.executable, "-m", "recado", "dead-letters", "replay", "--all"]
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**environment(tmp_path / "data"), "TERM": "xterm"},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # Linux says so when the other side has ended
        pass
    assert process.wait() == 0
    assert re.search(r"Replaying dead letters.*430/430", shown.decode())
    assert "Replayed 430." in shown.decode()
    assert asyncio.run(stand_of(url)) == in_order(430)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
async def test_a_replay_that_is_stopped_leaves_whole_slices_and_the_next_goes_on(
    tmp_path: Path, how: signal.Signals
) -> None:
    url = await prepared(tmp_path / "data", MANY)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recado", "dead-letters", "replay", "--all"),
        cwd=tmp_path,
        env=environment(tmp_path / "data"),
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    file = str(tmp_path / "data" / "recado.db")
    with closing(sqlite3.connect(file, isolation_level=None, timeout=60)) as database:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not database.execute("SELECT count(*) FROM job").fetchone()[0]:
                await asyncio.sleep(0.002)
    process.send_signal(how)
    _, told = await process.communicate()
    done = sum(map(len, (await stand_of(url)).values()))
    assert 0 < done < MANY
    assert done % 100 == 0
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert f"Replayed {done}; {MANY - done} are left." in told.decode()
    await go_on(url)
    assert await stand_of(url) == in_order(MANY)


async def go_on(url: str) -> None:
    """As another process does in the background."""
    store = open_store(url, sync="off")
    await store.write(begin_in)
    replays = Replays(store, SqlQueue(store))
    while await replays.step():
        pass
    await store.close()
